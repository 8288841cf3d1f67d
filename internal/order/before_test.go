package order_test

import (
	"context"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/order"
)

// before is a store as a didops wrote to it whose entries did not bind orders.
type before struct{ stores }

func (b before) Orders() order.Store { return ordersBefore{b.stores.Orders()} }

type ordersBefore struct{ order.Store }

func (s ordersBefore) Write(ctx context.Context, fn func(order.Tx) error) error {
	return s.Store.Write(ctx, func(tx order.Tx) error { return fn(txBefore{tx}) })
}

type txBefore struct{ order.Tx }

func (t txBefore) Append(e audit.Entry) (int64, string, error) {
	e.Record = ""
	return t.Tx.Append(e)
}

// TestVerifyOfATrailOfBefore holds that a trail whose entries bind less is
// whole, that of its orders what it tells is held against it and no more, and
// that an order is bound from its next entry on.
func TestVerifyOfATrailOfBefore(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.settle = time.Hour
		w.x.offer("9711", "9712", "9713")
		w.x.will("9712", fate{answer: lost, undone: true})
		old := w.engineOn("old", before{w.open()})
		done := old.approve(alice(), old.place(alice(), "purchase", "9711"))
		lost := old.approve(alice(), old.place(alice(), "purchase", "9712"))
		wantStates(t, lost, "unknown: unknown")
		pending := old.place(alice(), "purchase", "9713")
		if err := old.Close(); err != nil {
			t.Fatal(err)
		}
		unbound := func(want int) {
			t.Helper()
			report, err := order.Verify(t.Context(), w.store.Verification(), "")
			if err != nil || report.Fault != "" || report.Unbound != want {
				t.Errorf("got %+v, %v, want it whole with %d orders that are not bound", report, err, want)
			}
		}
		unbound(3)
		fresh := w.engine("new")
		wantStates(t, fresh.approve(alice(), pending), "done: done")
		if err := fresh.Close(); err != nil {
			t.Fatal(err)
		}
		unbound(2)
		for _, tt := range []struct {
			name, id string
			do       func(*order.Record)
			found    bool
		}{
			{"an approver's name of before", done.ID, func(r *order.Record) { r.Decisions[0].By.Name = "Mallory" }, true},
			{"when that was", done.ID, func(r *order.Record) { r.Decisions[0].At = r.Decisions[0].At.Add(-time.Hour) }, true},
			{"when it was decided before", done.ID, func(r *order.Record) { r.Decided = r.Decided.Add(-time.Hour) }, true},
			{"a reason of before", lost.ID, func(r *order.Record) { r.Reason = "another" }, true},
			{"who asked before", lost.ID, func(r *order.Record) { r.Requester.Client = "another" }, true},
			{"an end of before", done.ID, func(r *order.Record) { r.Expires = r.Expires.Add(time.Hour) }, false},
			{"an end of since", pending.ID, func(r *order.Record) { r.Expires = r.Expires.Add(time.Hour) }, true},
			{"rules of since", pending.ID, func(r *order.Record) { r.Asked.Needed = 7 }, true},
		} {
			was := record(t, w.store, tt.id)
			next := was.Clone()
			tt.do(&next)
			if err := overwrite(w, tt.id, next); err != nil {
				t.Fatal(err)
			}
			if says := verdict(w); (says != "") != tt.found {
				t.Errorf("%s: got %q, want it found: %t", tt.name, says, tt.found)
			}
			if err := overwrite(w, tt.id, was); err != nil {
				t.Fatal(err)
			}
		}
	})
}
