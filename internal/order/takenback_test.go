package order_test

import (
	"strings"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
)

// TestTakenBackIsNotSentAgain takes orders back while a line of them is under
// way, and lets that request end in every way: it is never sent again, whatever
// its answer proves.
func TestTakenBackIsNotSentAgain(t *testing.T) {
	t.Parallel()
	const takes = 5 * time.Second
	tests := []struct {
		name   string
		before []fate // of earlier tries, minutes before
		fate   fate
		states string // of an order of that line and another; "": not tried, the other would be sent before
		alone  string // of one of that line alone
		words  string // of the line's message
		sends  int
	}{
		{"turned away", nil, fate{answer: nothing, takes: takes}, "failed: failed skipped", "failed: failed", "as read", 1},
		{"no connection", nil, fate{answer: unreached, takes: takes}, "failed: skipped skipped", "failed: skipped", "taken back before it was tried again", 1},
		{"turned away, and done", nil, fate{answer: nothing, done: true, takes: takes}, "partial: done skipped", "done: done", "as read", 1},
		{"turned away once, then no connection", []fate{{answer: nothing}}, fate{answer: unreached, takes: takes}, "", "failed: failed", "as read", 2},
		{"no connection twice, then turned away", []fate{{answer: unreached}, {answer: unreached}}, fate{answer: nothing, takes: takes}, "", "failed: failed", "turned away", 3},
		{"no connection three times", []fate{{answer: unreached}, {answer: unreached}}, fate{answer: unreached, takes: takes}, "", "failed: failed", "nothing was done", 3},
		{"done", nil, fate{takes: takes}, "partial: done skipped", "done: done", "", 1},
		{"refused", nil, fate{answer: refuse, takes: takes}, "failed: failed skipped", "failed: failed", "no", 1},
		{"no answer, and done", nil, fate{answer: lost, takes: takes}, "partial: done skipped", "done: done", "", 1},
		{"no answer, and nothing done", nil, fate{answer: lost, undone: true, takes: takes}, "failed: failed skipped", "failed: failed", "", 1},
		{"it hangs, and is done", nil, fate{answer: hang}, "partial: done skipped", "done: done", "", 1},
	}
	for _, test := range tests {
		for _, alone := range []bool{false, true} {
			if !alone && test.states == "" {
				continue
			}
			numbers, want, under := []string{"9711", "9712"}, test.states, "executing: sending skipped"
			if alone {
				numbers, want, under = numbers[:1], test.alone, "executing: sending"
			}
			t.Run(test.name+map[bool]string{true: ", alone"}[alone], func(t *testing.T) {
				t.Parallel()
				bubble(t, func(w *harness) {
					t := w.t
					w.renews(lead+5*time.Minute, numbers...)
					d := w.engine("a")
					o := d.plans(numbers...)
					w.x.will("9711", append(test.before, test.fate)...)
					d.Start()
					time.Sleep(5*time.Minute + time.Duration(len(test.before))*5*time.Minute)
					for len(w.x.sentOf("9711")) <= len(test.before) {
						time.Sleep(time.Second)
					}
					back, err := d.Cancel(t.Context(), o.ID, asks(shell("alice")))
					if err != nil {
						t.Fatal(err)
					}
					wantStates(t, back, under)
					if !strings.Contains(back.Message, "Taken back by “Alice”") {
						t.Errorf("while it was under way: got %q", back.Message)
					}
					_, err = d.Cancel(t.Context(), o.ID, alice())
					wantFault(t, err, fault.Conflict, "was taken back", "Alice")
					time.Sleep(time.Hour)
					over := d.see(alice(), o)
					wantStates(t, over, want)
					wantSends(t, w.x, "9711", test.sends)
					wantSends(t, w.x, "9712", 0)
					if !strings.Contains(over.Lines[0].Message, test.words) || !strings.Contains(over.Message, "aken back by “Alice”") || over.Onward.Left > 0 && over.Lines[0].State == order.LineSkipped {
						t.Errorf("got %q, line %q, onward %+v", over.Message, over.Lines[0].Message, over.Onward)
					}
				})
			})
		}
	}
}

// TestTakenBackOutlivesCrashes takes an order back while the process that sends
// a line of it dies: another process sends nothing of it.
func TestTakenBackOutlivesCrashes(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.renews(lead+5*time.Minute, "9711", "9712")
		lives := w.engine("lives")
		o := lives.plans("9711", "9712")
		disk := newProcess(w.open())
		dies := w.engineOn("dies", disk)
		w.x.onSend = func(desk string, _ *sent) {
			if desk == "dies" {
				disk.crash()
			}
		}
		w.x.will("9711", fate{answer: nothing, takes: 5 * time.Second})
		dies.Start()
		time.Sleep(5*time.Minute + time.Second)
		back, err := lives.Cancel(t.Context(), o.ID, alice())
		if err != nil {
			t.Fatal(err)
		}
		wantStates(t, back, "executing: sending skipped")
		lives.Start()
		time.Sleep(time.Hour)
		wantStates(t, lives.see(alice(), o), "failed: failed skipped")
		wantSends(t, w.x, "", 1)
		if w.memory == nil { // which keeps no cards
			if c, err := lives.Feed().Card(t.Context(), o.ID); err != nil || c.Own {
				t.Errorf("got own %t, %v: who took it back would not be told what came of it", c.Own, err)
			}
		}
	})
}

// TestTakenBackAndTheJournal has the store falter at every write around a line
// that is taken back while it is under way.
func TestTakenBackAndTheJournal(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{false, true} {
		for writes := range 6 {
			for _, a := range []answer{nothing, unreached} {
				bubble(t, func(w *harness) {
					t := w.t
					w.renews(lead+5*time.Minute, "9711", "9712")
					desk := w.engine("desk")
					o := desk.plans("9711", "9712")
					disk := newProcess(w.open())
					d := w.engineOn("sends", disk)
					w.x.will("9711", fate{answer: a, takes: 3 * time.Second})
					d.Start()
					time.Sleep(5*time.Minute - time.Second)
					disk.fail(append(make([]failure, writes), failure{fails: true, kept: kept})...)
					time.Sleep(time.Second + 500*time.Millisecond)
					_, err := desk.Cancel(t.Context(), o.ID, alice())
					at := time.Now()
					if err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Hour)
					for _, s := range w.x.sentOf("") {
						if s.at.After(at) {
							t.Errorf("kept %v, write %d: %s was sent %s after it was taken back", kept, writes, s.line.Number, s.at.Sub(at))
						}
					}
					if r := record(t, w.store, o.ID); r.Phase != order.PhaseOver && r.Phase != order.PhaseCancelled {
						t.Errorf("kept %v, write %d: it is %s", kept, writes, r.State())
					}
				})
			}
		}
	}
}

// TestTakenBackSaysByWhom holds that an order of which somebody took back what had
// not been sent says so, whatever became of the rest.
func TestTakenBackSaysByWhom(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		happens func(*exchange)
		states  string
		words   string
	}{
		{"done", func(*exchange) {}, "partial: done skipped", "Partly done: 1 of 2 numbers given up. The rest was taken back by “Carol” before it was sent."},
		{"refused", func(x *exchange) { x.will("9711", fate{answer: refuse}) }, "failed: failed skipped", "Failed. Nothing was given up. The rest was taken back by “Carol” before it was sent."},
		{"changed", func(x *exchange) { x.set("9711", func(n *number) { n.contact = "sip:elsewhere" }) }, "changed: changed skipped", "Nothing was given up. The rest was taken back by “Carol” before it was sent."},
		{"lost", func(x *exchange) {
			x.will("9711", fate{answer: lost, undone: true})
			x.blind["9711"] = true
			x.set("9711", func(n *number) { n.owner = "us" })
		}, "unknown: unknown skipped", "The rest was taken back by “Carol” before it was sent."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.renews(lead+5*time.Minute, "9711")
				w.renews(lead+90*time.Minute, "9712")
				d := w.engine("a")
				o := d.plans("9711", "9712")
				tt.happens(w.x)
				d.Start()
				time.Sleep(6 * time.Minute)
				back, err := d.Cancel(t.Context(), o.ID, asks(shell("carol")))
				if err != nil {
					t.Fatal(err)
				}
				wantStates(t, back, tt.states)
				if !strings.HasSuffix(back.Message, tt.words) || strings.Contains(back.Message, "Ask again") {
					t.Errorf("got %q, want %q", back.Message, tt.words)
				}
			})
		})
	}
}
