package order_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
)

func TestWhatGotWorseIsNotSent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*number)
		sent   int
		field  string
	}{
		{"nothing changed", func(*number) {}, 1, ""},
		{"a fee fell", func(n *number) { n.monthly, n.setup = "1.99", "0.00" }, 1, ""},
		{"a fee is spelled otherwise", func(n *number) { n.monthly = "2.0" }, 1, ""},
		{"a fee rose by a hair", func(n *number) { n.monthly = "2.000000001" }, 0, "monthly_fee"},
		{"the set-up rose while the month fell", func(n *number) { n.monthly, n.setup = "0.01", "1.01" }, 0, "setup_fee"},
		{"a fee is not stated any more", func(n *number) { n.setup = "" }, 0, "setup_fee"},
		{"another seller", func(n *number) { n.vendor = "Cheap" }, 0, "vendor"},
		{"the seller is not stated", func(n *number) { n.vendor = "" }, 0, "vendor"},
		{"another id", func(n *number) { n.id = "id0" }, 0, "i_did"},
		{"sold", func(n *number) { n.owner = "another" }, 0, "offered"},
		{"ours already", func(n *number) { n.owner = "us" }, 0, "offered"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.offer("9711", "9712")
				d := w.engine("a")
				o := d.place(alice(), "purchase", "9711", "9712")
				w.x.set("9711", tt.change)
				o = d.approve(alice(), o)
				wantSends(t, w.x, "9711", tt.sent)
				wantSends(t, w.x, "9712", 1) // the others are not held up by it
				if tt.sent == 1 {
					wantStates(t, o, "done: done done")
					return
				}
				wantStates(t, o, "partial: changed done")
				if _, ok := o.Lines[0].Changed[tt.field]; !ok {
					t.Errorf("got changes %v, want %s", o.Lines[0].Changed, tt.field)
				}
			})
		})
	}
	t.Run("while another is refused", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(w *harness) {
			t := w.t
			w.x.offer("9711", "9712")
			w.x.will("9712", fate{answer: refuse})
			d := w.engine("a")
			o := d.place(alice(), "purchase", "9711", "9712")
			w.x.set("9711", func(n *number) { n.monthly = "3.00" })
			o = d.approve(alice(), o)
			wantStates(t, o, "changed: changed failed")
			wantSends(t, w.x, "9712", 1)
			if want := "The quote of 1 of 2 numbers was no longer true. Nothing was bought. Ask again for a new quote."; o.Message != want {
				t.Errorf("got %q, want %q", o.Message, want)
			}
		})
	})
	t.Run("the present routing of an own number", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(w *harness) {
			t := w.t
			w.x.own("9711")
			d := w.engine("a")
			o := d.place(alice(), "unsubscribe", "9711")
			w.x.set("9711", func(n *number) { n.contact = "sip:busy" })
			wantStates(t, d.approve(alice(), o), "changed: changed")
			wantSends(t, w.x, "", 0)
		})
	})
}

func TestWhatProvesThatNothingWasDoneIsTriedAgain(t *testing.T) {
	t.Parallel()
	no := fate{answer: nothing}
	for _, tt := range []struct {
		name  string
		fates []fate
		want  string
		sends int
	}{
		{"once", []fate{no}, "done: done done", 2},
		{"twice", []fate{no, no}, "done: done done", 3},
		{"three times", []fate{no, no, no}, "failed: failed skipped", 3},
		{"then it is lost", []fate{no, {answer: lost}}, "partial: done skipped", 2},
		{"then it is refused", []fate{no, {answer: refuse}}, "partial: failed done", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.offer("9711", "9712")
				w.x.will("9711", tt.fates...)
				d := w.engine("a")
				journaled := 0
				w.x.onSend = func(_ string, s *sent) {
					if s.line.Number == "9711" {
						journaled++
						if got := w.memory.sending("9711"); len(got) != 1 || got[0].Lines[0].Tries != journaled {
							t.Errorf("try %d was sent and the journal has %+v", journaled, got)
						}
					}
				}
				o := d.approve(alice(), d.place(alice(), "purchase", "9711", "9712"))
				wantStates(t, o, tt.want)
				wantSends(t, w.x, "9711", tt.sends)
				tries := 0
				for _, e := range trail(t, w.store, o.ID) {
					if e.Event == "sent" && e.Number == "+9711" {
						tries++
						if want := fmt.Sprintf("try %d", tries); e.Result != want {
							t.Errorf("got %q in the trail, want %q", e.Result, want)
						}
					}
				}
				if tries != tt.sends {
					t.Errorf("got %d tries in the trail, want %d", tries, tt.sends)
				}
			})
		})
	}
}

func TestTheExpiryBoundsTries(t *testing.T) {
	t.Parallel()
	for left, want := range map[time.Duration]int{500 * time.Millisecond: 1, time.Second: 1, 1500 * time.Millisecond: 2, 3500 * time.Millisecond: 3} {
		t.Run(left.String(), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.offer("9711")
				w.x.will("9711", fate{answer: nothing}, fate{answer: nothing}, fate{answer: nothing})
				d := w.engine("a")
				o := d.place(alice(), "purchase", "9711")
				time.Sleep(15*time.Minute - left)
				wantStates(t, d.approve(alice(), o), "failed: failed")
				wantSends(t, w.x, "9711", want)
				if list := trail(t, w.store, o.ID); list[len(list)-1].Event != "turned away" {
					t.Errorf("got last entry %+v, want that what was sent was turned away", list[len(list)-1])
				}
			})
		})
	}
}

func TestAnOrderStopsWhenTheExchangeFails(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		spoil func(w *harness)
		want  string
		sends int
	}{
		{"before anything is sent", func(w *harness) {
			w.x.set("9711", func(*number) { w.x.down = fault.New(fault.Unavailable, "no answer") })
		}, "failed: failed skipped skipped", 0},
		{"it takes too long to read", func(w *harness) { w.x.set("9711", func(*number) { w.x.slow = 11 * time.Second }) }, "failed: failed skipped skipped", 0},
		{"an answer is lost", func(w *harness) { w.x.will("9711", fate{answer: lost}) }, "partial: done skipped skipped", 1},
		{"no answer comes", func(w *harness) { w.x.will("9712", fate{answer: hang, undone: true}) }, "partial: done failed skipped", 2},
		{"it says no to one", func(w *harness) { w.x.will("9712", fate{answer: refuse}) }, "partial: done failed done", 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.offer("9711", "9712", "9713")
				d := w.engine("a")
				o := d.place(alice(), "purchase", "9711", "9712", "9713")
				tt.spoil(w)
				began := time.Now()
				if got := d.approve(alice(), o); got.State == order.Executing || time.Since(began) > time.Minute {
					t.Errorf("after %s: got %s, want its end", time.Since(began), got.State)
				}
				time.Sleep(3 * time.Minute)
				o = d.see(alice(), o)
				wantStates(t, o, tt.want)
				wantSends(t, w.x, "", tt.sends)
				for _, l := range o.Lines {
					if l.State == order.LineSkipped && !strings.Contains(l.Message, "the exchange failed before") {
						t.Errorf("got %q of a line that was skipped", l.Message)
					}
				}
			})
		})
	}
}

func TestAlreadySoldThatWasUs(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712")
		d := w.engine("a")
		o := d.place(alice(), "purchase", "9711", "9712")
		w.x.onSend = func(_ string, s *sent) { // sold in the moment before it arrives
			w.x.set(s.line.Number, func(n *number) { n.owner = map[string]string{"9711": "us", "9712": "another"}[s.line.Number] })
		}
		o = d.approve(alice(), o)
		wantStates(t, o, "partial: done failed")
		if !strings.Contains(o.Lines[1].Message, "already sold") {
			t.Errorf("got %q, want the words of the exchange", o.Lines[1].Message)
		}
	})
}

func TestAClientThatHangsUpCutsNothingOff(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712")
		w.x.will("9711", fate{takes: 10 * time.Second})
		d := w.engine("a")
		o := d.place(alice(), "purchase", "9711", "9712")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got, err := d.Decide(ctx, order.DecideRequest{Order: o.ID, Approve: true, By: alice()})
		if err != nil || got.State != order.Executing {
			t.Errorf("got %s %v, want the state as it is", got.State, err)
		}
		if err := d.Close(); err != nil { // the end of the program waits for it
			t.Fatal(err)
		}
		wantStates(t, w.engine("b").see(alice(), o), "done: done done")
	})
}

func TestWhatIsSentIsWhatWasQuoted(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		d := w.engine("a")
		o := d.place(alice(), "purchase", "9711")
		quoted := record(t, w.store, o.ID).Quote.Lines[0]
		w.x.set("9711", func(n *number) { n.monthly = "1.00" })
		d.approve(alice(), o)
		if got := w.x.sentOf("9711")[0].line; !same(got, quoted) {
			t.Errorf("got %+v, want %+v", got, quoted)
		}
	})
}

// TestAMachineThatSleptSendsNothing sets the clock forward in the moment after
// the journal says that a line is sent: others have given it up by then.
func TestAMachineThatSleptSendsNothing(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		w.x.offer("9711", "9712")
		d := w.engine("a")
		o := d.place(alice(), "purchase", "9711", "9712")
		w.memory.committed = func(_, after *order.Record, _ func() []order.Record) {
			if after.Lines[0].State == order.LineSending {
				w.set.Add(int64(time.Hour))
			}
		}
		d.approve(alice(), o)
		time.Sleep(2 * time.Minute)
		wantSends(w.t, w.x, "", 0)
		wantStates(w.t, d.see(alice(), o), "failed: failed skipped")
	})
}

// TestEveryTryIsReadAgain lets a fee rise between two tries.
func TestEveryTryIsReadAgain(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		w.x.offer("9711")
		w.x.will("9711", fate{answer: nothing})
		w.x.onSend = func(string, *sent) { w.x.set("9711", func(n *number) { n.monthly = "2.01" }) }
		d := w.engine("a")
		wantStates(w.t, d.approve(alice(), d.place(alice(), "purchase", "9711")), "changed: changed")
		wantSends(w.t, w.x, "", 1)
	})
}
