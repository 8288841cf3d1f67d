package order_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
)

// TestLeaving: an engine that leaves begins nothing, lets go who waits for a
// person, and finishes what it is sending.
func TestLeaving(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712", "9713", "9714", "9715")
		w.x.will("9711", fate{takes: 10 * time.Second})
		leaves, stays := w.engine("leaves"), w.engine("stays")
		runs := leaves.place(alice(), "purchase", "9711", "9712")
		waits := leaves.place(alice(), "purchase", "9713")
		unwanted := leaves.place(alice(), "purchase", "9714")
		start := time.Now()

		var all sync.WaitGroup
		all.Go(func() { wantStates(t, leaves.approve(alice(), runs), "done: done done") })
		all.Go(func() {
			got, err := leaves.Order(context.Background(), waits.ID, alice(), 50*time.Second)
			if err != nil || got.State != order.Pending || time.Since(start) != 5*time.Second {
				t.Errorf("got %s, %v after %s; want pending as soon as it leaves", got.State, err, time.Since(start))
			}
		})
		time.Sleep(5 * time.Second)
		synctest.Wait()
		leaves.Leave()

		_, err := leaves.Place(t.Context(), placement(alice(), "purchase", "sip:new", "9715"))
		wantFault(t, err, fault.Unavailable, "being stopped", "again")
		_, err = leaves.Decide(t.Context(), order.DecideRequest{Order: waits.ID, Approve: true, By: alice()})
		wantFault(t, err, fault.Unavailable, "being stopped", "again")
		wantStates(t, leaves.decide(alice(), unwanted, false), "rejected: waiting")
		if err := leaves.Close(); err != nil {
			t.Fatal(err)
		}
		all.Wait()
		wantStates(t, stays.approve(alice(), waits), "done: done")
		wantSends(t, w.x, "", 3)
	})
}

// TestLeavingDuringAQuote: the order whose quote was being read when the
// engine left is not kept.
func TestLeavingDuringAQuote(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.x.slow = 3 * time.Second
		d := w.engine("a")
		var all sync.WaitGroup
		all.Go(func() {
			_, err := d.Place(t.Context(), placement(alice(), "purchase", "sip:new", "9711"))
			wantFault(t, err, fault.Unavailable, "being stopped")
		})
		time.Sleep(time.Second)
		d.Leave()
		all.Wait()
		list, err := d.Orders(t.Context(), alice(), "", 10)
		if err != nil || len(list) != 0 {
			t.Errorf("got %d orders, %v; want none", len(list), err)
		}
	})
}
