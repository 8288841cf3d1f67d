package order_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/store"
	"didops/internal/transaction"
)

// storeCounter counts what is asked of a store. It is safe for concurrent use.
type storeCounter struct {
	mu sync.Mutex
	by map[string]int
}

func (c *storeCounter) count(kind string, _ time.Duration, _ error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by[kind]++
}

// take returns what was counted since it was taken last.
func (c *storeCounter) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	by := c.by
	c.by = map[string]int{}
	return by
}

// TestTransactionsOfOnePurchase bounds what one purchase asks of the store: to
// be placed with its question, and to be approved and carried out. Run with -v
// it prints the counts.
func TestTransactionsOfOnePurchase(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		counted := &storeCounter{by: map[string]int{}}
		kept, end := opened(t, store.Config{Path: filepath.Join(t.TempDir(), "orders.db"), Now: w.now, Observe: counted.count})
		defer end()
		e, err := order.New(on(kept, order.Config{
			Handlers: w.x.deals("a"), Exchange: place, Prefix: "o-", Currency: "USD",
			Policy: func() order.Policy { return *w.policy.Load() }, ReadWithin: readWithin, SendWithin: sendWithin, Now: w.now,
		}))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = e.Close() }()
		placed, err := e.Place(t.Context(), placement(alice(), "purchase", "sip:new", "9711"))
		if err != nil || placed.Question == nil {
			t.Fatalf("got %+v, %v, want a question", placed, err)
		}
		asked := counted.take()
		o, err := e.Decide(t.Context(), order.DecideRequest{Order: placed.Order.ID, Approve: true, By: alice()})
		if err != nil {
			t.Fatal(err)
		}
		wantStates(t, o, "done: done")
		decided := counted.take()
		t.Logf("to the question: %v; from the yes to the end: %v", asked, decided)
		if asked[transaction.ReadKind] > 1 || asked[transaction.WriteKind] > 1 {
			t.Errorf("placing took %v, want one reading and one writing transaction", asked)
		}
		// The decision, the send and its answer are each on disk before the next.
		if decided[transaction.ReadKind] > 0 || decided[transaction.WriteKind] > 3 {
			t.Errorf("deciding took %v, want three writing transactions", decided)
		}
	})
}

// TestWhatIsTypedIsComparedInTheTransaction holds that digits are asked for
// where the operation says so, and that an approval without them decides
// nothing, whoever brings it.
func TestWhatIsTypedIsComparedInTheTransaction(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.own("97150001234", "97150005678")
		handlers := w.x.deals("a")
		for _, h := range handlers {
			h.Confirm = order.ConfirmDigits
		}
		e, err := order.New(on(w.open(), order.Config{
			Handlers: handlers, Exchange: place, Prefix: "o-", Currency: "USD",
			Policy: func() order.Policy { return *w.policy.Load() }, ReadWithin: readWithin, SendWithin: sendWithin, Now: w.now,
		}))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = e.Close() }()
		placed, err := e.Place(t.Context(), placement(alice(), "unsubscribe", "", "97150001234", "97150005678"))
		if err != nil || placed.Question == nil || placed.Question.Want != "1234 x2" {
			t.Fatalf("got %+v, %v, want a question for 1234 x2", placed.Question, err)
		}
		decide := func(approve bool, typed string) (order.Order, error) {
			return e.Decide(t.Context(), order.DecideRequest{Order: placed.Order.ID, Approve: approve, Typed: typed, By: alice()})
		}
		for _, typed := range []string{"", "yes", "1234", "5678 x2", "1234 x3", "1234x2x2"} {
			_, err := decide(true, typed)
			wantFault(t, err, fault.Invalid, "the last four digits of +97150001234", "last4", "nothing was decided")
		}
		for _, entry := range trail(t, w.store, placed.Order.ID) {
			if entry.Event != "requested" {
				t.Errorf("got the event %s of an approval that decided nothing", entry.Event)
			}
		}
		w.may(mustBeOther)
		_, err = decide(true, "")
		wantFault(t, err, fault.Forbidden, "another person than its requester")
		w.may(func(p *order.Policy) { p.RequesterMayApprove = true })
		o, err := decide(true, " 1234  X2 ")
		if err != nil {
			t.Fatal(err)
		}
		wantStates(t, o, "done: done done")
	})
}

// TestAsk holds that whoever's approval would not count is told why, and that
// asking writes nothing.
func TestAsk(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712")
		d := w.engine("a")
		nobody := http("script")
		theirs := d.place(nobody, "purchase", "9712")
		w.may(mustBeOther)
		o := d.place(alice(), "purchase", "9711")
		before := len(trail(t, w.store, ""))
		_, err := d.Ask(t.Context(), o.ID, alice())
		wantFault(t, err, fault.Forbidden, "another person")
		placed, err := d.Ask(t.Context(), o.ID, shell("bob"))
		if err != nil || placed.Question == nil || placed.Order.ID != o.ID {
			t.Errorf("got %+v, %v, want the question for bob", placed, err)
		}
		nobody.Frontend, nobody.Principal.Role = identity.FrontShell, identity.Approver
		_, err = d.Ask(t.Context(), theirs.ID, nobody)
		wantFault(t, err, fault.Forbidden)
		if after := len(trail(t, w.store, "")); after > before {
			t.Errorf("got %d entries after %d, want no more", after, before)
		}
	})
}
