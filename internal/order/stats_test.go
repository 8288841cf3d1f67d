package order_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/order"
)

func TestStandingAndTrail(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		t := w.t
		d := w.desk("a")
		if s, err := d.Stats(t.Context()); err != nil || s.Head != 0 || len(s.Orders) != 0 || s.Due != 0 {
			t.Errorf("got %+v %v before the first order, want nothing", s, err)
		}
		w.x.offer("9711", "9712")
		begun := w.now().UTC().Truncate(time.Microsecond)
		first := d.place(alice(), "purchase", "9711")
		time.Sleep(time.Minute)
		second := d.place(alice(), "purchase", "9712")
		d.decide(alice(), second, false)
		got, err := d.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := order.Stats{
			Orders:  map[order.State]int{order.Pending: 1, order.Rejected: 1},
			Oldest:  map[order.State]time.Time{order.Pending: begun, order.Rejected: begun.Add(time.Minute)},
			Expires: first.ExpiresAt, Head: 3,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the standing differs (-want +got):\n%s", diff)
		}
		var events []string
		last := int64(0)
		for range 3 {
			entries, seq, err := d.Trail(t.Context(), last, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				events = append(events, e.Event)
			}
			last = seq
		}
		if diff := cmp.Diff([]string{"requested", "requested", "rejected"}, events); diff != "" || last != 3 {
			t.Errorf("the trail to %d differs (-want +got):\n%s", last, diff)
		}
	})
}

// troubled is a store that answers what it is told to.
type troubled struct {
	order.Store
	err error
}

func (s troubled) Read(context.Context, func(order.Tx) error) error { return s.err }
func (s troubled) Head(context.Context) (int64, error)              { return 0, s.err }

func TestTheStoreIsObserved(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		t := w.t
		var mu sync.Mutex
		seen, failures := map[string]int{}, 0
		observed := func(s order.Store) *order.Engine {
			e, err := order.New(order.Config{
				Store: s, Handlers: w.x.deals("a"), Exchange: place, Prefix: "o-", Currency: "USD",
				Policy: func() order.Policy { return *w.policy.Load() }, ReadWithin: readWithin, SendWithin: sendWithin, Now: w.now,
				ObserveStore: func(kind string, took time.Duration, failed error) {
					mu.Lock()
					defer mu.Unlock()
					seen[kind]++
					if failed != nil {
						failures++
					}
					if took < 0 {
						t.Errorf("got %s for %s, want a time", took, kind)
					}
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			w.closing = append(w.closing, func() { _ = e.Close() })
			return e
		}
		e := observed(w.open())
		w.x.offer("9711")
		if _, err := e.Place(t.Context(), placement(alice(), "purchase", "sip:new", "9711")); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Place(t.Context(), placement(http("team"), "purchase", "sip:new", "9711")); err == nil {
			t.Error("got a second order of one number, want a conflict")
		}
		if _, err := e.Order(t.Context(), "o-none", alice(), 0); err == nil {
			t.Error("got an order that is not there")
		}
		if _, err := e.Stats(t.Context()); err != nil {
			t.Error(err)
		}
		if seen[order.ReadKind] == 0 || seen[order.WriteKind] == 0 || seen[order.HeadKind] == 0 || failures > 0 {
			t.Errorf("got %v with %d failures, want every kind and no failure: refusals are none", seen, failures)
		}
		for err, want := range map[error]int{order.ErrNone: 0, errors.New("disk on fire"): 1} {
			failures = 0
			broken := observed(troubled{err: err})
			_, _ = broken.Stats(t.Context())
			if failures < want || want == 0 && failures > 0 {
				t.Errorf("got %d failures of %v, want %d", failures, err, want)
			}
		}
	})
}
