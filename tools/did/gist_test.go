package did_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/identity"
	"didops/internal/order"
)

// gists is the gist of a quote as text, a line each.
func gists(h *order.Handler, q order.Quote) string {
	var b strings.Builder
	for _, l := range q.Lines {
		g := h.Gist(l)
		fmt.Fprintf(&b, "%s %s | %s | %s\n", l.Number, g.Country, strings.Join(g.Parts, " · "), strings.Join(g.Use, " · "))
		for _, r := range g.Routes {
			fmt.Fprintf(&b, "  %s: %s\n", r.Label, r.Value)
		}
	}
	return b.String()
}

// written is a quote as it is kept.
func written(tb testing.TB, q order.Quote) string {
	tb.Helper()
	data, err := json.MarshalIndent(q, "", " ")
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

// TestOnwardAsksForTheSame holds that what is left of an order is asked for on
// the terms that were approved, that nobody is handed a password for it, and
// that where the terms can't be said again, nothing is offered.
func TestOnwardAsksForTheSame(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	o2 := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 5000}})
	market := o2.forSale(3, both)
	calls := o2.forSale(1, voiceOnly)[0]
	smpp := "smpp:me:" + givenPassword + ":{number}@smpp.example.net:2776"
	for name, tt := range map[string]struct {
		orders  *orderHarness
		kind    string
		args    args
		by      identity.Caller
		offered bool
	}{
		"purchase by template":  {o2, "purchase", args{"numbers": plus(market...)}, mcp, true},
		"of one that calls":     {o2, "purchase", args{"numbers": plus(market[0], calls)}, mcp, true},
		"purchase to a desk":    {o2, "purchase", args{"numbers": plus(market...), "contact": "sip:desk@sip.partner.example:5060"}, discord, true},
		"with the number in it": {o2, "purchase", args{"numbers": plus(market...), "contact": "sip:x{number}@sip.partner.example:5060", "billing_account": 7}, discord, true},
		"with a password":       {o2, "purchase", args{"numbers": plus(market...), "smpp_contact": smpp}, shell, false},
		"update":                {o, "update", args{"numbers": plus(own[0], own[2]), "contact": "sip:desk@sip.partner.example:5060"}, discord, true},
		"update to templates":   {o, "update", args{"numbers": plus(own[2]), "smpp_contact": "template"}, discord, true},
		"update of a password":  {o, "update", args{"numbers": plus(own[2]), "smpp_contact": smpp}, shell, false},
		"unsubscribe":           {o, "unsubscribe", args{"numbers": plus(own...)}, discord, true},
	} {
		q := tt.orders.quote(tt.kind, tt.args, tt.by)
		var rest []order.Rest
		for _, l := range q.Lines {
			rest = append(rest, order.Rest{Line: l})
		}
		h := tt.orders.deals[tt.kind]
		on := h.Onward(rest)
		if on.Again.IsZero() == tt.offered || tt.offered && (on.Left != len(q.Lines) || on.Again.Operation != h.Operation) {
			t.Errorf("%s: got %+v, want it offered %v", name, on, tt.offered)
		}
		if on.Again.IsZero() {
			continue
		}
		tt.orders.holdsNoSecret(name, string(on.Again.Args))
		var again args
		if err := json.Unmarshal(on.Again.Args, &again); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(written(t, q), written(t, tt.orders.quote(tt.kind, again, discord))); diff != "" {
			t.Errorf("%s: %s (-approved +again):\n%s", name, on.Again.Args, diff)
		}
	}
}

// TestOnwardLeavesOutWhatIsGone holds that a number that was sold is not asked
// for again, and that others like it are searched for by what all share.
func TestOnwardLeavesOutWhatIsGone(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 5000}})
	alike := o.forSale(2, func(of exchange.Offer) bool {
		return of.Country == "AE" && of.Type == "mobile" && of.SMS && !of.Voice && !of.Fax && !of.Video
	})
	other := o.forSale(1, func(of exchange.Offer) bool { return of.Country != "AE" && of.Type != "mobile" && of.Voice && of.SMS })
	sold := "no"
	rest := func(of ...exchange.Offer) []order.Rest {
		var list []order.Rest
		for _, l := range o.quote("purchase", args{"numbers": plus(of...)}, mcp).Lines {
			list = append(list, order.Rest{Line: l})
		}
		list[0].Changed = order.Changes{"offered": {nil, &sold}}
		return list
	}
	on := o.deals["purchase"].Onward(rest(alike...))
	if on.Left != 1 || strings.Contains(string(on.Again.Args), alike[0].Digits) || !strings.Contains(string(on.Again.Args), alike[1].Digits) {
		t.Errorf("got %d, %s, want the one that is not sold", on.Left, on.Again.Args)
	}
	if got, want := string(on.Alike.Args), `{"country":"AE","type":"mobile","sms":true}`; on.Alike.Operation != "did_search" || got != want {
		t.Errorf("got %s %s, want %s", on.Alike.Operation, got, want)
	}
	on = o.deals["purchase"].Onward(rest(alike[0]))
	if on.Left != 0 || !on.Again.IsZero() || on.Alike.IsZero() {
		t.Errorf("got %+v, want nothing to ask for again, and others", on)
	}
	on = o.deals["purchase"].Onward(rest(alike[0], other[0]))
	if got, want := string(on.Alike.Args), `{"sms":true}`; got != want {
		t.Errorf("got %s, want what both share: %s", got, want)
	}
}
