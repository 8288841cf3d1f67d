package order_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"didops/internal/order"
)

// TestARestartSendsNothing lets a process die at every write of its journal,
// before and after the write is kept, and starts another: it sends nothing,
// and ends up with what the exchange did.
func TestARestartSendsNothing(t *testing.T) {
	t.Parallel()
	var deaths atomic.Int64
	for at := range 12 {
		for _, kept := range []bool{false, true} {
			onEveryStore(t, func(w *harness) {
				t := w.t
				w.x.offer("9711", "9712", "9713")
				w.x.will("9712", fate{answer: nothing})
				disk := newProcess(w.open())
				first := w.engineOn("first", disk)
				o := first.place(alice(), "purchase", "9711", "9712", "9713")
				disk.fail(append(make([]failure, at), failure{crash: true, kept: kept})...)
				_, err := first.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: alice()})
				crashed := disk.alive() != nil
				if crashed {
					deaths.Add(1)
				} else if err != nil {
					t.Fatal(err)
				}
				sends := len(w.x.sentOf(""))
				second := w.engine("second")
				second.Start()
				for range 24 { // also while it is not settled yet
					time.Sleep(5 * time.Second)
					sound(t, w.store)
				}
				if got := w.x.sentOf(""); len(got) != sends {
					t.Errorf("crash at write %d, kept %v: the restart sent %d", at, kept, len(got)-sends)
				}
				r := record(t, w.store, o.ID)
				for n, l := range r.Lines {
					ours := w.x.get(r.Quote.Lines[n].Number).owner == "us"
					if ours != (l.State == order.LineDone) || r.Phase == order.PhaseExecuting {
						t.Errorf("crash at write %d, kept %v: line %d is %s, ours %v", at, kept, n, l.State, ours)
					}
				}
			})
		}
	}
	t.Cleanup(func() {
		if got := deaths.Load(); got < 18 {
			t.Errorf("got %d crashes, want at least 18", got)
		}
	})
}

func TestADyingProcessIsNotDisturbedTooSoon(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712")
		w.x.will("9711", fate{answer: hang, undone: true})
		disk := newProcess(w.open())
		first, second := w.engineOn("first", disk), w.engine("second")
		second.Start()
		o := first.place(alice(), "purchase", "9711", "9712")
		sent := time.Now()
		var done sync.WaitGroup
		done.Go(func() {
			_, _ = first.Decide(context.Background(), order.DecideRequest{Order: o.ID, Approve: true, By: alice()})
		})
		time.Sleep(5 * time.Second)
		disk.crash()
		for time.Since(sent) < sendWithin+10*time.Second-time.Second {
			wantStates(t, second.see(alice(), o), "executing: sending waiting")
			time.Sleep(time.Second)
		}
		time.Sleep(readWithin + 6*time.Second)
		if got := second.see(alice(), o); got.Lines[1].State != order.LineSkipped || !strings.Contains(got.Lines[1].Message, "ordered again") {
			t.Errorf("got %+v", got.Lines[1])
		}
		time.Sleep(time.Minute)
		wantStates(t, second.see(alice(), o), "failed: failed skipped")
		done.Wait()
	})
}

// TestACommitThatFailed holds that what is not known to be on disk is not
// sent, whether or not it is there.
func TestACommitThatFailed(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{false, true} {
		onEveryStore(t, func(w *harness) {
			t := w.t
			w.x.offer("9711", "9712")
			disk := newProcess(w.open())
			d, other := w.engineOn("a", disk), w.engine("b")
			other.Start()
			o := d.place(alice(), "purchase", "9711", "9712")
			disk.fail(failure{}, failure{fails: true, kept: kept}) // the approval is kept, the first send is not, or not for sure
			if _, err := d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: alice()}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Minute)
			wantSends(t, w.x, "", 0)
			want := map[bool]string{false: "failed: skipped skipped", true: "failed: failed skipped"}[kept]
			wantStates(t, other.see(alice(), o), want)
		})
	}
}
