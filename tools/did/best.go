package did

import (
	"context"
	"slices"

	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/money"
)

// best keeps the first rows of an order. It is a [sink].
type best struct {
	by  string
	key func(*exchange.Number) sortKey
	top topN[candidate]
}

// candidate is a row that may be among the first: as it was read, or of a cell.
type candidate struct {
	offer *exchange.Offer
	cell  *market.Cell
	at    int
}

func newBest(by string, keep int, after sortKey) *best {
	return &best{by: by, key: sorter(by), top: topN[candidate]{most: keep, after: after}}
}

func (b *best) reset() { b.top = topN[candidate]{most: b.top.most, after: b.top.after} }

func (b *best) row(o *exchange.Offer) {
	key := b.key(&o.Number)
	if !b.top.wants(key) {
		return
	}
	kept := *o
	b.top.keep(key, &candidate{offer: &kept})
}

// cell ranks rows by what they are sorted by before anything else of them is
// looked at: few rows of a market are among the first.
func (b *best) cell(c *market.Cell, rows []int) {
	o := columnOrderOf(b.by, c)
	judged, bar := map[uint32]verdict{}, b.top.bar
	for _, i := range rows {
		verdict := perhaps
		if o.amount != nil {
			value := o.value(i)
			v, known := judged[value]
			if !known {
				v = b.judge(o.amount(value))
				judged[value] = v
			}
			verdict = v
		}
		switch verdict {
		case before:
			continue
		case behind:
			b.top.seen++
			continue
		}
		key := o.key(i)
		if !b.top.wants(key) {
			continue
		}
		b.top.keep(key, &candidate{cell: c, at: i})
		if b.top.bar != bar {
			bar = b.top.bar
			clear(judged)
		}
	}
}

// verdict says of an amount where rows that have it stand.
type verdict uint8

const (
	perhaps verdict = iota // among the kept: the rest of the row decides
	before                 // before all that are asked for
	behind                 // behind the kept
)

func (b *best) judge(a money.Amount) verdict {
	switch {
	case !b.top.after.zero() && unstatedLast(a, b.top.after.Amount) < 0:
		return before
	case !b.top.bar.zero() && unstatedLast(a, b.top.bar.Amount) > 0:
		return behind
	}
	return perhaps
}

// columnOrder is an order of the rows of a cell.
type columnOrder struct {
	value  func(i int) uint32              // what the amount depends on
	amount func(value uint32) money.Amount // what is sorted by; nil: by number alone
	key    func(i int) sortKey
}

func columnOrderOf(by string, c *market.Cell) columnOrder {
	o := columnOrder{value: func(i int) uint32 { return uint32(c.MonthlyAt(i)) }}
	plain := func(value uint32) money.Amount { return c.Amount(int(value)) }
	switch by {
	case "setup_fee":
		o.value, o.amount = func(i int) uint32 { return uint32(c.SetupAt(i)) }, plain
	case "first_year_cost":
		o.value = func(i int) uint32 { return uint32(c.MonthlyAt(i))<<16 | uint32(c.SetupAt(i)) }
		o.amount = func(value uint32) money.Amount { return yearly(c.Amount(int(value&0xffff)), c.Amount(int(value>>16))) }
	case "number":
		o.key = func(i int) sortKey { return sortKey{Digits: c.Digits(i)} }
		return o
	default:
		o.amount = plain
	}
	o.key = func(i int) sortKey { return sortKey{o.amount(o.value(i)), c.SetupFee(i), c.Digits(i)} }
	return o
}

// settle makes rows of what is kept of cells. What it can't is not kept.
func (b *best) settle(ctx context.Context, v *market.View) error {
	var refs []market.Ref
	var open []*candidate
	for _, r := range b.top.sorted() {
		if r.row.offer == nil {
			refs, open = append(refs, market.Ref{Cell: r.row.cell, At: r.row.at}), append(open, r.row)
		}
	}
	offers, err := v.Offers(ctx, refs)
	if err != nil {
		b.top.rows = slices.DeleteFunc(b.top.rows, func(r ranked[candidate]) bool { return r.row.offer == nil })
		return err
	}
	for i, c := range open {
		*c = candidate{offer: &offers[i]}
	}
	return nil
}

// ranked returns the kept rows in their order, and how many stand behind them.
func (b *best) ranked() (rows []ranked[exchange.Offer], more int) {
	for _, r := range b.top.sorted() {
		rows = append(rows, ranked[exchange.Offer]{r.key, r.row.offer})
	}
	return rows, b.top.seen - len(rows)
}
