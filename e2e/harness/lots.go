package harness

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// Lot is a number that is for sale, and its fees.
type Lot struct {
	Number  string `json:"number"`
	ID      string `json:"i_did"`
	Country string `json:"country"`
	Setup   string `json:"setup_fee"`
	Monthly string `json:"monthly_fee"`
}

// Digits is the number as the exchange writes it.
func (l Lot) Digits() string { return strings.TrimPrefix(l.Number, "+") }

// Due is what buying the lots costs at once.
func Due(lots ...Lot) *big.Rat {
	sum := new(big.Rat)
	for _, l := range lots {
		sum.Add(sum, Amount(l.Setup))
		sum.Add(sum, Amount(l.Monthly))
	}
	return sum
}

// Amount reads an amount of money.
func Amount(amount string) *big.Rat {
	r, ok := new(big.Rat).SetString(amount)
	if !ok {
		panic("not an amount: " + amount)
	}
	return r
}

// FormatAmount writes an amount, less the least that can be told if below.
func FormatAmount(r *big.Rat, below bool) string {
	if below {
		r = new(big.Rat).Sub(r, big.NewRat(1, 1e9))
	}
	return r.FloatString(9)
}

// Lots returns numbers that take calls only, the cheapest first, of which
// each is offered once.
func (g *Target) Lots(t *testing.T, n int, filters ...string) []Lot {
	t.Helper()
	args := []string{"did", "search", "--voice", "--sms=false", "--documents", "not_required", "--limit", "100", "--json"}
	found := struct {
		Numbers []Lot `json:"numbers"`
	}{}
	if r := g.Shell(t, append(args, filters...)...); json.Unmarshal([]byte(r.Out), &found) != nil {
		t.Fatalf("search: got exit %d: %s", r.Code, r.Err)
	}
	count := map[string]int{}
	for _, l := range found.Numbers {
		count[l.Number]++
	}
	list := slices.DeleteFunc(found.Numbers, func(l Lot) bool { return count[l.Number] > 1 })
	if len(list) < n {
		t.Fatalf("got %d numbers, want %d", len(list), n)
	}
	return list[:n]
}

// Buy has a person buy numbers at a terminal.
func (g *Target) Buy(t *testing.T, lots ...Lot) {
	t.Helper()
	args := []string{"did", "purchase", "--json"}
	for _, l := range lots {
		args = append(args, l.Number)
	}
	if r := g.AtTerminal(t, Typing("y"), args...); r.Code != 0 || r.Order == nil || r.Order.State != "done" {
		t.Fatalf("got exit %d and %s%s, want the numbers bought", r.Code, r.Out, r.Err)
	}
}

// NumbersArg returns the argument of a call that names the numbers of lots.
func NumbersArg(lots ...Lot) string {
	list := make([]string, len(lots))
	for i, l := range lots {
		list[i] = Quote(l.Number)
	}
	return `"numbers":[` + strings.Join(list, ",") + `]`
}
