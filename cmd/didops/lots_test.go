package main

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// lot is a number that is for sale, and its fees.
type lot struct {
	Number  string `json:"number"`
	ID      string `json:"i_did"`
	Country string `json:"country"`
	Setup   string `json:"setup_fee"`
	Monthly string `json:"monthly_fee"`
}

// digits is the number as the exchange writes it.
func (l lot) digits() string { return strings.TrimPrefix(l.Number, "+") }

// due is what buying the lots costs at once.
func due(lots ...lot) *big.Rat {
	sum := new(big.Rat)
	for _, l := range lots {
		sum.Add(sum, rat(l.Setup))
		sum.Add(sum, rat(l.Monthly))
	}
	return sum
}

func rat(amount string) *big.Rat {
	r, ok := new(big.Rat).SetString(amount)
	if !ok {
		panic("not an amount: " + amount)
	}
	return r
}

// amountOf writes an amount, less the least that can be told if below.
func amountOf(r *big.Rat, below bool) string {
	if below {
		r = new(big.Rat).Sub(r, big.NewRat(1, 1e9))
	}
	return r.FloatString(9)
}

// lots returns numbers that take calls only, the cheapest first, of which
// each is offered once.
func (g *target) lots(t *testing.T, n int, filters ...string) []lot {
	t.Helper()
	args := []string{"did", "search", "--voice", "--sms=false", "--documents", "not_required", "--limit", "100", "--json"}
	found := struct {
		Numbers []lot `json:"numbers"`
	}{}
	if r := g.shell(t, append(args, filters...)...); json.Unmarshal([]byte(r.out), &found) != nil {
		t.Fatalf("search: got exit %d: %s", r.code, r.err)
	}
	count := map[string]int{}
	for _, l := range found.Numbers {
		count[l.Number]++
	}
	list := slices.DeleteFunc(found.Numbers, func(l lot) bool { return count[l.Number] > 1 })
	if len(list) < n {
		t.Fatalf("got %d numbers, want %d", len(list), n)
	}
	return list[:n]
}

// buy has a person buy numbers at a terminal.
func (g *target) buy(t *testing.T, lots ...lot) {
	t.Helper()
	args := []string{"did", "purchase", "--json"}
	for _, l := range lots {
		args = append(args, l.Number)
	}
	if r := g.atTerminal(t, typing("y"), args...); r.code != 0 || r.Order == nil || r.Order.State != "done" {
		t.Fatalf("got exit %d and %s%s, want the numbers bought", r.code, r.out, r.err)
	}
}

func numbersArg(lots ...lot) string {
	list := make([]string, len(lots))
	for i, l := range lots {
		list[i] = quoted(l.Number)
	}
	return `"numbers":[` + strings.Join(list, ",") + `]`
}
