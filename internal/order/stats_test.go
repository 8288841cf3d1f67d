package order_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/order"
)

func TestStandingAndTrail(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		d := w.engine("a")
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
