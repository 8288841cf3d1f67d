package app

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"didops/internal/identity"
	"didops/internal/order"
	"didops/tools"
)

// mandating is an app whose clock is set, with a person at its terminal.
type mandating struct {
	*app

	ahead atomic.Int64
	by    identity.Caller
}

func newMandating(t *testing.T, m *machine) *mandating {
	t.Helper()
	a := &mandating{}
	a.app = newApp(Host{
		Getenv: func(name string) string { return m.env[name] },
		Now:    func() time.Time { return time.Now().Add(time.Duration(a.ahead.Load())) },
		Out:    io.Discard, Err: io.Discard,
	})
	t.Cleanup(a.close)
	if _, err := a.gate(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.by = identity.Caller{Principal: a.person(t.Context()), Frontend: identity.FrontShell}
	return a
}

// asks asks for an order and returns its id.
func (a *mandating) asks(t *testing.T, operation string, args map[string]any) string {
	t.Helper()
	text, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	gate, err := a.gate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := gate.Call(t.Context(), tools.Call{Tool: operation, Args: text, Frontend: identity.FrontShell, Principal: a.by.Principal})
	if err != nil {
		t.Fatal(err)
	}
	return r.Order.ID
}

// gives has a mandate for three numbers approved.
func (a *mandating) gives(t *testing.T, name string) {
	t.Helper()
	id := a.asks(t, "mandate_add", map[string]any{"name": name, "max_monthly_fee": "100", "max_setup_fee": "100", "count": 3, "budget": "500", "until": "30d"})
	o, err := a.engine.Decide(t.Context(), order.DecideRequest{Order: id, Approve: true, By: a.by})
	if err == nil {
		o, err = a.engine.Order(t.Context(), id, a.by, time.Minute)
	}
	if err != nil || o.State != order.Completed {
		t.Fatalf("got %s, %v, want the mandate", o.State, err)
	}
}

// done waits for a scheduled order to be carried out.
func (a *mandating) done(t *testing.T, id string) {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		o, err := a.engine.Order(t.Context(), id, a.by, time.Minute)
		switch {
		case err != nil || o.State != order.Scheduled && o.State != order.Completed:
			t.Fatalf("got %s: %s, %v, want the number", o.State, o.Message, err)
		case o.State == order.Completed:
			return
		}
		select {
		case <-look.C:
		case <-t.Context().Done():
			t.Fatalf("got %s, want it done", o.State)
		}
	}
}

// TestMandatesSince holds that the page is told what mandates bought, once it is
// bought: neither what waits for its time of grace nor what was not, from when it
// was done, and also of a mandate that was revoked since.
func TestMandatesSince(t *testing.T) {
	t.Parallel()
	a := newMandating(t, newMachine(t))
	a.gives(t, "uae")
	a.gives(t, "rests")
	start := a.Now()
	bought := a.asks(t, "did_purchase", map[string]any{"numbers": []string{"+971520545433"}, "mandate": "uae"})
	told := func(what string, since time.Time, want map[string]int) {
		t.Helper()
		list, err := a.mandatesSince(t.Context(), since)
		got := map[string]int{}
		for _, m := range list {
			got[m.Name] = len(m.Bought)
		}
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: got %v, %v, want %v", what, got, err, want)
		}
	}
	a.ahead.Store(int64(50 * time.Second))
	told("before the end of its time of grace", start.Add(-time.Hour), map[string]int{"uae": 0, "rests": 0})
	a.ahead.Store(int64(10 * time.Minute)) // nobody was there to send it before
	told("after it, and not sent", start.Add(-time.Hour), map[string]int{"uae": 0, "rests": 0})
	a.engine.Start()
	a.done(t, bought)
	told("bought", start.Add(5*time.Minute), map[string]int{"uae": 1, "rests": 0})
	told("bought before", start.Add(time.Hour), map[string]int{"uae": 0, "rests": 0})
	for _, name := range []string{"uae", "rests"} {
		if _, _, err := a.engine.RevokeMandate(t.Context(), name, a.by); err != nil {
			t.Fatal(err)
		}
	}
	told("revoked", start.Add(5*time.Minute), map[string]int{"uae": 1})
	if list, err := a.mandatesSince(t.Context(), start.Add(5*time.Minute)); err != nil || len(list) != 1 || !list[0].Ended || list[0].Bought[0].Order != bought {
		t.Errorf("got %+v, %v, want one that ended", list, err)
	}
	told("revoked, and told of", start.Add(time.Hour), map[string]int{})
}

// TestStandingWithoutPasskeys holds that orders are told of where it can't be found
// out which of them are not sent without a passkey, and that this is said.
func TestStandingWithoutPasskeys(t *testing.T) {
	t.Parallel()
	m := withPage(t)
	before := newMandating(t, m)
	before.gives(t, "uae")
	id := before.asks(t, "did_purchase", map[string]any{"numbers": []string{"+971520545433"}, "mandate": "uae"})
	rules := webConfig + "\n[[approval.rules]]\nname = \"signed\"\nstrength = \"passkey\"\n"
	if err := os.WriteFile(m.env["DIDOPS_CONFIG"], []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	seen := filepath.Join(m.env["HOME"], ".local", "state", "didops", "sandbox-orders-audit.seen")
	for _, unreadable := range []bool{false, true} {
		a := newMandating(t, m)
		if unreadable {
			if err := errors.Join(os.RemoveAll(seen), os.Mkdir(seen, 0o700)); err != nil {
				t.Fatal(err)
			}
		}
		list, err := a.standing(t.Context(), time.Time{})
		if (err != nil) != unreadable || len(list) != 1 || list[0].ID != id {
			t.Errorf("unreadable %v: got %+v, %v, want the order %s", unreadable, list, err, id)
		}
	}
}
