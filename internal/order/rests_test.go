package order_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
)

// TestScheduledRestsAsLongAsAsked holds that a line which is turned away is left
// alone for as long as the exchange asks for, and five minutes at least.
func TestScheduledRestsAsLongAsAsked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		asks   []time.Duration
		apart  []time.Duration // tries
		states string
	}{
		{"nothing", []time.Duration{0, 0}, []time.Duration{5 * time.Minute, 5 * time.Minute}, "done: done"},
		{"less", []time.Duration{time.Second, 4 * time.Minute}, []time.Duration{5 * time.Minute, 5 * time.Minute}, "done: done"},
		{"more", []time.Duration{40 * time.Minute, 30 * time.Minute}, []time.Duration{40 * time.Minute, 30 * time.Minute}, "done: done"},
		{"more than there is", []time.Duration{40 * time.Minute, 2 * time.Hour}, []time.Duration{40 * time.Minute}, "failed: failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.renews(lead+5*time.Minute, "9711")
				var fates []fate
				for _, again := range tt.asks {
					fates = append(fates, fate{answer: nothing, again: again})
				}
				w.x.will("9711", fates...)
				d := w.engine("a")
				o := d.plans("9711")
				d.Start()
				time.Sleep(3 * time.Hour)
				wantStates(t, d.see(alice(), o), tt.states)
				var apart []time.Duration
				sends := w.x.sentOf("9711")
				for i := range sends[1:] {
					apart = append(apart, sends[i+1].at.Sub(sends[i].at))
				}
				late := func(is, asked time.Duration) bool { return is >= asked && is <= asked+time.Minute }
				if !slices.EqualFunc(apart, tt.apart, late) {
					t.Errorf("got the tries %v apart, want %v", apart, tt.apart)
				}
			})
		})
	}
}

// TestScheduledEndsUnread holds that a scheduled line comes to an end where the
// exchange can't be read any more, or not whole: as soon as its time is over,
// and by a clock that was never compared with the exchange's a week later.
func TestScheduledEndsUnread(t *testing.T) {
	t.Parallel()
	away := func(w *harness) { w.x.down = fault.New(fault.Unauthorized, "the login is not let in") }
	for _, tt := range []struct {
		name    string
		happens func(*harness)
		turned  bool // away, before that happens
		learns  bool // the clock of the exchange, before that happens
		week    bool
		states  string
		words   string
	}{
		{"it can't be read", away, false, true, false, "changed: changed", "nothing could be sent before it renews at"},
		{"it never could be", away, false, false, true, "changed: changed", "nothing could be sent before it renews at"},
		{"turned away, and can't be read", away, true, true, false, "changed: changed", "turned away, and not sent again: nothing could be sent"},
		{"turned away, and not read whole", func(w *harness) { w.x.blind["9711"], w.x.numbers["9711"].owner = true, "" }, true, true, false, "unknown: unknown", "not certain yet"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.renews(lead+5*time.Minute, "9711")
				if tt.turned {
					w.x.will("9711", fate{answer: nothing})
				}
				o := w.engine("desk").plans("9711")
				d := w.clocked("a", w.open(), nil)
				if tt.learns {
					d.learnt.Store(new(time.Duration))
				}
				if tt.turned {
					d.Start()
					time.Sleep(6 * time.Minute)
				}
				w.x.set("9711", func(*number) { tt.happens(w) })
				if !tt.turned {
					d.Start()
				}
				time.Sleep(time.Until(o.Lines[0].Window.Until) - 2*sendWithin)
				if got := d.see(alice(), o); got.State != order.Scheduled {
					t.Fatalf("got %s while there is time", got.State)
				}
				if tt.week {
					time.Sleep(7*24*time.Hour - time.Minute)
					if got := d.see(alice(), o); got.State != order.Scheduled {
						t.Fatalf("got %s by a clock that is not known to be right", got.State)
					}
				}
				time.Sleep(10 * time.Minute)
				over := d.see(alice(), o)
				wantStates(t, over, tt.states)
				if !strings.Contains(over.Lines[0].Message, tt.words) {
					t.Errorf("got %q, want %q in it", over.Lines[0].Message, tt.words)
				}
				wantSends(t, w.x, "9711", map[bool]int{true: 1}[tt.turned])
			})
		})
	}
}
