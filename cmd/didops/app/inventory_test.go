package app

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"didops/internal/identity"
	"didops/internal/inventory"
	"didops/tools"
)

// TestAbsenceProvesAsOfOrders holds that a number which lists lack is gone no sooner
// than an order takes their silence for an answer.
func TestAbsenceProvesAsOfOrders(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	a := newApp(Host{Getenv: func(name string) string { return m.env[name] }, Now: time.Now, Out: io.Discard, Err: io.Discard})
	defer a.close()
	if _, err := a.gate(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := a.config()
	if err != nil {
		t.Fatal(err)
	}
	if got := a.inventoryConfig(c).Proof; got != c.Exchange.SettleAfter || got != 15*time.Minute {
		t.Errorf("got %s, want %s", got, c.Exchange.SettleAfter)
	}
}

// TestInventoryFollowsOrders buys, re-routes and gives up a number of the sandbox,
// and holds that what is known of own numbers follows, with the orders that did it.
func TestInventoryFollowsOrders(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	a := newApp(Host{Getenv: func(name string) string { return m.env[name] }, Now: time.Now, Out: io.Discard, Err: io.Discard})
	defer a.close()
	gate, err := a.gate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	who := a.person(t.Context())
	carry := func(tool, args string) (order string) {
		t.Helper()
		asked, err := gate.Call(t.Context(), tools.Call{Tool: tool, Args: json.RawMessage(args), Frontend: identity.FrontShell, Principal: who})
		if err != nil || asked.Question == nil {
			t.Fatalf("%s: got %v, want a question", tool, err)
		}
		q := asked.Question
		_, err = gate.Decide(t.Context(), q.Order, tools.Call{Tool: "order_approve", Frontend: identity.FrontShell, Principal: who}, tools.Answer{Reply: tools.Yes, Typed: q.Want})
		if err != nil {
			t.Fatal(err)
		}
		return q.Order
	}
	own := func(want int) []inventory.Number {
		t.Helper()
		got, err := a.inventory.Own(t.Context(), time.Hour, false)
		if err != nil || len(got.Numbers) != want || got.Reason != "" {
			t.Fatalf("got %+v, %v, want %d numbers", got, err, want)
		}
		return got.Numbers
	}
	own(0)
	bought := carry("did_purchase", `{"numbers":["+971520545433"]}`)
	if n := own(1)[0]; n.Order != bought || n.Digits != "971520545433" || n.First.IsZero() || strings.Contains(n.Messages, "sandbox:sandbox:") {
		t.Errorf("got %+v, want what %s bought", n, bought)
	}
	moved := carry("did_update", `{"numbers":["+971520545433"],"contact":"sip:new@sip.example.net:5060"}`)
	if n := own(1)[0]; n.Calls != "sip:new@sip.example.net:5060" {
		t.Errorf("got calls to %s, want the new address", n.Calls)
	}
	given := carry("did_unsubscribe", `{"numbers":["+971520545433"]}`)
	own(0)
	list, err := a.inventory.Changes(t.Context(), inventory.Query{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range list {
		got = append(got, fmt.Sprint(c.Kind, " ", c.Order))
	}
	if want := []string{"new " + bought, "routing " + moved, "gone " + given}; strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("got %q, want %q", got, want)
	}
	if code := m.run(t, "doctor"); code != 0 || !strings.Contains(m.out.String(), "0 numbers at the last look") {
		t.Errorf("got exit %d: %s", code, m.out.String())
	}
}
