package order_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/order"
)

func waits(wait time.Duration) func(*order.Policy) {
	return func(p *order.Policy) { ruled(p, approval.Rule{Name: "slow", Wait: wait}) }
}

// TestAnOrderWaits holds that what has to wait after its approval counts
// against limits at once, is not sent before, and then once, line by line.
func TestAnOrderWaits(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712", "9713")
		w.may(waits(5 * time.Minute))
		w.may(func(p *order.Policy) { p.MaxDayTotal = usd("8.00").Amount })
		d := w.engine("a")
		d.Start()
		o := d.place(alice(), "purchase", "9711", "9712")
		if !strings.Contains(o.Message, "sent 5m after its approval") {
			t.Errorf("got the message %q", o.Message)
		}
		due := time.Now().Add(5 * time.Minute)
		o = d.approve(shell("bob"), o)
		wantStates(t, o, "scheduled: waiting waiting")
		if !o.Lines[0].SendAt.Equal(due.UTC().Truncate(time.Second)) || !strings.Contains(o.Message, "2 numbers will be bought on ") {
			t.Errorf("got %q at %s, want %s", o.Message, o.Lines[0].SendAt, due)
		}
		_, err := d.Place(t.Context(), placement(alice(), "purchase", "", "9713"))
		wantFault(t, err, fault.Forbidden, "max_day_total")
		time.Sleep(time.Until(due) - time.Second)
		wantSends(t, w.x, "", 0)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		wantStates(t, d.see(alice(), o), "done: done done")
		wantSends(t, w.x, "", 2)
		for _, s := range w.x.sentOf("") {
			if s.at.Before(due) {
				t.Errorf("%s was sent at %s, due at %s", s.line.Number, s.at, due)
			}
		}
	})
}

// TestWhatBecomesOfAnOrderThatWaits holds that it can be taken back, that facts
// and rules are looked at again, and that an approval does not last for ever.
func TestWhatBecomesOfAnOrderThatWaits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		while func(w *harness, d *testEngine, o order.Order)
		serve time.Duration // when a process begins that sends
		want  string
	}{
		{"taken back", func(w *harness, d *testEngine, o order.Order) {
			if _, err := d.Cancel(w.t.Context(), o.ID, shell("bob")); err != nil {
				w.t.Fatal(err)
			}
		}, 0, "cancelled: waiting"},
		{"dearer", func(w *harness, _ *testEngine, _ order.Order) {
			w.x.set("9711", func(n *number) { n.monthly = "2.01" })
		}, 0, "changed: changed"},
		{"a rule since", func(w *harness, _ *testEngine, _ order.Order) { w.may(func(p *order.Policy) { ruled(p, large()) }) }, 0, "failed: failed"},
		{"refused since", func(w *harness, _ *testEngine, _ order.Order) {
			w.may(func(p *order.Policy) { ruled(p, approval.Rule{Name: "stop", Refuse: true}) })
		}, 0, "failed: failed"},
		{"nobody ran", func(*harness, *testEngine, order.Order) {}, 6*time.Minute + 15*time.Minute, "changed: changed"},
		{"somebody ran later", func(*harness, *testEngine, order.Order) {}, 15 * time.Minute, "done: done"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.offer("9711")
				w.may(waits(5 * time.Minute))
				d := w.engine("terminal")
				o := d.approve(shell("bob"), d.place(alice(), "purchase", "9711"))
				wantStates(t, o, "scheduled: waiting")
				tt.while(w, d, o)
				time.Sleep(tt.serve)
				w.engine("serve").Start()
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				wantStates(t, d.see(alice(), o), tt.want)
			})
		})
	}
}

// TestTwoProcessesSendWhatWaitedOnce holds that of two that serve one sends.
func TestTwoProcessesSendWhatWaitedOnce(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712")
		w.may(waits(time.Minute))
		a, b := w.engine("a"), w.engine("b")
		a.Start()
		b.Start()
		o := a.approve(shell("bob"), a.place(alice(), "purchase", "9711", "9712"))
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		wantStates(t, b.see(alice(), o), "done: done done")
		wantSends(t, w.x, "9711", 1)
		wantSends(t, w.x, "9712", 1)
	})
}

// TestAnOrderWaitsWithinItsWindow holds that what could not be sent any more after
// its wait is not asked for, that what is asked for expires before that, and that
// other windows stay as they are.
func TestAnOrderWaitsWithinItsWindow(t *testing.T) {
	t.Parallel()
	const wait, enough = lead + 30*time.Minute, 10 * time.Minute
	bubble(t, func(w *harness) {
		t := w.t
		w.may(waits(wait))
		d := w.engine("a")
		d.Start()
		for _, tt := range []struct {
			renews time.Duration
			asks   bool
		}{{wait - time.Minute, false}, {wait, false}, {wait + enough, false}, {wait + enough + time.Second, true}, {wait + time.Hour, true}} {
			w.renews(tt.renews, "9711")
			o, err := d.Place(t.Context(), later(alice(), "9711"))
			if !tt.asks {
				wantFault(t, err, fault.Conflict, "would have to wait until", "“slow”")
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if left, want := time.Until(o.ExpiresAt), min(tt.renews-wait-enough, 15*time.Minute); left > want || left < want-time.Second {
				t.Errorf("renews in %s: got %s to decide, want %s", tt.renews, left, want)
			}
			if _, err := d.Cancel(t.Context(), o.ID, alice()); err != nil {
				t.Fatal(err)
			}
		}
		w.renews(wait+enough+5*time.Minute, "9712")
		late := d.plans("9712")
		wantStates(t, late, "scheduled: waiting")
		w.renews(24*time.Hour, "9713")
		o := d.plans("9713")
		wantStates(t, o, "scheduled: waiting")
		time.Sleep(wait + enough + 5*time.Minute)
		synctest.Wait()
		wantStates(t, d.see(alice(), late), "done: done")
		time.Sleep(24*time.Hour - lead - time.Minute - (wait + enough + 5*time.Minute))
		wantSends(t, w.x, "9713", 0)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		wantStates(t, d.see(alice(), o), "done: done")
	})
}

// TestAWaitThatBecameTooLong holds that an order which could not be sent any more by
// rules that hold since it was asked for is not approved, and is told of.
func TestAWaitThatBecameTooLong(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.renews(lead+2*time.Hour, "9711")
		w.renews(lead+72*time.Hour, "9712")
		d := w.engine("a")
		var list []order.Order
		for _, number := range []string{"9711", "9712"} {
			o, err := d.Place(t.Context(), later(alice(), number))
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, o)
		}
		undecidable := func(want ...string) {
			t.Helper()
			if got, err := d.Undecidable(t.Context()); err != nil || !slices.Equal(got, want) {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
		}
		undecidable()
		w.may(waits(24 * time.Hour))
		undecidable(list[0].ID)
		_, err := d.Decide(t.Context(), order.DecideRequest{Order: list[0].ID, Approve: true, By: shell("bob")})
		wantFault(t, err, fault.Conflict, "would have to wait until", "“slow”")
		wantStates(t, d.approve(shell("bob"), list[1]), "scheduled: waiting")
	})
}

// TestAWaitLongerThanTheTimeToDecide holds that other orders are sent after their
// wait, however short the time to decide was.
func TestAWaitLongerThanTheTimeToDecide(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.may(func(p *order.Policy) {
			ruled(p, approval.Rule{Name: "slow", Wait: 7 * 24 * time.Hour, ExpiresAfter: time.Minute})
		})
		d := w.engine("a")
		d.Start()
		o := d.approve(shell("bob"), d.place(alice(), "purchase", "9711"))
		wantStates(t, o, "scheduled: waiting")
		time.Sleep(7*24*time.Hour + 5*time.Minute)
		synctest.Wait()
		wantStates(t, d.see(alice(), o), "done: done")
	})
}
