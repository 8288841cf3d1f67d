package order_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
)

// fullStores are stores on a disk that has no room left, once it is full: they
// can be read.
type fullStores struct {
	stores
	full atomic.Bool
}

func (s *fullStores) Orders() order.Store { return fullOrders{s.stores.Orders(), s} }

type fullOrders struct {
	order.Store
	s *fullStores
}

func (o fullOrders) Write(ctx context.Context, fn func(order.Tx) error) error {
	if o.s.full.Load() {
		return fault.New(fault.Unavailable, "there is no room left for the store of orders")
	}
	return o.Store.Write(ctx, fn)
}

// TestAFullDiskStopsNoReading holds that orders can be looked at and listed,
// and that what is said of them is true, while nothing can be written; and that
// nothing is sent then.
func TestAFullDiskStopsNoReading(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712", "9713")
		s := &fullStores{stores: w.open()}
		d := w.engineOn("a", s)
		pending := d.place(alice(), "purchase", "9711")
		w.x.will("9712", fate{answer: lost, late: time.Hour})
		w.x.set("9712", func(*number) { w.x.blind["9712"] = true })
		unknown := d.place(alice(), "purchase", "9712")
		wantStates(t, d.approve(alice(), unknown), "unknown: unknown")
		s.full.Store(true)
		wantStates(t, d.see(alice(), pending), "pending: waiting")
		wantStates(t, d.see(alice(), unknown), "unknown: unknown")
		if _, err := d.Decide(t.Context(), order.DecideRequest{Order: pending.ID, Approve: true, By: alice()}); fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("an approval: got %v, want unavailable", err)
		}
		time.Sleep(15 * time.Minute)
		wantStates(t, d.see(alice(), pending), "expired: waiting")
		for _, state := range []string{"", "expired"} {
			list, err := d.Orders(t.Context(), alice(), state, 10)
			if err != nil || len(list) == 0 {
				t.Fatalf("list of %q: got %v, %v", state, list, err)
			}
			for _, o := range list {
				if o.State != order.Expired && o.State != order.Unknown {
					t.Errorf("list of %q: got %s", state, o.State)
				}
			}
		}
		waited, err := d.Order(t.Context(), unknown.ID, alice(), 10*time.Second)
		if err != nil || waited.State != order.Unknown {
			t.Errorf("who waits: got %s, %v", waited.State, err)
		}
		wantSends(t, w.x, "9711", 0)
		s.full.Store(false)
		time.Sleep(10 * time.Second)
		wantStates(t, d.see(alice(), pending), "expired: waiting")
		if events := trail(t, w.store, pending.ID); events[len(events)-1].Event != "expired" {
			t.Errorf("got %+v, want that it is kept as soon as there is room", events)
		}
	})
}
