package order_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"didops/internal/order"
)

// TestTimesOfTheFutureHoldNothing lets a process die whose clock was ahead, in
// the midst of a send, and holds that after the clock was set back the order is
// taken over and settled in minutes, and not when the old time has come.
func TestTimesOfTheFutureHoldNothing(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{2 * time.Hour, 24 * time.Hour, 10 * 365 * 24 * time.Hour} {
		for _, answered := range []bool{false, true} {
			onEveryStore(t, func(w *harness) {
				t := w.t
				w.x.offer("9711", "9712")
				f := fate{answer: hang}
				if answered {
					f = fate{answer: lost} // it is unknown, and looked at, when the process dies
				}
				w.x.will("9711", f)
				w.x.set("9711", func(*number) { w.x.blind["9711"] = true })
				w.set.Store(int64(ahead))
				disk := newProcess(w.open())
				first := w.engineOn("first", disk)
				first.Start()
				o := first.place(alice(), "purchase", "9711", "9712")
				var done sync.WaitGroup
				done.Go(func() {
					_, _ = first.Decide(context.Background(), order.DecideRequest{Order: o.ID, Approve: true, By: alice()})
				})
				time.Sleep(5 * time.Second)
				disk.crash()
				w.set.Store(0)
				w.x.set("9711", func(*number) { delete(w.x.blind, "9711") })
				second := w.engine("second")
				second.Start()
				time.Sleep(10 * time.Minute)
				if r := record(t, w.store, o.ID); r.Lines[0].State != order.LineDone || r.Phase == order.PhaseExecuting {
					t.Errorf("ahead by %s, answered %t: got %s of an order that is %s, want done", ahead, answered, r.Lines[0].State, r.State())
				}
				wantSends(t, w.x, "9711", 1)
				done.Wait()
			})
		}
	}
}

// TestAPersonWhoLooksIsNotHeldUp holds the same where nobody settles but who
// looks: a terminal without a server.
func TestAPersonWhoLooksIsNotHeldUp(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.x.will("9711", fate{answer: lost, late: 10 * time.Minute})
		w.x.set("9711", func(*number) { w.x.blind["9711"] = true })
		w.set.Store(int64(24 * time.Hour))
		first := w.engine("first")
		o := first.place(alice(), "purchase", "9711")
		wantStates(t, first.approve(alice(), o), "unknown: unknown")
		_ = first.Close()
		time.Sleep(10 * time.Minute)
		w.set.Store(0)
		w.x.set("9711", func(*number) { delete(w.x.blind, "9711") })
		wantStates(t, w.engine("second").see(alice(), o), "done: done")
	})
}

// TestTimesThatCanBeAreKept holds that nothing is brought back that a clock
// which is right can have planned.
func TestTimesThatCanBeAreKept(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	r := order.Record{Phase: order.PhaseExecuting, RunnerUntil: now.Add(time.Minute), Lines: []order.LineRecord{
		{State: order.LineSending, Deadline: now.Add(time.Minute)},
		{State: order.LineFailed, Settled: now, FirstLook: now, NextLook: now.Add(time.Hour)},
		{State: order.LineWaiting},
	}}
	if got, changed := r.Bounded(now, time.Minute); changed {
		t.Errorf("got %+v, want it as it was", got)
	}
	r.Lines[1].NextLook = now.Add(2 * time.Hour)
	r.Lines[0].Deadline = now.Add(time.Hour)
	got, changed := r.Bounded(now, time.Minute)
	if !changed || !got.Lines[1].NextLook.Equal(now) || !got.Lines[0].Deadline.Equal(now.Add(time.Minute)) || !got.RunnerUntil.Equal(r.RunnerUntil) {
		t.Errorf("got %t, %+v", changed, got)
	}
	if !strings.Contains(r.Lines[0].Deadline.String(), "10:00") {
		t.Error("the record itself was changed")
	}
}
