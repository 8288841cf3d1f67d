package did

import (
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
