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

// byMonthlyCost is the order by what a month costs with its use. What has no such
// cost has no place in it.
const byMonthlyCost = "monthly_cost"

// ordering is what rows are sorted by: a sort parameter, and the use that makes
// a cost.
type ordering struct {
	By  string
	Use use
}

// priced reports whether rows without a cost have no place.
func (o ordering) priced() bool { return o.By == byMonthlyCost }

// key returns the key function.
func (o ordering) key() func(*exchange.Number) sortKey {
	switch o.By {
	case byMonthlyCost:
		return func(n *exchange.Number) sortKey { return sortKey{o.Use.cost(n), n.SetupFee, n.Digits} }
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
