package order_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"didops/internal/audit"
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

func (d *deaf) open() error {
	if d.shut.Load() {
		return fault.New(fault.Unavailable, "nothing is shown")
	}
	return nil
}

func (d *deaf) Orders() order.Store { return deafOrders{d.Store.Orders(), d} }
func (d *deaf) Audit() audit.Store  { return deafTrail{d.Store.Audit(), d} }

type deafOrders struct {
	order.Store
	d *deaf
}

func (o deafOrders) Read(ctx context.Context, fn func(order.Tx) error) error {
	if err := o.d.open(); err != nil {
		return err
	}
	return o.Store.Read(ctx, fn)
}

type deafTrail struct {
	audit.Store
	d *deaf
}

func (t deafTrail) Listen(ctx context.Context, news func()) error {
	return t.Store.(audit.Listener).Listen(ctx, func() {
		if t.d.told.Add(1) == 1 {
			close(t.d.listens)
		} else {
			t.d.shut.Store(false)
		}
		news()
	})
}

func (t deafTrail) Read(ctx context.Context, fn func(audit.Tx) error) error {
	if err := t.d.open(); err != nil {
		return err
	}
	return t.Store.Read(ctx, fn)
}

func (t deafTrail) Head(ctx context.Context) (int64, error) {
	if err := t.d.open(); err != nil {
		return 0, err
	}
	return t.Store.Head(ctx)
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
	waits, decides := w.engineOn("waits", here), w.engine("decides")
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
