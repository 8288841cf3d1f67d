package order_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"didops/internal/order"
)

// TestWhatIsShownOfAnOrderIsInItsTrail holds that what changes of an order
// while nothing is settled has an entry, once for each change.
func TestWhatIsShownOfAnOrderIsInItsTrail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, kind string
		fate       fate
		then       func(w *harness) // while it is looked for
		want       string
	}{
		{
			"a yes that is not seen", "purchase",
			fate{undone: true},
			func(w *harness) { time.Sleep(10 * time.Minute) },
			"requested approved sent answered unknown looked for",
		},
		{
			"a reading that says something else", "update",
			fate{answer: lost, undone: true},
			func(w *harness) {
				w.x.set("9711", func(n *number) { n.contact = "sip:third" })
				time.Sleep(5 * time.Minute)
				w.x.set("9711", func(n *number) { n.contact = "sip:fourth" })
				time.Sleep(5 * time.Minute)
			},
			"requested approved sent unknown looked for looked for looked for",
		},
		{
			"a number that is let go", "update",
			fate{answer: lost, undone: true},
			func(w *harness) {
				w.x.set("9711", func(n *number) { n.contact = "sip:third" })
				time.Sleep(3 * time.Hour)
			},
			"requested approved sent unknown looked for looked for let go",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.settle = time.Hour
				if w.x.offer("9711"); tt.kind == "update" {
					w.x.own("9711")
				}
				w.x.will("9711", tt.fate)
				d := w.engine("a")
				d.Start()
				o := d.approve(alice(), d.place(alice(), tt.kind, "9711"))
				wantStates(t, o, "unknown: unknown")
				tt.then(w)
				if got := strings.Join(events(w, o.ID), " "); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			})
		})
	}
}

// TestTimesThatAreBroughtBackAreInTheTrail is the same of an order that a
// process held whose clock was ahead.
func TestTimesThatAreBroughtBackAreInTheTrail(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.x.will("9711", fate{answer: hang})
		w.set.Store(int64(24 * time.Hour))
		disk := newProcess(w.open())
		first := w.engineOn("first", disk)
		o := first.place(alice(), "purchase", "9711")
		var done sync.WaitGroup
		done.Go(func() {
			_, _ = first.Decide(context.Background(), order.DecideRequest{Order: o.ID, Approve: true, By: alice()})
		})
		time.Sleep(time.Second)
		disk.crash()
		w.set.Store(0)
		second := w.engine("second")
		second.Start()
		time.Sleep(10 * time.Minute)
		if got := events(w, o.ID); !slices.Contains(got, "rescheduled") {
			t.Errorf("got the entries %q, want one that times were brought back", got)
		}
		done.Wait()
	})
}

// events are those of an order, in short.
func events(w *harness, id string) []string {
	var list []string
	for _, e := range trail(w, w.store, id) {
		list = append(list, e.Event)
	}
	return list
}
