package market

import (
	"encoding/binary"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"

	"didops/internal/exchange"
	"didops/internal/money"
)

// cellMost is how many rows a cell holds before it is divided. It is below the
// 65,536 values that two bytes tell apart.
const cellMost = 32_000

// Cell are the rows of one part of the market, by the columns that filters and
// orders need. It is not changed once it is there, and safe for concurrent
// use.
type Cell struct {
	Prefix string // leading digits of its numbers

	gen     int64
	rows    int
	amounts words // in their order
	sellers words
	texts   words
	tariffs words
	places  []Place
	digits  []byte // 8 bytes a row
	flags   []byte // 2 bytes a row, as the following
	columns [6][]byte
	lost    map[int]lost // rows that went astray or were missed

	rest atomic.Pointer[cold] // what was read of the other value, where it is held; nil otherwise
}

// The columns of a cell that point into dictionaries.
const (
	colMonthly = iota
	colSetup
	colSeller
	colText
	colPlace
	colTariff
)

// decode takes the hot value of a cell apart, and copies nothing of it but
// places. Its checksum says that it is what encode wrote, whose rows point at
// values that are there.
func decode(prefix string, gen int64, hot []byte) (*Cell, error) {
	r, n := unseal(hot)
	c := &Cell{Prefix: prefix, gen: gen, rows: n}
	c.amounts, c.sellers, c.texts = r.words(), r.words(), r.words()
	places := r.words()
	c.tariffs = r.words()
	c.digits, c.flags = r.bytes(8*n), r.bytes(2*n)
	for i := range c.columns {
		c.columns[i] = r.bytes(2 * n)
	}
	for len(r.b) > 0 && !r.failed {
		if c.lost == nil {
			c.lost = map[int]lost{}
		}
		i := int(r.uvarint()) //nolint:gosec // a place in a list
		c.lost[i] = lost{r.varint(), absence{r.varint(), r.varint()}}
	}
	if r.failed {
		return nil, r.fault()
	}
	c.places = keys(&places, (*reader).place)
	return c, nil
}

// Len returns how many rows there are. They are in the order of their numbers.
func (c *Cell) Len() int { return c.rows }

func (c *Cell) at(column, i int) uint16 { return binary.LittleEndian.Uint16(c.columns[column][2*i:]) }

func (c *Cell) flagsAt(i int) uint16 { return binary.LittleEndian.Uint16(c.flags[2*i:]) }

func (c *Cell) number(i int) uint64 { return binary.LittleEndian.Uint64(c.digits[8*i:]) }

// key is [columns.key] of the row at i.
func (c *Cell) key(i int) uint64 {
	k := c.number(i) << 1
	if c.flagsAt(i)&flagID == 0 {
		k |= 1
	}
	return k
}

// Offer returns the row at i, but for its id: Purchasable tells whether it has
// one.
func (c *Cell) Offer(i int) exchange.Offer {
	f, place, use := c.flagsAt(i), c.Place(i), c.Tariff(c.TariffAt(i))
	return exchange.Offer{Number: exchange.Number{
		Digits: c.Digits(i), Country: place.Country, CountryName: place.CountryName, Type: place.Type,
		Voice: f&flagVoice != 0, SMS: f&flagSMS != 0, Fax: f&flagFax != 0, Video: f&flagVideo != 0,
		NeedsDocuments: f&flagDocuments != 0, DocumentsUnstated: f&flagUnstated != 0,
		MonthlyFee: c.MonthlyFee(i), SetupFee: c.SetupFee(i),
		Price1: use.Price1, PriceN: use.PriceN, SMSPrice: use.SMSPrice,
		Interval1: use.Interval1, IntervalN: use.IntervalN, Capacity: use.Capacity,
		Vendor: c.sellers.text(int(c.at(colSeller, i))), Description: c.texts.text(int(c.at(colText, i))),
	}}
}

// Amounts returns how many distinct fees there are. They are told by where they
// stand in their order, the lowest first.
func (c *Cell) Amounts() int { return c.amounts.count }

// Amount returns the fee that stands at n.
func (c *Cell) Amount(n int) money.Amount { return c.amount(n) }

// AmountText returns the text of the fee that stands at n, the same for the same
// fee.
func (c *Cell) AmountText(n int) string { return c.amounts.text(n) }

// Nanos returns the fee that stands at n in billionths; false where that is not
// exact, and as [money.Amount.Nanos] says.
func (c *Cell) Nanos(n int) (uint64, bool) { return money.ParseNanos(c.amounts.at(n)) }

// MonthlyAt returns where the fee a month of the row at i stands.
func (c *Cell) MonthlyAt(i int) int { return int(c.at(colMonthly, i)) }

// SetupAt returns where the fee that the row at i costs once stands.
func (c *Cell) SetupAt(i int) int { return int(c.at(colSetup, i)) }

// Places returns the distinct places, which must not be changed.
func (c *Cell) Places() []Place { return c.places }

// PlaceAt returns which of the places the row at i is in.
func (c *Cell) PlaceAt(i int) int { return int(c.at(colPlace, i)) }

// Sellers returns the distinct names of sellers.
func (c *Cell) Sellers() []string {
	list := make([]string, c.sellers.count)
	for i := range list {
		list[i] = c.sellers.text(i)
	}
	return list
}

// SellerAt returns which of the sellers the row at i is of.
func (c *Cell) SellerAt(i int) int { return int(c.at(colSeller, i)) }

// Tariffs returns how many distinct tariffs there are.
func (c *Cell) Tariffs() int { return c.tariffs.count }

// Rates are the prices and intervals of a tariff as they are kept: a price that
// is not known is empty, an interval -1.
type Rates struct {
	Price1, PriceN, SMS  []byte
	Interval1, IntervalN int64
}

// Rates returns a tariff as it is kept, for who looks at many of them.
func (c *Cell) Rates(n int) Rates {
	r := reader{b: c.tariffs.at(n)}
	text := func() []byte { return r.bytes(r.count()) }
	return Rates{text(), text(), text(), r.varint(), r.varint()}
}

// Tariff returns a tariff as a number of which nothing is known but prices,
// intervals and capacity.
func (c *Cell) Tariff(n int) exchange.Number {
	use := (&reader{b: c.tariffs.at(n)}).tariff()
	return exchange.Number{
		Price1: amount(use.price1), PriceN: amount(use.priceN), SMSPrice: amount(use.sms),
		Interval1: figure(use.interval1), IntervalN: figure(use.intervalN), Capacity: figure(use.capacity),
	}
}

// TextAt returns which of the descriptions the row at i has.
func (c *Cell) TextAt(i int) int { return int(c.at(colText, i)) }

// Text returns a description.
func (c *Cell) Text(n int) string { return c.texts.text(n) }

// TariffAt returns which of the tariffs the row at i has.
func (c *Cell) TariffAt(i int) int { return int(c.at(colTariff, i)) }

// Features returns what the number at i can do: a bit each for voice, SMS, fax
// and video, the lowest first.
func (c *Cell) Features(i int) int {
	return int(c.flagsAt(i) & (flagVoice | flagSMS | flagFax | flagVideo))
}

// Digits returns the number at i, without +.
func (c *Cell) Digits(i int) string { return strconv.FormatUint(c.number(i), 10) }

// MonthlyFee returns the fee a month of the row at i.
func (c *Cell) MonthlyFee(i int) money.Amount { return c.amount(int(c.at(colMonthly, i))) }

// SetupFee returns the fee that the row at i costs once.
func (c *Cell) SetupFee(i int) money.Amount { return c.amount(int(c.at(colSetup, i))) }

func (c *Cell) amount(i int) money.Amount { return amount(c.amounts.text(i)) }

// Place returns where the row at i is.
func (c *Cell) Place(i int) Place { return c.places[c.at(colPlace, i)] }

// Purchasable reports whether the row at i has an id to buy it by.
func (c *Cell) Purchasable(i int) bool { return c.flagsAt(i)&flagID != 0 }

// within returns the rows whose numbers begin with a prefix, from the first to
// the one behind the last, for each length that numbers have.
func (c *Cell) within(prefix string, visit func(from, to int)) {
	if strings.HasPrefix(c.Prefix, prefix) {
		// A number may be shorter than the prefix of its cell.
		shortest := uint64(1)
		for range len(prefix) - 1 {
			shortest *= 10
		}
		visit(sort.Search(c.rows, func(i int) bool { return c.number(i) >= shortest }), c.rows)
		return
	}
	if !strings.HasPrefix(prefix, c.Prefix) {
		return
	}
	low, err := strconv.ParseUint(prefix, 10, 63)
	if err != nil {
		return
	}
	high := low + 1
	for range mostDigits - len(prefix) + 1 {
		from := sort.Search(c.rows, func(i int) bool { return c.number(i) >= low })
		to := sort.Search(c.rows, func(i int) bool { return c.number(i) >= high })
		if from < to {
			visit(from, to)
		}
		low, high = low*10, high*10
	}
}

// mostDigits is how long a number is at most (E.164, section 6.2.1).
const mostDigits = 15

// cold are the columns of a cell that are needed of few rows.
type cold struct {
	ids        []byte // 8 bytes a row
	seen, stay times
}

func decodeCold(rows int, value []byte) (*cold, error) {
	r, n := unseal(value)
	c := &cold{seen: r.times(n), stay: r.times(n)}
	c.ids = r.bytes(8 * n)
	if r.failed || len(r.b) > 0 || n != rows {
		return nil, r.fault()
	}
	return c, nil
}

// until returns c with rows that were seen after a moment as never seen.
func (c *cold) until(latest int64) *cold {
	out := *c
	out.seen.values = slices.Clone(c.seen.values)
	for i, at := range out.seen.values {
		if at > latest {
			out.seen.values[i] = 0
		}
	}
	return &out
}

func (c *cold) id(i int) uint64 { return binary.LittleEndian.Uint64(c.ids[8*i:]) }

// table returns the rows of a cell to be changed.
func (c *Cell) table(rest *cold) *table {
	t := &table{}
	t.amounts.keys = keys(&c.amounts, (*reader).rest)
	t.sellers.keys = keys(&c.sellers, (*reader).rest)
	t.texts.keys = keys(&c.texts, (*reader).rest)
	t.places.keys = c.places
	t.tariffs.keys = keys(&c.tariffs, (*reader).tariff)
	t.grow(c.rows)
	for i := range c.rows {
		t.digits = append(t.digits, c.number(i))
		t.flags = append(t.flags, c.flagsAt(i))
		t.monthly = append(t.monthly, uint32(c.at(colMonthly, i)))
		t.setup = append(t.setup, uint32(c.at(colSetup, i)))
		t.seller = append(t.seller, uint32(c.at(colSeller, i)))
		t.text = append(t.text, uint32(c.at(colText, i)))
		t.place = append(t.place, uint32(c.at(colPlace, i)))
		t.tariffOf = append(t.tariffOf, uint32(c.at(colTariff, i)))
		t.ids = append(t.ids, rest.id(i))
		t.seen = append(t.seen, rest.seen.at(i))
		t.stay = append(t.stay, rest.stay.at(i))
		if c.flagsAt(i)&flagMissed != 0 {
			t.miss(i, c.lost[i].absence)
		}
	}
	return t
}
