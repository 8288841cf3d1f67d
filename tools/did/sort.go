package did

import (
	"slices"
	"strings"

	"didops/internal/exchange"
	"didops/internal/money"
)

// sortKey is where a number stands in a sorted result: by the amount sorted
// by, then by set-up fee, then by number; what an own number does not state is
// behind what others do. Sorted by number, the amounts do not count.
type sortKey struct {
	Amount money.Amount `json:"a,omitzero"`
	Setup  money.Amount `json:"s,omitzero"`
	Digits string       `json:"n,omitempty"`
}

func (k sortKey) compare(o sortKey) int {
	if c := unstatedLast(k.Amount, o.Amount); c != 0 {
		return c
	}
	if c := unstatedLast(k.Setup, o.Setup); c != 0 {
		return c
	}
	return strings.Compare(k.Digits, o.Digits)
}

func unstatedLast(a, b money.Amount) int {
	if a.Known() != b.Known() {
		return -a.Cmp(b)
	}
	return a.Cmp(b)
}

// zero reports whether k stands before everything.
func (k sortKey) zero() bool { return k.Digits == "" }

// sorter returns the key function of a sort parameter.
func sorter(by string) func(*exchange.Number) sortKey {
	switch by {
	case "setup_fee":
		return func(n *exchange.Number) sortKey { return sortKey{n.SetupFee, n.SetupFee, n.Digits} }
	case "first_year_cost":
		return func(n *exchange.Number) sortKey { return sortKey{firstYear(n), n.SetupFee, n.Digits} }
	case "number":
		return func(n *exchange.Number) sortKey { return sortKey{Digits: n.Digits} }
	}
	return func(n *exchange.Number) sortKey { return sortKey{n.MonthlyFee, n.SetupFee, n.Digits} }
}

// firstYear is what a number costs in its first twelve months without calls.
func firstYear(n *exchange.Number) money.Amount { return yearly(n.SetupFee, n.MonthlyFee) }

func yearly(setup, monthly money.Amount) money.Amount { return setup.Add(monthly.Times(12)) }

// topN keeps the first rows of an order while rows come in any order. It
// holds at most twice as many rows as it keeps.
type topN[T any] struct {
	most  int     // rows to keep; 0 = all
	after sortKey // only rows behind this one; zero = all
	bar   sortKey // rows from here on can't be among the kept; zero = not known
	rows  []ranked[T]
	seen  int // rows offered that stand behind after
}

type ranked[T any] struct {
	key sortKey
	row *T
}

// offer takes a copy of row where it may be among the kept.
func (b *topN[T]) offer(key sortKey, row *T) {
	if b.wants(key) {
		kept := *row
		b.keep(key, &kept)
	}
}

// wants counts a row, and reports whether it may be among the kept.
func (b *topN[T]) wants(key sortKey) bool {
	if !b.after.zero() && key.compare(b.after) <= 0 {
		return false
	}
	b.seen++
	return b.bar.zero() || key.compare(b.bar) < 0
}

// keep takes a row that is wanted.
func (b *topN[T]) keep(key sortKey, row *T) {
	b.rows = append(b.rows, ranked[T]{key, row})
	if b.most > 0 && len(b.rows) >= 2*b.most {
		b.sorted()
	}
}

// sorted sorts the rows and drops those that are not to be kept.
func (b *topN[T]) sorted() []ranked[T] {
	slices.SortFunc(b.rows, func(x, y ranked[T]) int { return x.key.compare(y.key) })
	if b.most > 0 && len(b.rows) > b.most {
		clear(b.rows[b.most:])
		b.rows = b.rows[:b.most]
		b.bar = b.rows[b.most-1].key
	}
	return b.rows
}
