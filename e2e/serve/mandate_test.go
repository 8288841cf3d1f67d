package serve_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/e2e/harness"
	"didops/internal/exchange/sandbox"
	"didops/internal/testing/capture"
	"didops/internal/testing/pgtest"
)

// TestMandate goes the whole way of mandates with two and three replicas on one
// store: a person approves one, a watch finds a number, which is bought after the
// time of grace; what is stopped in it, and what is on its way when the mandate is
// revoked, is not, whichever replica it is that sends. Nothing is bought twice. The
// store is a file, where the clock can be set.
func TestMandate(t *testing.T) {
	t.Parallel()
	f := newMandates(t, "")
	lots := f.Lots(t, 4)
	found, stopped, revoked, other := lots[0], lots[1], lots[2], lots[3]
	f.Buy(t, found)
	f.look(t, found)
	f.look(t, found) // as two readings prove that it is not for sale
	f.does(t, "", "watch", "add", "that one", "--prefix", found.Digits())
	f.gives(t, "gold", "--buy-from-watch", "that one")
	f.gives(t, "silver")
	first := f.Serve(t)
	f.does(t, harness.Typing(found.Number[len(found.Number)-4:]), "did", "unsubscribe", found.Number)
	f.look(t, found)
	says(t, first.Log, "what a watch found is bought by its mandate")
	list := f.Shell(t, "order", "list", "--state", "scheduled", "--json").Orders
	if len(list) != 1 || f.bought(t, found) != 1 {
		t.Fatalf("got the scheduled orders %v and %d purchases, want an order that waits", list, f.bought(t, found))
	}
	f.due(t, list[0].ID)

	stop, revoke := f.uses(t, stopped, "gold"), f.uses(t, revoked, "gold")
	if r := f.Shell(t, "order", "cancel", stop, "--json"); r.Order == nil || r.Order.State != "cancelled" {
		t.Errorf("got %s%s, want it stopped", r.Out, r.Err)
	}
	if r := f.does(t, "", "mandate", "revoke", "gold"); !strings.Contains(r.Out, revoke) || strings.Contains(r.Out, stop) {
		t.Errorf("got %s, want what was taken back with it", r.Out)
	}
	f.due(t, f.uses(t, other, "silver")) // which is due after those
	for _, id := range []string{stop, revoke} {
		if got := f.State(t, id); got != "cancelled" {
			t.Errorf("order %s: got %s, want it cancelled", id, got)
		}
	}
	for lot, want := range map[harness.Lot]int{found: 2, stopped: 0, revoked: 0, other: 1} {
		if got := f.bought(t, lot); got != want {
			t.Errorf("%s was bought %d times, want %d", lot.Number, got, want)
		}
	}
	f.does(t, "", "audit", "verify")
}

// TestMandateOnAServer has two replicas on PostgreSQL send what a mandate buys. They
// heed the clock of the server, which nobody sets: the times of grace are short, and
// pass. What was stopped, and what was revoked, was due before what is sent.
func TestMandateOnAServer(t *testing.T) {
	t.Parallel()
	f := newMandates(t, fmt.Sprintf("[store]\nurl = %q\n", pgtest.Database(t)))
	lots := f.Lots(t, 3)
	stopped, revoked, other := lots[0], lots[1], lots[2]
	f.gives(t, "gold", "--grace", "20")
	f.gives(t, "silver", "--grace", "30")
	f.Serve(t)
	another := f.Serve(t)
	stop, revoke := f.uses(t, stopped, "gold"), f.uses(t, revoked, "gold")
	if r := f.Shell(t, "order", "cancel", stop, "--json"); r.Order == nil || r.Order.State != "cancelled" {
		t.Errorf("got %s%s, want it stopped", r.Out, r.Err)
	}
	if r := f.does(t, "", "mandate", "revoke", "gold"); !strings.Contains(r.Out, revoke) || strings.Contains(r.Out, stop) {
		t.Errorf("got %s, want what was taken back with it", r.Out)
	}
	f.sent(t, f.uses(t, other, "silver"), another.Log.String)
	for lot, want := range map[harness.Lot]int{stopped: 0, revoked: 0, other: 1} {
		if got := f.bought(t, lot); got != want {
			t.Errorf("%s was bought %d times, want %d", lot.Number, got, want)
		}
	}
	f.does(t, "", "audit", "verify")
}

// mandates is a target that tells when a purchase has reached its exchange.
type mandates struct {
	*harness.Target
	arrived chan struct{}
}

func newMandates(t *testing.T, store string) *mandates {
	t.Helper()
	f := &mandates{arrived: make(chan struct{}, 64)}
	f.Target = harness.NewTargetBehind(t, harness.LoopbackConfig+store, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(w, r)
		if strings.Contains(r.URL.Path, "purchase") {
			f.arrived <- struct{}{}
		}
	})
	return f
}

// does wants a command to end well.
func (f *mandates) does(t *testing.T, person harness.Typing, args ...string) harness.Result {
	t.Helper()
	args = append(args, "--json")
	r := f.Shell(t, args...)
	if person != "" {
		r = f.AtTerminal(t, person, args...)
	}
	if r.Code != 0 {
		t.Fatalf("%v: got exit %d: %s%s", args, r.Code, r.Out, r.Err)
	}
	return r
}

// look reads whether a number is for sale.
func (f *mandates) look(t *testing.T, lot harness.Lot) {
	t.Helper()
	f.Shell(t, "did", "search", "--prefix", lot.Digits(), "--fresh", "--json")
}

// gives has a person ask for a mandate and approve it.
func (f *mandates) gives(t *testing.T, name string, more ...string) {
	t.Helper()
	f.does(t, "y", append([]string{
		"mandate", "add", name, "--max-monthly-fee", "100", "--max-setup-fee", "100", "--count", "5", "--budget", "500", "--per-day", "5", "--until", "30d",
	}, more...)...)
}

// uses buys a number by a mandate, and returns the order, which waits for its time
// of grace.
func (f *mandates) uses(t *testing.T, lot harness.Lot, name string) string {
	t.Helper()
	id := f.Order(t, "did", "purchase", lot.Number, "--mandate", name)
	if got := f.State(t, id); got != "scheduled" {
		t.Fatalf("order %s: got %s, want it scheduled", id, got)
	}
	return id
}

// due lets the time of grace pass, and has another replica begin: what is due is
// sent by it, or by one that was there.
func (f *mandates) due(t *testing.T, id string) {
	t.Helper()
	for len(f.arrived) > 0 {
		<-f.arrived
	}
	f.Forward(2 * time.Minute)
	f.sent(t, id, f.Serve(t).Log.String)
}

// sent waits until a purchase has reached the exchange, which is that of an order.
func (f *mandates) sent(t *testing.T, id string, log func() string) {
	t.Helper()
	select {
	case <-f.arrived:
	case <-t.Context().Done():
		t.Fatalf("got %s, want what is due sent", log())
	}
	if r := f.Shell(t, "order", "get", id, "--wait-seconds", "50", "--json"); r.Order == nil || r.Order.State != "done" {
		t.Fatalf("got %s%s, want the number bought", r.Out, r.Err)
	}
}

// bought returns how often a number was bought, by the exchange.
func (f *mandates) bought(t *testing.T, lot harness.Lot) int {
	t.Helper()
	ledger, err := f.Market.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(slices.DeleteFunc(ledger, func(e sandbox.Entry) bool { return e.Operation != sandbox.Purchase || e.Number != lot.Digits() }))
}

// says waits for words in a log.
func says(t *testing.T, log *capture.Output, words string) {
	t.Helper()
	for !strings.Contains(log.String(), words) {
		select {
		case <-log.More:
		case <-t.Context().Done():
			t.Fatalf("got %s, want %q", log.String(), words)
		}
	}
}
