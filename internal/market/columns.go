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

// dict gives each distinct value a small number.
type dict[K comparable] struct {
	keys  []K
	index map[K]uint32
}

func (d *dict[K]) of(k K) uint32 {
	if i, ok := d.index[k]; ok {
		return i
	}
	if d.index == nil {
		d.index = map[K]uint32{}
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

// columns are rows, a column each: what filters and orders need, and, in ids
// and seen, what is needed of the rows that are shown or replaced.
type columns struct {
	digits                                        []uint64
	flags                                         []uint16
	monthly, setup, seller, text, place, tariffOf []uint32
	ids                                           []uint64 // 0: none
	seen                                          []int64  // Unix microseconds; when the reading began that brought it
}

// table are rows with their dictionaries.
type table struct {
	columns
	dicts
}

func (t *columns) len() int { return len(t.digits) }

// grow makes room for so many more rows.
func (t *columns) grow(n int) {
	t.digits, t.ids, t.seen, t.flags = slices.Grow(t.digits, n), slices.Grow(t.ids, n), slices.Grow(t.seen, n), slices.Grow(t.flags, n)
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

// take copies rows of another table, whose values get the numbers that they
// have here.
func (t *table) take(from *table, m *mapping, i int) {
	t.digits = append(t.digits, from.digits[i])
	t.flags = append(t.flags, from.flags[i])
	t.monthly = append(t.monthly, m.amounts[from.monthly[i]])
	t.setup = append(t.setup, m.amounts[from.setup[i]])
	t.seller = append(t.seller, m.sellers[from.seller[i]])
	t.text = append(t.text, m.texts[from.text[i]])
	t.place = append(t.place, m.places[from.place[i]])
	t.tariffOf = append(t.tariffOf, m.tariffs[from.tariffOf[i]])
	t.ids = append(t.ids, from.ids[i])
	t.seen = append(t.seen, from.seen[i])
}

// mapping says which numbers the values of one table have in another.
type mapping struct{ amounts, sellers, texts, places, tariffs []uint32 }

func (t *table) mapping(from *table) *mapping {
	return &mapping{
		remap(&t.amounts, &from.amounts), remap(&t.sellers, &from.sellers), remap(&t.texts, &from.texts),
		remap(&t.places, &from.places), remap(&t.tariffs, &from.tariffs),
	}
}

func remap[K comparable](to, from *dict[K]) []uint32 {
	list := make([]uint32, len(from.keys))
	for i, k := range from.keys {
		list[i] = to.of(k)
	}
	return list
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
