package order_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/audit"
	"didops/internal/deadline"
	"didops/internal/fault"
	"didops/internal/order"
)

// deafTo returns an engine whose calls of one kind about a number do not end
// with their context, but when the channel is closed.
func (w *harness) deafTo(call, number string, release <-chan struct{}) *testEngine {
	w.Helper()
	handlers := w.x.deals("a")
	for i, h := range handlers {
		deaf := *h
		wait := func(kind string, l order.Line) {
			if kind == call && l.Number == number {
				<-release
			}
		}
		deaf.Requote = func(ctx context.Context, l order.Line) (order.Line, error) {
			wait("requote", l)
			return h.Requote(ctx, l)
		}
		if h.Send == nil {
			deaf.Deliver = func(ctx context.Context, l order.Line) (string, error) {
				wait("deliver", l)
				return h.Deliver(ctx, l)
			}
			handlers[i] = &deaf
			continue
		}
		deaf.Send = func(ctx context.Context, l order.Line) error {
			wait("send", l)
			return h.Send(ctx, l)
		}
		deaf.Reconcile = func(ctx context.Context, l order.Line) (order.Evidence, error) {
			wait("reconcile", l)
			return h.Reconcile(ctx, l)
		}
		handlers[i] = &deaf
	}
	e, err := order.New(on(w.open(), order.Config{
		Handlers: handlers, Exchange: place, Prefix: "o-", Currency: "USD",
		Policy: func() order.Policy { return *w.policy.Load() }, ReadWithin: readWithin, SendWithin: sendWithin,
		Now: w.now, Log: zerolog.Nop(),
	}))
	if err != nil {
		w.Fatal(err)
	}
	return &testEngine{Engine: e, w: w}
}

// TestALookThatHangsHoldsUpNothing holds that one look that never ends keeps
// no other order from being settled, nor the program from ending.
func TestALookThatHangsHoldsUpNothing(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		release := make(chan struct{})
		defer close(release)
		w.x.offer("9711", "9722")
		d := w.deafTo("reconcile", "9711", release)
		for _, number := range []string{"9711", "9722"} {
			w.x.will(number, fate{answer: lost})
		}
		stuck := d.place(alice(), "purchase", "9711")
		other := d.place(alice(), "purchase", "9722")
		wantStates(t, d.approve(alice(), stuck), "unknown: unknown")
		d.approve(alice(), other)
		d.Start()
		time.Sleep(5 * time.Minute)
		wantStates(t, d.see(alice(), other), "done: done")
		if err := d.Settles(); err != nil {
			t.Errorf("got %v of a settler that gets on", err)
		}
		began := time.Now()
		_ = d.Close()
		if took := time.Since(began); took > readWithin+2*deadline.Grace {
			t.Errorf("got the end after %s, want it within the time of a look", took)
		}
	})
}

// TestADeliveryThatHangsIsUnknown holds the same of what nothing that can be read
// shows: it is over at its deadline and stays unknown.
func TestADeliveryThatHangsIsUnknown(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		release := make(chan struct{})
		w.x.own("9711")
		d := w.deafTo("deliver", "9711", release)
		o := d.place(alice(), "message", "9711")
		began := time.Now()
		wantStates(t, d.approve(alice(), o), "unknown: unknown")
		if took := time.Since(began); took > readWithin+2*sendWithin {
			t.Errorf("the person waited %s", took)
		}
		close(release)
		time.Sleep(time.Minute)
		wantSends(t, w.x, "9711", 0) // it came to the exchange when its time was over
		wantStates(t, d.see(alice(), o), "unknown: unknown")
		_ = d.Close()
	})
}

// TestASendThatHangsIsUnknown holds that a send which never ends is over at
// its deadline, is not sent again, and is settled by reading.
func TestASendThatHangsIsUnknown(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"send", "requote"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(w *harness) {
				t := w.t
				release := make(chan struct{})
				w.x.offer("9711", "9722")
				d := w.deafTo(call, "9711", release)
				o := d.place(alice(), "purchase", "9711", "9722")
				began := time.Now()
				got := d.approve(alice(), o)
				if took := time.Since(began); took > readWithin+4*sendWithin {
					t.Errorf("the person waited %s", took)
				}
				want := map[string]order.LineState{"send": order.LineUnknown, "requote": order.LineFailed}[call]
				if now := record(t, w.store, got.ID).Lines; now[0].State != want && now[0].State != order.LineFailed || now[1].State != order.LineSkipped {
					t.Errorf("got %s and %s, want %s and skipped", now[0].State, now[1].State, want)
				}
				entries := trail(t, w.store, o.ID)
				if call == "send" && !slices.ContainsFunc(entries, func(e audit.Entry) bool { return e.Event == "unknown" }) {
					t.Error("the trail does not say that the outcome was unknown")
				}
				wantSends(t, w.x, "", 0)
				close(release)
				_ = d.Close()
			})
		})
	}
}

// TestASettlerThatHangsIsSeen holds that a settler which hangs in its store
// tells.
func TestASettlerThatHangsIsSeen(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		release := make(chan struct{})
		d := w.engineOn("a", hungStores{w.open(), release})
		if err, idle := d.Settles(), d.SettlerIdle(); err != nil || idle != 0 {
			t.Errorf("before it begins: got %v, %s", err, idle)
		}
		d.Start()
		time.Sleep(time.Minute)
		if err := d.Settles(); err != nil {
			t.Errorf("after a minute: got %v", err)
		}
		time.Sleep(time.Minute)
		wantFault(t, d.Settles(), fault.Unavailable, "settling", "2m0s")
		close(release)
		time.Sleep(time.Minute)
		if err, idle := d.Settles(), d.SettlerIdle(); err != nil || idle > 10*time.Second {
			t.Errorf("after it got on: got %v, %s", err, idle)
		}
	})
}

// hungStores are stores whose orders can't be read until the channel is closed.
type hungStores struct {
	stores
	release chan struct{}
}

func (s hungStores) Orders() order.Store { return hungOrders{s.stores.Orders(), s.release} }

type hungOrders struct {
	order.Store
	release chan struct{}
}

func (s hungOrders) Read(ctx context.Context, fn func(order.Tx) error) error {
	<-s.release
	return s.Store.Read(ctx, fn)
}

func (s hungOrders) Write(ctx context.Context, fn func(order.Tx) error) error {
	<-s.release
	return s.Store.Write(ctx, fn)
}
