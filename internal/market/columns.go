package market

import (
	"cmp"
	"slices"
	"strconv"

	"didops/internal/exchange"
	"didops/internal/money"
)

// Bits of the column flags.
const (
	flagVoice = 1 << iota
	flagSMS
	flagFax
	flagVideo
	flagDocuments // they are needed
	flagUnstated  // it is not said whether they are
	flagID        // the number can be bought

	// What is known of the row and not said by the exchange.
	flagAstray // a narrower reading should have brought it as it was, and did not
	flagLeft   // and that one asked for its type alone: it is not of that type any more, or gone
	flagMissed // a reading of all numbers of its part did not bring it, or one that asked for less and could not understand all rows
)

// Place is where a number is and what kind it is of.
type Place struct {
	Country     string // ISO 3166-1 alpha-2; "" where not known
	CountryName string
	Type        string
}

// tariff is what use costs and what a number can do at once. A figure that is
// not known is -1, a price "".
type tariff struct {
	price1, priceN, sms            string
	interval1, intervalN, capacity int64
}

// dict gives each distinct value a small number. Its index is made when it is
// first asked for.
type dict[K comparable] struct {
	keys  []K
	index map[K]uint32
}

func (d *dict[K]) of(k K) uint32 {
	if i, ok := d.index[k]; ok {
		return i
	}
	if d.index == nil {
		d.index = make(map[K]uint32, len(d.keys))
		for i, k := range d.keys {
			d.index[k] = uint32(i)
		}
		if i, ok := d.index[k]; ok {
			return i
		}
	}
	i := uint32(len(d.keys)) //nolint:gosec // there are no more values than rows
	d.keys, d.index[k] = append(d.keys, k), i
	return i
}

// dicts are the values that rows share. Amounts are in their canonical text.
type dicts struct {
	amounts dict[string]
	sellers dict[string]
	texts   dict[string]
	places  dict[Place]
	tariffs dict[tariff]
}

// columns are rows, a column each: what filters and orders need, and, in ids,
// seen and stay, what is needed of the rows that are shown or replaced.
type columns struct {
	digits                                        []uint64
	flags                                         []uint16
	monthly, setup, seller, text, place, tariffOf []uint32
	ids                                           []uint64 // 0: none
	seen                                          []int64  // Unix microseconds; when the reading began that brought it
	stay                                          []int64  // when the first one began that brought it since it is there, by stayOf
}

// stayOf joins when a number was first seen, and whether it was found: no
// reading before it would have brought it, so that nobody knows when it came.
func stayOf(first int64, found bool) int64 {
	first <<= 1
	if found {
		first |= 1
	}
	return first
}

func stayed(stay int64) (first int64, found bool) { return stay >> 1, stay&1 != 0 }

// table are rows with their dictionaries.
type table struct {
	columns
	dicts
	missed map[uint64]absence // by key, of rows with flagMissed
}

// miss keeps that the row at i was missed.
func (t *table) miss(i int, a absence) {
	if t.missed == nil {
		t.missed = map[uint64]absence{}
	}
	t.flags[i] |= flagMissed
	t.missed[t.key(i)] = a
}

// absence returns how the row at i was missed; zero where it was not.
func (t *table) absence(i int) absence {
	if t.flags[i]&flagMissed == 0 {
		return absence{}
	}
	return t.missed[t.key(i)]
}

func (t *columns) len() int { return len(t.digits) }

// grow makes room for so many more rows.
func (t *columns) grow(n int) {
	t.digits, t.ids, t.flags = slices.Grow(t.digits, n), slices.Grow(t.ids, n), slices.Grow(t.flags, n)
	t.seen, t.stay = slices.Grow(t.seen, n), slices.Grow(t.stay, n)
	for _, c := range [...]*[]uint32{&t.monthly, &t.setup, &t.seller, &t.text, &t.place, &t.tariffOf} {
		*c = slices.Grow(*c, n)
	}
}

// key orders rows: by number, and those of one number that can't be bought
// behind the one that can.
func (t *columns) key(i int) uint64 {
	k := t.digits[i] << 1
	if t.flags[i]&flagID == 0 {
		k |= 1
	}
	return k
}

// add adds a row, unless it can't be kept as it is.
func (t *table) add(o *exchange.Offer, seen int64) bool {
	digits, err := strconv.ParseUint(o.Digits, 10, 63)
	if err != nil || strconv.FormatUint(digits, 10) != o.Digits {
		return false
	}
	var id uint64
	if o.ID != "" {
		if id, err = strconv.ParseUint(o.ID, 10, 64); err != nil || strconv.FormatUint(id, 10) != o.ID || id == 0 {
			return false
		}
	}
	t.digits = append(t.digits, digits)
	t.flags = append(t.flags, flagsOf(&o.Number))
	t.monthly = append(t.monthly, t.amounts.of(o.MonthlyFee.String()))
	t.setup = append(t.setup, t.amounts.of(o.SetupFee.String()))
	t.seller = append(t.seller, t.sellers.of(o.Vendor))
	t.text = append(t.text, t.texts.of(o.Description))
	t.place = append(t.place, t.places.of(Place{o.Country, o.CountryName, o.Type}))
	t.tariffOf = append(t.tariffOf, t.tariffs.of(tariffOf(&o.Number)))
	t.ids = append(t.ids, id)
	t.seen = append(t.seen, seen)
	t.stay = append(t.stay, stayOf(seen, true))
	return true
}

func flagsOf(n *exchange.Number) uint16 {
	var f uint16
	for i, set := range [...]bool{n.Voice, n.SMS, n.Fax, n.Video, n.NeedsDocuments, n.DocumentsUnstated, n.ID != ""} {
		if set {
			f |= 1 << i
		}
	}
	return f
}

func tariffOf(n *exchange.Number) tariff {
	known := func(p *int) int64 {
		if p == nil {
			return -1
		}
		return int64(*p)
	}
	return tariff{
		n.Price1.String(), n.PriceN.String(), n.SMSPrice.String(),
		known(n.Interval1), known(n.IntervalN), known(n.Capacity),
	}
}

// amount is an amount that was written by its String.
func amount(text string) money.Amount {
	if text == "" {
		return money.Amount{}
	}
	a, err := money.Parse(text)
	if err != nil {
		return money.Amount{} // decode has refused such texts
	}
	return a
}

func figure(n int64) *int {
	if n < 0 {
		return nil
	}
	v := int(n)
	return &v
}

// take copies a row of another table, whose values get the numbers that they
// have here.
func (t *table) take(from *table, m *mapping, i int) {
	t.digits = append(t.digits, from.digits[i])
	t.flags = append(t.flags, from.flags[i])
	t.monthly = append(t.monthly, m.amounts.of(from.monthly[i]))
	t.setup = append(t.setup, m.amounts.of(from.setup[i]))
	t.seller = append(t.seller, m.sellers.of(from.seller[i]))
	t.text = append(t.text, m.texts.of(from.text[i]))
	t.place = append(t.place, m.places.of(from.place[i]))
	t.tariffOf = append(t.tariffOf, m.tariffs.of(from.tariffOf[i]))
	t.ids = append(t.ids, from.ids[i])
	t.seen = append(t.seen, from.seen[i])
	t.stay = append(t.stay, from.stay[i])
	if from.flags[i]&flagMissed != 0 {
		t.miss(t.len()-1, from.absence(i))
	}
}

// takeAll copies rows of a table with the same dictionaries, from one to the
// one before another.
func (t *columns) takeAll(o *columns, from, to int) {
	t.digits = append(t.digits, o.digits[from:to]...)
	t.flags = append(t.flags, o.flags[from:to]...)
	t.monthly = append(t.monthly, o.monthly[from:to]...)
	t.setup = append(t.setup, o.setup[from:to]...)
	t.seller = append(t.seller, o.seller[from:to]...)
	t.text = append(t.text, o.text[from:to]...)
	t.place = append(t.place, o.place[from:to]...)
	t.tariffOf = append(t.tariffOf, o.tariffOf[from:to]...)
	t.ids = append(t.ids, o.ids[from:to]...)
	t.seen = append(t.seen, o.seen[from:to]...)
	t.stay = append(t.stay, o.stay[from:to]...)
}

// mapping says which numbers the values of one table have in another, where
// they are put when they are first asked for.
type mapping struct {
	amounts, sellers, texts translation[string]
	places                  translation[Place]
	tariffs                 translation[tariff]
}

func (t *table) mapping(from *table) *mapping {
	return &mapping{
		translation[string]{&t.amounts, &from.amounts, nil},
		translation[string]{&t.sellers, &from.sellers, nil},
		translation[string]{&t.texts, &from.texts, nil},
		translation[Place]{&t.places, &from.places, nil},
		translation[tariff]{&t.tariffs, &from.tariffs, nil},
	}
}

// translation is mapping for one dictionary.
type translation[K comparable] struct {
	to, from *dict[K]
	known    []uint32 // one more; 0: not asked for yet
}

func (l *translation[K]) of(v uint32) uint32 {
	if l.known == nil {
		l.known = make([]uint32, len(l.from.keys))
	}
	if l.known[v] == 0 {
		l.known[v] = l.to.of(l.from.keys[v]) + 1
	}
	return l.known[v] - 1
}

// order returns the places of the rows by their key, of rows with the same key
// the last that was added alone.
func (t *columns) order() []int {
	list := make([]int, t.len())
	for i := range list {
		list[i] = i
	}
	slices.SortFunc(list, func(a, b int) int { return cmp.Or(cmp.Compare(t.key(a), t.key(b)), cmp.Compare(b, a)) })
	return slices.CompactFunc(list, func(a, b int) bool { return t.key(a) == t.key(b) })
}
