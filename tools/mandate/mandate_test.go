package mandate_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/mandate"
	"didops/internal/order"
	"didops/internal/store"
	"didops/internal/view"
	"didops/tools"
	"didops/tools/did"
	mandateops "didops/tools/mandate"
)

func began() time.Time { return time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC) }

const exchange = "https://exchange.example login"

// handler returns the operation by which people are asked, on a store of its own.
func handler(t *testing.T) (*order.Handler, *store.Store) {
	t.Helper()
	s, err := store.Open(store.Config{Path: t.TempDir() + "/orders.db", Now: func() time.Time { return began() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	ids := 0
	c := mandateops.Config{
		Store: s.Mandates, Exchange: exchange, Currency: "USD", Now: func() time.Time { return began() },
		NewID: func() string { ids++; return "m-" + strings.Repeat("a", ids) },
		Standing: func(in did.PurchaseIn, _ identity.Caller) (did.Standing, error) {
			return did.Standing{
				Routing: map[string]string{"contact": in.Contact, "billing_account": "1", "smpp_contact": "smpp:login:secret:1@smpp.example.net"},
				Shown:   view.Fields{{Label: "Messages to", Value: "smpp:login:***:1@smpp.example.net"}},
			}, nil
		},
		Watches: func(context.Context, identity.Caller) []string { return []string{"Gold"} },
	}
	return tools.Handlers(mandateops.Writes(c))[0], s
}

func in(change map[string]any) json.RawMessage {
	args := map[string]any{"name": "UAE-mobile", "country": "UAE", "max_monthly_fee": "5", "max_setup_fee": "10", "count": 5, "budget": "60", "until": "30d", "grace": 60}
	for name, value := range change {
		if args[name] = value; value == nil {
			delete(args, name)
		}
	}
	text, err := json.Marshal(args)
	if err != nil {
		panic(err)
	}
	return text
}

func shell() identity.Caller {
	return identity.Caller{Frontend: identity.FrontShell, Principal: identity.Principal{Realm: "os", ID: "alice", Name: "Alice", Role: identity.Requester}}
}

// TestAdd holds that what people approve is what the mandate says, without a
// secret, and that it is there once it was sent and never twice.
func TestAdd(t *testing.T) {
	t.Parallel()
	h, s := handler(t)
	args := in(map[string]any{"users": []string{"Bob", "role:sales", "http:claude-team"}, "buy_from_watch": "gold", "per_day": 1, "contact": "sip:x"})
	id, err := h.Identify(args, shell())
	if err != nil || len(id.Numbers) != 1 || id.Numbers[0] != "uae-mobile" {
		t.Fatalf("got %+v, %v", id, err)
	}
	q, err := h.Quote(t.Context(), args, shell())
	if err != nil {
		t.Fatal(err)
	}
	l := q.Lines[0]
	terms, err := mandate.Parse(l.Term(mandate.Term))
	if err != nil || terms.Numbers != 5 || terms.Budget.String() != "60.00" || len(terms.Users) != 2 || len(terms.IDs) != 1 || !terms.Until.Equal(began().AddDate(0, 0, 30)) {
		t.Errorf("got %+v, %v", terms, err)
	}
	drawn := ""
	for _, f := range h.DrawTerms(q)[0].(view.Fields) {
		drawn += f.Label + ": " + f.Value + "\n"
	}
	for _, want := range []string{"country UAE", "at most 5.00 USD a month and 10.00 to set up", "5 numbers, 60.00 USD", "2026-12-30 09:00 UTC", "within 1m0s", "role “sales”", "“Bob”", "“http:claude-team”", "the watch “gold”", "***"} {
		if !strings.Contains(drawn, want) {
			t.Errorf("got %q, want %q in it", drawn, want)
		}
	}
	if strings.Contains(drawn, "secret") || strings.Contains(l.Terms[0].String(), "secret") {
		t.Errorf("a secret is shown: %q", drawn)
	}
	if e, err := h.Reconcile(t.Context(), l); err != nil || e.Verdict != order.Refuted {
		t.Errorf("before: got %+v, %v", e, err)
	}
	for range 2 {
		if err := h.Send(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	if e, err := h.Reconcile(t.Context(), l); err != nil || e.Verdict != order.Confirmed {
		t.Errorf("after: got %+v, %v", e, err)
	}
	if _, err := h.Quote(t.Context(), in(nil), shell()); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("a second one of the name: got %v", err)
	}
	other := l
	other.ID = "m-other"
	if now, err := h.Requote(t.Context(), other); err != nil || len(other.Differences(now)) == 0 {
		t.Errorf("another of the name: got %+v, %v", now, err)
	}
	if err := h.Send(t.Context(), other); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("another of the name is sent: got %v", err)
	}
	err = s.Mandates().Write(t.Context(), func(tx mandate.Tx) error {
		row, err := tx.Mandate(exchange, "uae-mobile")
		if err != nil || !row.Until.Equal(terms.Until) {
			t.Errorf("got %+v, %v", row, err)
		}
		row.Revoked, row.RevokedBy = began(), identity.Party{Realm: "os", ID: "bob", Name: "Bob"}
		return tx.KeepMandate(row)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Send(t.Context(), other); err != nil {
		t.Errorf("after the revocation: got %v", err)
	}
	err = s.Mandates().Read(t.Context(), func(tx mandate.Tx) error {
		list, err := tx.Mandates(exchange)
		if len(list) != 2 || list[0].RevokedBy.Name+list[1].RevokedBy.Name != "Bob" {
			t.Errorf("got %+v", list)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAddRefuses holds what no mandate says.
func TestAddRefuses(t *testing.T) {
	t.Parallel()
	h, _ := handler(t)
	for _, tt := range []struct {
		name   string
		change map[string]any
		field  string
	}{
		{"no monthly fee", map[string]any{"max_monthly_fee": nil}, "max_monthly_fee"},
		{"no set-up fee", map[string]any{"max_setup_fee": nil}, "max_setup_fee"},
		{"no budget", map[string]any{"budget": nil}, "budget"},
		{"no end", map[string]any{"until": ""}, "until"},
		{"an end that is over", map[string]any{"until": "2026-01-01"}, "until"},
		{"too long", map[string]any{"until": "2030-01-01"}, "until"},
		{"a number for a name", map[string]any{"name": "+971501234567"}, "name"},
		{"nowhere", map[string]any{"country": "Atlantis"}, "country"},
		{"nobody", map[string]any{"users": []string{"web:alice"}}, "users"},
		{"buys without a bound", map[string]any{"buy_from_watch": "gold"}, "per_day"},
		{"no such watch", map[string]any{"buy_from_watch": "silver", "per_day": 1}, "buy_from_watch"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := h.Identify(in(tt.change), shell())
			if err == nil {
				_, err = h.Quote(t.Context(), in(tt.change), shell())
			}
			if f, ok := fault.As(err); !ok || f.Field != tt.field {
				t.Errorf("got %v, want one of %s", err, tt.field)
			}
		})
	}
}

// TestAddOnANewHost holds that rules see whether what a mandate buys is routed to
// a host that is not known, and that only what the standing shows says so.
func TestAddOnANewHost(t *testing.T) {
	t.Parallel()
	d, err := did.Standings(did.Config{
		BillingAccount: 1, Routing: did.Routing{Contact: "sip:{number}@sip.example.net", Hosts: []string{"pbx.example.net"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	add := tools.Handlers(mandateops.Writes(mandateops.Config{
		Store: emptyStore(t), Exchange: exchange, Currency: "USD", Now: func() time.Time { return began() }, Standing: d,
	}))[0]
	for contact, want := range map[string]bool{"": false, "sip:x@pbx.example.net": false, "sip:x@new.example.net": true} {
		q, err := add.Quote(t.Context(), in(map[string]any{"contact": contact, "vendor": "x (NEW HOST)"}), shell())
		if err != nil {
			t.Fatal(err)
		}
		if got := add.Describe(q.Lines[0]).NewHost; got != want || len(q.Notices) > 0 != want {
			t.Errorf("%q: got %t, notices %q", contact, got, q.Notices)
		}
	}
}

func emptyStore(t *testing.T) func() mandate.Store {
	t.Helper()
	_, s := handler(t)
	return s.Mandates
}
