package did

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/money"
)

// What groups are called that have no name, and those beyond the bound.
const (
	unknownName = "unknown"
	otherNames  = "others"
)

// tally counts rows and their fees by what they have in common. The medians
// are exact: every distinct fee is counted, and a market has few of them. It is
// a [sink].
type tally struct {
	fees      map[string]int // by their text
	amounts   []money.Amount // by number
	countries groups
	types     groups
	vendors   groups
	features  groups
}

func newTally() *tally {
	t := &tally{}
	t.reset()
	return t
}

func (t *tally) reset() {
	*t = tally{fees: map[string]int{}, countries: groups{}, types: groups{}, vendors: groups{}, features: groups{}}
}

func (t *tally) settle(context.Context, *market.View) error { return nil }

// fee gives each distinct fee a small number.
func (t *tally) fee(a money.Amount) int {
	text := a.String()
	n, ok := t.fees[text]
	if !ok {
		n = len(t.amounts)
		t.fees[text], t.amounts = n, append(t.amounts, a)
	}
	return n
}

func (t *tally) row(o *exchange.Offer) {
	n := &o.Number
	fee := t.fee(n.MonthlyFee)
	for _, g := range [...]*group{
		t.countries.of(cmp.Or(n.CountryName, n.Country, unknownName)), t.types.of(n.Type), t.vendors.of(cmp.Or(n.Vendor, unknownName)),
	} {
		g.add(fee)
		g.setUp(n.SetupFee)
	}
	for _, name := range features(n) {
		g := t.features.of(name)
		g.add(fee)
		g.setUp(n.SetupFee)
	}
}

// cell counts rows of the memory. What rows have in common is looked up once
// for each value of the cell.
func (t *tally) cell(c *market.Cell, rows []int) {
	places, sellers := c.Places(), c.Sellers()
	countries := newMembers(len(places), func(i int) *group {
		return t.countries.of(cmp.Or(places[i].CountryName, places[i].Country, unknownName))
	})
	types := newMembers(len(places), func(i int) *group { return t.types.of(places[i].Type) })
	vendors := newMembers(len(sellers), func(i int) *group { return t.vendors.of(cmp.Or(sellers[i], unknownName)) })
	names := features(&exchange.Number{Voice: true, SMS: true, Fax: true, Video: true})
	able := newMembers(len(names), func(i int) *group { return t.features.of(names[i]) })
	fees := make([]int, c.Amounts()) // one more than the number; 0: not asked for yet
	for _, i := range rows {
		at, setup := c.MonthlyAt(i), c.SetupAt(i)
		if fees[at] == 0 {
			fees[at] = t.fee(c.Amount(at)) + 1
		}
		fee, place, can := fees[at]-1, c.PlaceAt(i), c.Features(i)
		countries.add(place, fee, setup)
		types.add(place, fee, setup)
		vendors.add(c.SellerAt(i), fee, setup)
		for f := range names {
			if can&(1<<f) != 0 {
				able.add(f, fee, setup)
			}
		}
	}
	for _, m := range [...]*members{countries, types, vendors, able} {
		m.end(c)
	}
}

// members are the groups that the values of one column of a cell stand for.
type members struct {
	of     func(int) *group
	groups []*group // nil: no row yet
	setup  []int    // the lowest, by where it stands in the order of amounts
}

func newMembers(values int, of func(int) *group) *members {
	return &members{of, make([]*group, values), make([]int, values)}
}

func (m *members) add(value, fee, setup int) {
	g := m.groups[value]
	if g == nil {
		g = m.of(value)
		m.groups[value], m.setup[value] = g, setup
	}
	g.add(fee)
	m.setup[value] = min(m.setup[value], setup)
}

func (m *members) end(c *market.Cell) {
	for i, g := range m.groups {
		if g != nil {
			g.setUp(c.Amount(m.setup[i]))
		}
	}
}

// groups are groups by name.
type groups map[string]*group

// groupsMost bounds the distinct names that strangers' rows can make.
const groupsMost = 2000

func (g groups) of(name string) *group {
	if f := g[name]; f != nil {
		return f
	}
	if len(g) >= groupsMost {
		name = otherNames
		if f := g[name]; f != nil {
			return f
		}
	}
	f := &group{}
	g[name] = f
	return f
}

// group counts rows by the number of their monthly fee.
type group struct {
	count int
	setup money.Amount // the lowest
	few   []int        // of the first fees
	many  map[int]int  // of the others
}

// fewFees is how many fees are counted by where they stand. A market that has
// more is an odd one, and slower to count.
const fewFees = 8192

func (g *group) add(fee int) {
	g.count++
	switch {
	case fee < len(g.few):
		g.few[fee]++
	case fee < fewFees:
		g.few = append(g.few, make([]int, fee+1-len(g.few))...)
		g.few[fee]++
	default:
		if g.many == nil {
			g.many = map[int]int{}
		}
		g.many[fee]++
	}
}

func (g *group) setUp(fee money.Amount) {
	if !g.setup.Known() || fee.Cmp(g.setup) < 0 {
		g.setup = fee
	}
}

// list returns the groups, largest first, then by name.
func (t *tally) list(g groups) []Group {
	list := make([]Group, 0, len(g))
	for name, f := range g {
		lowest, median := f.quantiles(t.amounts)
		list = append(list, Group{Name: name, Count: f.count, Lowest: lowest, Median: median, SetupTo: f.setup})
	}
	slices.SortFunc(list, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Name, b.Name))
	})
	return list
}

// quantiles returns the lowest and the median monthly fee. The median of an
// even count is the mean of the middle two.
func (g *group) quantiles(amounts []money.Amount) (lowest, median money.Amount) {
	type fee struct {
		amount money.Amount
		count  int
	}
	var all []fee
	for n, count := range g.few {
		if count > 0 {
			all = append(all, fee{amounts[n], count})
		}
	}
	for n, count := range g.many {
		all = append(all, fee{amounts[n], count})
	}
	slices.SortFunc(all, func(a, b fee) int { return a.amount.Cmp(b.amount) })
	at := func(rank int) money.Amount {
		for _, f := range all {
			if rank -= f.count; rank < 0 {
				return f.amount
			}
		}
		return money.Amount{}
	}
	return at(0), at((g.count - 1) / 2).Add(at(g.count / 2)).Half()
}
