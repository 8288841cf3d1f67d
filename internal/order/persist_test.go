package order_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
)

// faltering is a store that fails at writes for a while.
type faltering struct {
	stores
	kept bool // what fails with an unknown outcome is kept all the same

	mu   sync.Mutex
	plan []fault.Code // for the coming writes; "" = it works
}

func (f *faltering) Orders() order.Store { return falteringOrders{f.stores.Orders(), f} }

type falteringOrders struct {
	order.Store
	f *faltering
}

func (o falteringOrders) Write(ctx context.Context, fn func(order.Tx) error) error {
	code := o.f.next()
	if code == fault.UnknownOutcome && o.f.kept {
		if err := o.Store.Write(ctx, fn); err != nil {
			return err
		}
	}
	if code != "" {
		return fault.New(code, "the store falters")
	}
	return o.Store.Write(ctx, fn)
}

func (f *faltering) next() (code fault.Code) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.plan) > 0 {
		code, f.plan = f.plan[0], f.plan[1:]
	}
	return code
}

// TestAJournalThatFaltersIsInsistedOn lets a store fail around the send of a
// line. Whatever it is, the line is sent once at most, and an answer that was
// got is kept.
func TestAJournalThatFaltersIsInsistedOn(t *testing.T) {
	t.Parallel()
	gone, unsure := fault.Unavailable, fault.UnknownOutcome
	for _, c := range []struct {
		name  string
		plan  []fault.Code // from the write of the approval on
		kept  bool
		want  string
		sends int
	}{
		{"gone before the send", []fault.Code{"", gone, gone, gone}, false, "done: done", 1},
		{"gone after it", []fault.Code{"", "", gone, gone, gone}, false, "done: done", 1},
		{"unsure after it, and kept", []fault.Code{"", "", unsure}, true, "done: done", 1},
		{"unsure after it, and not kept", []fault.Code{"", "", unsure}, false, "done: done", 1},
		{"unsure before it, and not kept", []fault.Code{"", unsure}, false, "done: done", 1},
		{"unsure before it, and kept", []fault.Code{"", unsure}, true, "failed: failed", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				w.x.offer("9711")
				o := w.engine("a").place(alice(), "purchase", "9711")
				d := w.engineOn("b", &faltering{stores: w.store, plan: c.plan, kept: c.kept})
				d.approve(alice(), o)
				time.Sleep(5 * time.Minute)
				wantStates(w.t, w.engine("c").see(alice(), o), c.want)
				wantSends(w.t, w.x, "9711", c.sends)
			})
		})
	}
}

// TestAJournalThatStaysAwayEndsInTheLists gives up the answer when others may
// take the order over: the exchange's lists tell what became of it.
func TestAJournalThatStaysAwayEndsInTheLists(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		w.x.offer("9711")
		o := w.engine("a").place(alice(), "purchase", "9711")
		plan := []fault.Code{"", ""}
		for range 100 {
			plan = append(plan, fault.Unavailable)
		}
		d := w.engineOn("b", &faltering{stores: w.store, plan: plan})
		d.approve(alice(), o)
		time.Sleep(5 * time.Minute)
		wantStates(w.t, w.engine("c").see(alice(), o), "done: done")
		wantSends(w.t, w.x, "9711", 1)
	})
}
