package order_test

import (
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
)

// TestANoToWhatWasEdited holds that a no to what was made of an order is one to the
// order itself, for whoever asked for it, and frees its numbers for others.
func TestANoToWhatWasEdited(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712", "9713")
		d := w.engine("a")
		first := d.place(http("team"), "purchase", "9711", "9712", "9713")
		for _, number := range []string{"9713", "9712"} {
			made, err := d.Edit(t.Context(), order.EditRequest{Order: first.ID, Remove: []string{number}, By: alice()})
			if err != nil {
				t.Fatal(err)
			}
			first = made
		}
		wantStates(t, d.decide(shell("bob"), first, false), "rejected: waiting")
		same := placement(http("team"), "purchase", "sip:new", "9711", "9712", "9713")
		_, err := d.Place(t.Context(), same)
		wantFault(t, err, fault.Conflict, "said no to what was made of this", "order "+first.ID, "asked for again after")
		other := d.place(http("other"), "purchase", "9711")
		if _, err := d.Cancel(t.Context(), other.ID, http("other")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10*time.Minute + time.Second)
		if o, err := d.Place(t.Context(), same); err != nil || o.State != order.Pending {
			t.Errorf("got %s, %v, want that it can be asked for again", o.State, err)
		}
	})
}
