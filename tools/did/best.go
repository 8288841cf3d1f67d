package did

import (
	"context"
	"math"
	"slices"

	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/money"
)

// best keeps the first rows of an order. It is a [sink]. A row that comes from a
// cell gets its id when it is shown: ids are half of the memory, and few rows
// are shown.
type best struct {
	show     int // rows that are shown at once; 0 = all
	by       ordering
	key      func(*exchange.Number) sortKey
	top      topN[candidate]
	unpriced int // rows that have no place in the order
	costs    cellCosts
}

// candidate is a row that may be among the first: as it is, or of the cell that
// is being looked at.
type candidate struct {
	offer *exchange.Offer
	at    int
}

func newBest(by ordering, keep, show int, after sortKey) *best {
	return &best{by: by, show: show, key: by.key(), top: topN[candidate]{most: keep, after: after}}
}

func (b *best) reset() {
	b.top, b.unpriced = topN[candidate]{most: b.top.most, after: b.top.after}, 0
}

func (b *best) row(o *exchange.Offer) {
	key := b.key(&o.Number)
	if b.by.priced() && !key.Amount.Known() {
		b.unpriced++
		return
	}
	if !b.top.wants(key) {
		return
	}
	kept := b.top.slot(key)
	if kept.offer == nil {
		kept.offer = new(exchange.Offer)
	}
	*kept.offer = *o
}

// cell ranks rows by what they are sorted by before anything else of them is
// looked at: few rows of a market are among the first.
func (b *best) cell(c *market.Cell, rows []int) {
	o := b.columnOrder(c)
	from, to := o.bounds(&b.top)
	for _, i := range rows {
		if o.ranks != nil && !o.ranks(i) {
			b.unpriced++
			continue
		}
		if sum, exact := o.sum(i); exact {
			if sum < from {
				continue
			}
			if sum > to {
				b.top.seen++
				continue
			}
		}
		key := o.key(i)
		if b.by.priced() && !key.Amount.Known() {
			b.unpriced++
			continue
		}
		if b.top.wants(key) {
			*b.top.slot(key) = candidate{at: i}
			from, to = o.bounds(&b.top)
		}
	}
	// A cell that somebody still points into is not given back.
	for _, r := range b.top.rows {
		if r.row.offer == nil {
			kept := c.Offer(r.row.at)
			r.row.offer = &kept
		}
	}
}

// columnOrder is an order of the rows of a cell, by an amount that is the sum
// of what stands in some columns.
type columnOrder struct {
	terms []term           // none: by number alone
	ranks func(i int) bool // whether a row has a place; nil: all have
	key   func(i int) sortKey
}

// term is what one column adds to the amount. It is worked out once for each
// value of the column, in billionths, which compare a hundred times as fast.
type term struct {
	at    func(i int) int
	worth func(value int) (nanos uint64, exact bool)
	nanos []nano // by value; nil: worth is quick
}

type nano struct {
	n    uint64
	kind nanoKind
}

type nanoKind uint8

const (
	notKnown nanoKind = iota
	exact
	inexact // or too large
)

func newTerm(values int, at func(i int) int, worth func(value int) (uint64, bool)) term {
	return term{at, worth, make([]nano, values)}
}

// sum returns the amount of a row in billionths; false where that is not exact.
func (o *columnOrder) sum(i int) (sum uint64, _ bool) {
	for t := range o.terms {
		term := &o.terms[t]
		value := term.at(i)
		if term.nanos == nil {
			n, ok := term.worth(value)
			if !ok {
				return 0, false
			}
			sum += n
			continue
		}
		known := &term.nanos[value]
		if known.kind == notKnown {
			*known = nano{kind: inexact}
			if n, ok := term.worth(value); ok {
				*known = nano{n, exact}
			}
		}
		if known.kind != exact {
			return 0, false
		}
		sum += known.n
	}
	return sum, len(o.terms) > 0
}

// bounds returns between which amounts rows may be among the first.
func (o *columnOrder) bounds(top *topN[candidate]) (from, to uint64) {
	to = math.MaxUint64
	if n, ok := top.after.Amount.Nanos(); ok && !top.after.zero() {
		from = n
	}
	if last, full := top.last(); full {
		if n, ok := last.Amount.Nanos(); ok {
			to = n
		}
	}
	return from, to
}

func (b *best) columnOrder(c *market.Cell) columnOrder {
	var o columnOrder
	amount := func(i int) money.Amount { return c.MonthlyFee(i) }
	monthly := newTerm(c.Amounts(), c.MonthlyAt, c.Nanos)
	setup := newTerm(c.Amounts(), c.SetupAt, c.Nanos)
	switch b.by.By {
	case byMonthlyCost:
		costs := b.costs.of(b.by.Use, c)
		amount, o.ranks = func(i int) money.Amount { return costs.amount(costs.value(i)) }, costs.serves
		o.terms = costs.terms()
	case "setup_fee":
		amount, o.terms = c.SetupFee, []term{setup}
	case "first_year_cost":
		amount = func(i int) money.Amount { return yearly(c.SetupFee(i), c.MonthlyFee(i)) }
		monthly.worth = func(value int) (uint64, bool) { n, ok := c.Nanos(value); return 12 * n, ok }
		o.terms = []term{setup, monthly}
	case "number":
		o.key = func(i int) sortKey { return sortKey{Digits: c.Digits(i)} }
		return o
	default:
		o.terms = []term{monthly}
	}
	o.key = func(i int) sortKey { return sortKey{amount(i), c.SetupFee(i), c.Digits(i)} }
	return o
}

// settle gives those rows their ids that are shown first.
func (b *best) settle(ctx context.Context, v *market.View) error {
	rows := b.top.rows
	if b.show > 0 && len(rows) > b.show {
		rows = slices.Clone(rows)
		slices.SortFunc(rows, func(x, y ranked[candidate]) int { return x.key.compare(y.key) })
		rows = rows[:b.show]
	}
	var numbers []string
	for _, r := range rows {
		if r.row.offer.ID == "" {
			numbers = append(numbers, r.row.offer.Digits)
		}
	}
	ids, err := v.IDs(ctx, numbers)
	for _, r := range rows {
		if id := ids[r.row.offer.Digits]; r.row.offer.ID == "" {
			r.row.offer.ID = id
		}
	}
	return err
}

// identified returns rows with their ids. One that is not in memory any more is
// not for sale any more.
func (m *marketOps) identified(ctx context.Context, rows []ranked[exchange.Offer]) []ranked[exchange.Offer] {
	unknown := func(r ranked[exchange.Offer]) bool { return r.row.ID == "" }
	if m.Mirror == nil || !slices.ContainsFunc(rows, unknown) {
		return rows
	}
	var numbers []string
	for _, r := range rows {
		if unknown(r) {
			numbers = append(numbers, r.row.Digits)
		}
	}
	var ids map[string]string
	err := m.Mirror.Look(ctx, func(v *market.View) (err error) {
		ids, err = v.IDs(ctx, numbers)
		return err
	})
	if err != nil {
		m.forgets(err)
		return rows // without ids: an order looks them up by the number
	}
	var out []ranked[exchange.Offer]
	for _, r := range rows {
		if unknown(r) {
			named := *r.row // which others may be looking at
			if named.ID = ids[named.Digits]; named.ID == "" {
				continue
			}
			r.row = &named
		}
		out = append(out, r)
	}
	return out
}

// ranked returns the kept rows in their order, and how many stand behind them.
func (b *best) ranked() (rows []ranked[exchange.Offer], more int) {
	for _, r := range b.top.sorted() {
		rows = append(rows, ranked[exchange.Offer]{r.key, r.row.offer})
	}
	return rows, b.top.seen - len(rows)
}
