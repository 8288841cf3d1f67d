package order_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
)

// TestAnUnknownLineLetsItsNumberGo holds that an own number is not locked for
// good by an outcome that nobody can tell, that a purchase keeps its number,
// and that the old order does not take the new one's doing for its own.
func TestAnUnknownLineLetsItsNumberGo(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"update", "unsubscribe", "purchase"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(w *harness) {
				t := w.t
				w.x.own("9711")
				w.x.set("9711", func(n *number) {
					w.x.blind["9711"] = true
					if kind == "purchase" {
						n.owner = ""
					}
				})
				w.x.will("9711", fate{answer: lost, undone: true})
				d := w.engine("a")
				o := d.place(alice(), kind, "9711")
				wantStates(t, d.approve(alice(), o), "unknown: unknown")
				time.Sleep(50 * time.Minute)
				for _, by := range []identity.Caller{alice(), shell("bob")} {
					if again, err := d.Place(t.Context(), placement(by, kind, "sip:new", "9711")); fault.CodeOf(err) != fault.Conflict && again.ID != o.ID {
						t.Fatalf("within the hour: got order %s %v", again.ID, err)
					}
				}
				time.Sleep(time.Hour)
				if kind == "purchase" {
					_, err := d.Place(t.Context(), placement(shell("bob"), kind, "sip:new", "9711"))
					wantFault(t, err, fault.Conflict, o.ID, "portal")
					return
				}
				wantStates(t, d.see(alice(), o), "unknown: unknown")
				next := d.place(alice(), kind, "9711")
				if next.ID == o.ID {
					t.Fatal("after the hour the old order answered")
				}
				w.x.set("9711", func(*number) { delete(w.x.blind, "9711") })
				wantStates(t, d.approve(alice(), next), "done: done")
				time.Sleep(time.Hour)
				wantStates(t, d.see(alice(), o), "unknown: unknown")
				wantSends(t, w.x, "9711", 2)
			})
		})
	}
}

func TestAnUnknownLineIsSettledByReading(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		kind string
		fate fate
		with func(w *harness)
		want string // after so long
		in   time.Duration
	}{
		{"purchase, carried out", "purchase", fate{answer: lost}, nil, "done: done", 10 * time.Second},
		{"purchase, not carried out", "purchase", fate{answer: lost, undone: true}, nil, "failed: failed", time.Minute},
		{"purchase, sold to another", "purchase", fate{answer: lost, undone: true}, func(w *harness) { w.x.set("9711", func(n *number) { n.owner = "another" }) }, "failed: failed", time.Minute},
		{"purchase, too early to say", "purchase", fate{answer: lost, undone: true}, nil, "unknown: unknown", 29 * time.Second},
		{"purchase, late but before it is given up", "purchase", fate{answer: lost, late: 25 * time.Second}, nil, "done: done", time.Minute},
		{"purchase, nothing can be read", "purchase", fate{answer: lost, undone: true}, func(w *harness) { w.x.set("9711", func(*number) { w.x.blind["9711"] = true }) }, "unknown: unknown", 5 * time.Hour},
		{"update, carried out", "update", fate{answer: hang}, nil, "done: done", 20 * time.Second},
		{"update, not carried out", "update", fate{answer: hang, undone: true}, nil, "failed: failed", time.Minute},
		{"update, and somebody changed it to something else", "update", fate{answer: lost, undone: true}, func(w *harness) { w.x.set("9711", func(n *number) { n.contact = "sip:third" }) }, "unknown: unknown", 5 * time.Hour},
		{"unsubscribe, carried out", "unsubscribe", fate{answer: lost}, nil, "done: done", 10 * time.Second},
		{"unsubscribe, carried out and sold", "unsubscribe", fate{answer: lost}, func(w *harness) { w.x.set("9711", func(n *number) { n.owner = "another" }) }, "done: done", time.Minute},
		{"unsubscribe, not carried out", "unsubscribe", fate{answer: lost, undone: true}, nil, "failed: failed", time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(w *harness) {
				t := w.t
				w.x.own("9711")
				if tt.kind == "purchase" {
					w.x.set("9711", func(n *number) { n.owner = "" })
				}
				w.x.will("9711", tt.fate)
				d := w.engine("a")
				o := d.place(alice(), tt.kind, "9711")
				began := time.Now()
				var done sync.WaitGroup
				done.Go(func() { d.approve(alice(), o) })
				synctest.Wait()
				if tt.with != nil {
					tt.with(w)
				}
				time.Sleep(tt.in - time.Since(began))
				synctest.Wait()
				wantStates(t, d.see(alice(), o), tt.want)
				wantSends(t, w.x, "", 1)
				advice := "Do not order it again"
				if tt.kind != "purchase" && tt.in > time.Hour {
					advice = "can be asked for again"
				}
				if got := d.see(alice(), o); got.State == order.Unknown && (len(got.About) == 0 || !strings.Contains(got.Message, advice)) {
					t.Errorf("what is unknown does not say what to do: %q", got.Message)
				}
				done.Wait()
			})
		})
	}
}

func TestALateTruthIsCorrectedAndAudited(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		kind string
		late time.Duration
		want string
	}{
		{"a purchase, after a minute", "purchase", time.Minute, "done: done"},
		{"a purchase, just within the hour", "purchase", 55 * time.Minute, "done: done"},
		{"a purchase, after two hours", "purchase", 2 * time.Hour, "failed: failed"},
		{"a number given up", "unsubscribe", time.Minute, "done: done"},
		{"a number given up and not offered again", "unsubscribe to quarantine", time.Minute, "done: done"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(w *harness) {
				t := w.t
				w.x.own("9711")
				kind, to, quarantine := strings.Cut(tt.kind, " ")
				_ = to
				if kind == "purchase" {
					w.x.set("9711", func(n *number) { n.owner = "" })
				}
				w.x.will("9711", fate{answer: lost, late: tt.late})
				d := w.engine("a")
				o := d.place(alice(), kind, "9711")
				sent := time.Now()
				o = d.approve(alice(), o)
				wantStates(t, o, "failed: failed")
				time.Sleep(tt.late - time.Since(sent) - time.Second)
				if quarantine {
					w.x.will("9711")
					time.Sleep(time.Second)
					w.x.set("9711", func(n *number) { n.owner = "another" })
				}
				time.Sleep(35 * time.Minute)
				wantStates(t, d.see(alice(), o), tt.want)
				list := trail(t, w.store, o.ID)
				if corrected := list[len(list)-1].Event == "corrected"; corrected != (tt.want == "done: done") {
					t.Errorf("got last entry %+v", list[len(list)-1])
				}
			})
		})
	}
}

func TestALateTruthOfAnotherOrderCorrectsNothing(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.x.will("9711", fate{answer: lost, undone: true})
		d := w.engine("a")
		failed := d.approve(alice(), d.place(alice(), "purchase", "9711"))
		wantStates(t, failed, "failed: failed")
		bought := d.approve(alice(), d.place(alice(), "purchase", "9711"))
		wantStates(t, bought, "done: done")
		time.Sleep(2 * time.Hour)
		wantStates(t, d.see(alice(), failed), "failed: failed")
		wantSends(t, w.x, "", 2)
	})
}

// TestOneProcessLooksOnce holds that many who ask for an unknown order do not
// make the exchange be read by each of them.
func TestOneProcessLooksOnce(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.x.set("9711", func(*number) { w.x.blind["9711"] = true })
		w.x.will("9711", fate{answer: lost, undone: true})
		first := w.engine("first")
		o := first.approve(alice(), first.place(alice(), "purchase", "9711"))
		wantStates(t, o, "unknown: unknown")
		_ = first.Close()
		d := w.engine("a") // it was not told to settle
		time.Sleep(11 * time.Minute)
		before := w.x.count(&w.x.looks)
		w.x.set("9711", func(*number) { w.x.slow = time.Second })
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() { d.see(alice(), o) })
		}
		all.Wait()
		if got := w.x.count(&w.x.looks) - before; got != 1 {
			t.Errorf("64 who asked made %d readings, want 1", got)
		}
	})
}

func TestTwoProcessesDoNotSettleAtOnce(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.x.will("9711", fate{answer: lost, undone: true})
		w.x.set("9711", func(*number) { w.x.slow = 3 * time.Second })
		var mu sync.Mutex
		at, most := 0, 0
		w.x.reading = func(begins bool) {
			mu.Lock()
			defer mu.Unlock()
			if begins {
				at++
			} else {
				at--
			}
			most = max(most, at)
		}
		first := w.engine("first")
		o := first.place(alice(), "purchase", "9711")
		for i := range 3 {
			w.engine(fmt.Sprint(i)).Start()
		}
		first.approve(alice(), o)
		var all sync.WaitGroup
		for i := range 5 {
			d := w.engine(fmt.Sprint("asks", i))
			all.Go(func() {
				for range 40 {
					d.see(alice(), o)
					time.Sleep(time.Second)
				}
			})
		}
		all.Wait()
		mu.Lock()
		got := most
		mu.Unlock()
		if got != 1 {
			t.Errorf("%d readings for settling were made at once", got)
		}
		wantStates(t, first.see(alice(), o), "failed: failed")
	})
}

// TestWhatAnotherOrderIsSendingCorrectsNothing looks for a line that was given
// up while a second order of the same number waits for its answer: what is
// seen then is the second's doing.
func TestWhatAnotherOrderIsSendingCorrectsNothing(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.x.will("9711", fate{answer: lost, undone: true}, fate{takes: 14 * time.Second})
		d := w.engine("a")
		failed := d.approve(alice(), d.place(alice(), "purchase", "9711"))
		wantStates(t, failed, "failed: failed")
		next := record(t, w.store, failed.ID).Lines[0].NextLook
		time.Sleep(next.Sub(w.now()) - 5*time.Second)
		wantStates(t, d.approve(alice(), d.place(alice(), "purchase", "9711")), "done: done")
		time.Sleep(2 * time.Hour)
		wantStates(t, d.see(alice(), failed), "failed: failed")
	})
}

// TestASettlerThatFailsDoesNotSpin leaves an unknown line to a process that
// does not know the operation any more.
func TestASettlerThatFailsDoesNotSpin(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.x.set("9711", func(*number) { w.x.blind["9711"] = true })
		w.x.will("9711", fate{answer: lost, undone: true})
		first := w.engine("first")
		wantStates(t, first.approve(alice(), first.place(alice(), "purchase", "9711")), "unknown: unknown")
		_ = first.Close()
		disk := newProcess(w.store)
		e, err := order.New(on(disk, order.Config{
			Exchange: place, Prefix: "o-", Currency: "USD", ReadWithin: readWithin, SendWithin: sendWithin,
			Policy: func() order.Policy { return *w.policy.Load() }, Now: w.now,
		}))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = e.Close() }()
		time.Sleep(10 * time.Minute)
		e.Start()
		time.Sleep(time.Minute)
		if got := disk.calls(); got > 60 {
			t.Errorf("it used the store %d times in a minute", got)
		}
	})
}

// TestTheNextStartLooksOnceMore ends the program right after a line was given
// up; it is carried out later, and the program is started much later.
func TestTheNextStartLooksOnceMore(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.x.will("9711", fate{answer: lost, late: 2 * time.Hour})
		d := w.engine("a")
		o := d.approve(alice(), d.place(alice(), "purchase", "9711"))
		wantStates(t, o, "failed: failed")
		_ = d.Close()
		time.Sleep(30 * time.Hour)
		next := w.engine("b")
		next.Start()
		time.Sleep(time.Second)
		wantStates(t, next.see(alice(), o), "done: done")
		wantSends(t, w.x, "", 1)
	})
}

func TestAStartLooksAtWhatWasSettledLatelyAtOnce(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.x.will("9711", fate{answer: lost, late: 20 * time.Minute})
		d := w.engine("a")
		o := d.approve(alice(), d.place(alice(), "purchase", "9711"))
		time.Sleep(18 * time.Minute) // the looks are far apart by now
		_ = d.Close()
		time.Sleep(3 * time.Minute)
		next := w.engine("b")
		if got := record(t, w.store, o.ID).State(); got != order.Failed {
			t.Fatalf("got %s before the start, want failed", got)
		}
		next.Start()
		time.Sleep(10 * time.Second)
		wantStates(t, next.see(alice(), o), "done: done")
	})
}

// TestALateTruthIsSeenByWhoLooks holds that nobody is told "failed" of what
// turned out to be done, where no process settles by itself.
func TestALateTruthIsSeenByWhoLooks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		by   identity.Caller
		want string // a minute after the settling, when no look is due
	}{
		{"at a shell", alice(), "done: done"},
		{"over MCP", asking(alice()), "failed: failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(w *harness) {
				t := w.t
				w.x.offer("9711")
				w.x.will("9711", fate{answer: lost, late: 20 * time.Minute})
				d := w.engine("a")
				o := d.approve(alice(), d.place(alice(), "purchase", "9711"))
				wantStates(t, o, "failed: failed")
				time.Sleep(18 * time.Minute) // the looks are far apart by now
				_ = d.Close()
				time.Sleep(3 * time.Minute)
				next := w.engine("b")
				wantStates(t, next.see(tt.by, o), tt.want)
				time.Sleep(time.Hour)
				wantStates(t, next.see(tt.by, o), "done: done")
			})
		})
	}
}
