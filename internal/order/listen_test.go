package order_test

import (
	"context"
	"errors"
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

func (t deafTrail) Listen(ctx context.Context, news func(audit.News)) error {
	return t.Store.(audit.Listener).Listen(ctx, func(n audit.News) {
		if t.d.told.Add(1) == 1 {
			close(t.d.listens)
		} else {
			t.d.shut.Store(false)
		}
		news(n)
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

// forgetful is a store that does not tell of every entry.
type forgetful struct {
	*store.Store

	listens chan struct{} // closed when it is listened to
}

func (f forgetful) Audit() audit.Store { return forgetfulTrail{f.Store.Audit(), f.listens} }

type forgetfulTrail struct {
	audit.Store

	listens chan struct{}
}

// Listen leaves out the entries about orders, until one is about none.
func (t forgetfulTrail) Listen(ctx context.Context, news func(audit.News)) error {
	return t.Store.(audit.Listener).Listen(ctx, func(n audit.News) {
		if n == (audit.News{}) {
			close(t.listens)
		}
		if n.Order == "" {
			news(n)
		}
	})
}

// TestWhatWasNotToldIsLookedFor tells of an entry, and not of those before it.
func TestWhatWasNotToldIsLookedFor(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a server")
	}
	w := onPostgres(t)
	defer w.close()
	w.x.offer("9711")
	here := forgetful{w.open().(*store.Store), make(chan struct{})}
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
	<-here.listens
	decides.approve(alice(), o)
	err := here.Store.Audit().Write(t.Context(), func(tx audit.Tx) error {
		_, _, err := tx.Append(audit.Entry{At: time.Now(), Event: "noted"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wantStates(t, <-found, "done: done")
}

// TestWhoIsNotToldWaitsLittleLonger holds that where the store does not tell of
// changes, who waits for another process learns of one within a tenth of a
// second, and is no more than one who asks for everybody.
func TestWhoIsNotToldWaitsLittleLonger(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		counted := &counting{stores: w.open()}
		waits, decides := w.engineOn("waits", counted), w.engine("decides")
		o := waits.place(http("team"), "purchase", "9711")
		const clients = 64
		found := make(chan time.Time, clients)
		for range clients {
			go func() {
				if _, err := waits.Order(t.Context(), o.ID, http("team"), time.Minute); err != nil {
					t.Error(err)
				}
				found <- time.Now()
			}()
		}
		time.Sleep(10 * time.Second)
		if asked := counted.heads.Load(); asked > 20*10+clients {
			t.Errorf("the store was asked %d times in ten seconds", asked)
		}
		decided := time.Now()
		decides.approve(alice(), o)
		for range clients {
			if took := (<-found).Sub(decided); took > 100*time.Millisecond {
				t.Errorf("got the news after %s", took)
			}
		}
	})
}

// counting are stores that tell nobody of changes, and count how often they
// are asked for them.
type counting struct {
	stores
	heads atomic.Int64
}

func (c *counting) Audit() audit.Store { return countedTrail{c.stores.Audit(), c} }

type countedTrail struct {
	audit.Store
	c *counting
}

func (t countedTrail) Head(ctx context.Context) (int64, error) {
	t.c.heads.Add(1)
	return t.Store.Head(ctx)
}

// Listen hides that of the store.
func (countedTrail) Listen(context.Context, func(audit.News)) error { return errors.ErrUnsupported }
