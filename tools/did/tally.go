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
	use       use
	worked    cellCosts
	unpriced  int // rows without a cost of the use
	fees      numbered
	costs     numbered
	countries groups
	types     groups
	vendors   groups
	features  groups
}

func newTally(of use) *tally {
	t := &tally{use: of}
	t.reset()
	return t
}

func (t *tally) reset() {
	*t = tally{use: t.use, countries: groups{}, types: groups{}, vendors: groups{}, features: groups{}}
}

func (t *tally) settle(context.Context, *market.View) error { return nil }

// numbered gives each distinct amount a small number.
type numbered struct {
	nanos   map[uint64]int // of amounts in billionths
	texts   map[string]int // of others, and of what was asked by its text
	amounts []numberedAmount
}

// numberedAmount is an amount in billionths or, where it is not exact so, as it
// is.
type numberedAmount struct {
	nanos uint64
	is    money.Amount // not known where nanos are
}

func (a numberedAmount) amount() money.Amount {
	if a.is.Known() {
		return a.is
	}
	return money.OfNanos(a.nanos)
}

func (a numberedAmount) compare(b numberedAmount) int {
	if a.is.Known() || b.is.Known() {
		return a.amount().Cmp(b.amount())
	}
	return cmp.Compare(a.nanos, b.nanos)
}

func (l *numbered) of(a money.Amount) int {
	if n, ok := a.Nanos(); ok {
		return l.ofNanos(n)
	}
	return put(&l.texts, a.String(), func() int { return l.add(numberedAmount{is: a}) })
}

func (l *numbered) ofNanos(n uint64) int {
	return put(&l.nanos, n, func() int { return l.add(numberedAmount{nanos: n}) })
}

// ofText is of for an amount that is worked out only if its text is new.
func (l *numbered) ofText(text string, a func() money.Amount) int {
	return put(&l.texts, text, func() int { return l.of(a()) })
}

func (l *numbered) add(a numberedAmount) int {
	l.amounts = append(l.amounts, a)
	return len(l.amounts) - 1
}

func put[K comparable](in *map[K]int, key K, number func() int) int {
	n, ok := (*in)[key]
	if !ok {
		if *in == nil {
			*in = map[K]int{}
		}
		n = number()
		(*in)[key] = n
	}
	return n
}

// scale is the order of amounts.
type scale struct {
	amounts []numberedAmount // the lowest first
	ranks   []int            // where an amount stands, by its number
}

// sorted returns the order of the amounts so far.
func (l *numbered) sorted() scale {
	order := make([]int, len(l.amounts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return l.amounts[a].compare(l.amounts[b]) })
	s := scale{make([]numberedAmount, len(order)), make([]int, len(order))}
	for rank, n := range order {
		s.amounts[rank], s.ranks[n] = l.amounts[n], rank
	}
	return s
}

// noCost is the number of a cost that is not known.
const noCost = -1

// cost gives a cost its number, and counts one that is missed.
func (t *tally) cost(a money.Amount) int {
	if !a.Known() {
		return noCost
	}
	return t.costs.of(a)
}

func (t *tally) missed(cost int) {
	if cost == noCost && t.use.Given {
		t.unpriced++
	}
}

func (t *tally) row(o *exchange.Offer) {
	n := &o.Number
	fee, cost := t.fees.of(n.MonthlyFee), t.cost(t.use.cost(n))
	t.missed(cost)
	for _, g := range [...]*group{
		t.countries.of(cmp.Or(n.CountryName, n.Country, unknownName)), t.types.of(n.Type), t.vendors.of(cmp.Or(n.Vendor, unknownName)),
	} {
		g.add(fee, cost)
		g.setUp(n.SetupFee)
	}
	for _, name := range features(n) {
		g := t.features.of(name)
		g.add(fee, cost)
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
	costs := t.costsOf(c)
	for _, i := range rows {
		at, setup := c.MonthlyAt(i), c.SetupAt(i)
		if fees[at] == 0 {
			fees[at] = t.fees.ofText(c.AmountText(at), func() money.Amount { return c.Amount(at) }) + 1
		}
		fee, place, can := figures{fees[at] - 1, costs(i), setup}, c.PlaceAt(i), c.Features(i)
		t.missed(fee.cost)
		countries.add(place, fee)
		types.add(place, fee)
		vendors.add(c.SellerAt(i), fee)
		for f := range names {
			if can&(1<<f) != 0 {
				able.add(f, fee)
			}
		}
	}
	for _, m := range [...]*members{countries, types, vendors, able} {
		m.end(c)
	}
}

// costsOf returns what gives the number of the cost of a row.
func (t *tally) costsOf(c *market.Cell) func(i int) int {
	if !t.use.Given {
		return func(int) int { return noCost }
	}
	costs := t.worked.of(t.use, c)
	o := columnOrder{terms: costs.terms()}
	return func(i int) int {
		if !costs.serves(i) {
			return noCost
		}
		if sum, exact := o.sum(i); exact {
			return t.costs.ofNanos(sum)
		}
		return t.cost(costs.amount(costs.value(i)))
	}
}

// figures are those of a row: the numbers of its fee and its cost, and where
// its set-up fee stands.
type figures struct{ fee, cost, setup int }

// members are the groups that the values of one column of a cell stand for.
type members struct {
	of     func(int) *group
	groups []*group // nil: no row yet
	setup  []int    // the lowest, by where it stands in the order of amounts
}

func newMembers(values int, of func(int) *group) *members {
	return &members{of, make([]*group, values), make([]int, values)}
}

func (m *members) add(value int, f figures) {
	g := m.groups[value]
	if g == nil {
		g = m.of(value)
		m.groups[value], m.setup[value] = g, f.setup
	}
	g.add(f.fee, f.cost)
	m.setup[value] = min(m.setup[value], f.setup)
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

// group counts rows by the numbers of their monthly fees and costs.
type group struct {
	setup       money.Amount // the lowest
	fees, costs counts
}

// counts counts amounts by their numbers.
type counts struct {
	all  int
	few  []int       // of the first amounts
	many map[int]int // of the others
}

// fewFees is how many fees are counted by where they stand. A market that has
// more is an odd one, and slower to count.
const fewFees = 8192

func (g *group) add(fee, cost int) {
	g.fees.add(fee)
	if cost != noCost {
		g.costs.add(cost)
	}
}

func (c *counts) add(n int) {
	c.all++
	switch {
	case n < len(c.few):
		c.few[n]++
	case n < fewFees:
		c.few = append(c.few, make([]int, n+1-len(c.few))...)
		c.few[n]++
	default:
		if c.many == nil {
			c.many = map[int]int{}
		}
		c.many[n]++
	}
}

func (g *group) setUp(fee money.Amount) {
	if !g.setup.Known() || fee.Cmp(g.setup) < 0 {
		g.setup = fee
	}
}

// lists returns the groups of each kind, largest first, then by name.
func (t *tally) lists() (countries, types, vendors, features []Group) {
	fees, costs := t.fees.sorted(), t.costs.sorted()
	list := func(g groups) []Group {
		list := make([]Group, 0, len(g))
		for name, f := range g {
			g := Group{Name: name, Count: f.fees.all, SetupTo: f.setup}
			g.Lowest, g.Median = f.fees.quantiles(fees)
			g.Cost, g.Middle = f.costs.quantiles(costs)
			list = append(list, g)
		}
		slices.SortFunc(list, func(a, b Group) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Name, b.Name))
		})
		return list
	}
	return list(t.countries), list(t.types), list(t.vendors), list(t.features)
}

// quantiles returns the lowest and the median amount, not known where there is
// none. The median of an even count is the mean of the middle two.
func (c *counts) quantiles(of scale) (lowest, median money.Amount) {
	if c.all == 0 {
		return lowest, median
	}
	type counted struct{ rank, count int }
	var all []counted
	for n, count := range c.few {
		if count > 0 {
			all = append(all, counted{of.ranks[n], count})
		}
	}
	for n, count := range c.many {
		all = append(all, counted{of.ranks[n], count})
	}
	slices.SortFunc(all, func(a, b counted) int { return a.rank - b.rank })
	at := func(nth int) money.Amount {
		i := 0
		for nth >= all[i].count {
			nth -= all[i].count
			i++
		}
		return of.amounts[all[i].rank].amount()
	}
	return at(0), at((c.all - 1) / 2).Add(at(c.all / 2)).Half()
}
