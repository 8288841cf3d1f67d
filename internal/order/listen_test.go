package order_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/store"
)

// deaf is a store that, once it is shut, shows nothing until it is told of a
// change: whoever only asks now and then never learns of any.
type deaf struct {
	*store.Store
	shut    atomic.Bool
	listens chan struct{} // closed when it is listened to
	told    atomic.Int64
}

func (d *deaf) Listen(ctx context.Context, news func()) error {
	return d.Store.Listen(ctx, func() {
		if d.told.Add(1) == 1 {
			close(d.listens)
		} else {
			d.shut.Store(false)
		}
		news()
	})
}

func (d *deaf) Read(ctx context.Context, fn func(order.Tx) error) error {
	if d.shut.Load() {
		return fault.New(fault.Unavailable, "nothing is shown")
	}
	return d.Store.Read(ctx, fn)
}

func (d *deaf) Head(ctx context.Context) (int64, error) {
	if d.shut.Load() {
		return 0, fault.New(fault.Unavailable, "nothing is shown")
	}
	return d.Store.Head(ctx)
}

// TestADatabaseTellsWhoWaits decides in one process what another
// waits for, which learns of it by being told.
func TestADatabaseTellsWhoWaits(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a server")
	}
	w := onPostgres(t)
	defer w.close()
	w.x.offer("9711")
	here := &deaf{Store: w.open().(*store.Store), listens: make(chan struct{})}
	waits, decides := w.deskOn("waits", here), w.desk("decides")
	o := waits.place(http("team"), "purchase", "9711")
	found := make(chan order.Order, 1)
	go func() {
		o, err := waits.Order(t.Context(), o.ID, http("team"), time.Minute)
		if err != nil {
			t.Error(err)
		}
		found <- o
	}()
	select {
	case <-here.listens:
	case o := <-found:
		t.Fatalf("got %s, and nobody listened", o.State)
	}
	here.shut.Store(true)
	decides.approve(alice(), o)
	wantStates(t, <-found, "done: done")
}
