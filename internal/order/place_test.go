package order_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
)

func TestTheSameRequestIsAnsweredByItsOrder(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.own("9711", "9712")
		d := w.engine("a")
		o := d.place(alice(), "update", "9711", "9712")
		p := placement(alice(), "update", "sip:new", "9712", "9711")
		p.Args, p.Reason = []byte(`{"numbers":["9712","9711"],"contact":"sip:new","reason":"urgent"}`), "urgent"
		again, err := d.Place(t.Context(), p)
		if err != nil || again.ID != o.ID {
			t.Errorf("got %s %v, want %s", again.ID, err, o.ID)
		}
		for name, other := range map[string]order.PlaceRequest{
			"another requester": placement(shell("bob"), "update", "sip:new", "9711", "9712"),
			"another terms":     placement(alice(), "update", "sip:other", "9711", "9712"),
			"fewer numbers":     placement(alice(), "update", "sip:new", "9711"),
			"another operation": placement(alice(), "unsubscribe", "sip:new", "9711", "9712"),
		} {
			quotes := w.x.count(&w.x.quotes)
			_, err := d.Place(t.Context(), other)
			wantFault(t, err, fault.Conflict, o.ID, "numbers")
			if w.x.count(&w.x.quotes) != quotes {
				t.Errorf("%s: the exchange was read for it", name)
			}
		}
	})
}

// TestTheSameRequestAfterItsEnd holds for how long an order that came to
// something answers, counted from when it did.
func TestTheSameRequestAfterItsEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fates map[string]fate
		state string
		same  bool
	}{
		{"done", nil, "done: done done", true},
		{"partial", map[string]fate{"9711": {answer: refuse}}, "partial: failed done", true},
		{"failed", map[string]fate{"9711": {answer: refuse}, "9712": {answer: refuse}}, "failed: failed failed", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.x.own("9711", "9712")
				d := w.engine("a")
				for digits, f := range tt.fates {
					w.x.will(digits, f)
				}
				o := d.place(alice(), "update", "9711", "9712")
				wantStates(t, d.approve(alice(), o), tt.state)
				time.Sleep(10*time.Minute - time.Second)
				if again := d.place(alice(), "update", "9712", "9711"); (again.ID == o.ID) != tt.same {
					t.Errorf("within 10 minutes: got order %s, before %s", again.ID, o.ID)
				} else if tt.same {
					time.Sleep(time.Second)
					for digits := range w.x.numbers {
						w.x.set(digits, func(n *number) { n.contact = "sip:third" })
					}
					if again := d.place(alice(), "update", "9712", "9711"); again.ID == o.ID {
						t.Error("it still answered after 10 minutes")
					}
				}
			})
		})
	}
	t.Run("unknown", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(w *harness) {
			t := w.t
			w.x.own("9711")
			w.x.set("9711", func(*number) { w.x.blind["9711"] = true })
			w.x.will("9711", fate{answer: lost, undone: true})
			d := w.engine("a")
			o := d.place(alice(), "update", "9711")
			wantStates(t, d.approve(alice(), o), "unknown: unknown")
			time.Sleep(50 * time.Minute)
			if again := d.place(alice(), "update", "9711"); again.ID != o.ID {
				t.Error("while it is unknown, the same was asked for again")
			}
			// It turns out to be done: from then on it answers for 10 minutes.
			w.x.set("9711", func(n *number) { n.contact = "sip:new" })
			for d.see(alice(), o).State == order.Unknown {
				time.Sleep(time.Second)
			}
			wantStates(t, d.see(alice(), o), "done: done")
			time.Sleep(9 * time.Minute)
			if again := d.place(alice(), "update", "9711"); again.ID != o.ID {
				t.Error("9 minutes after it was settled as done, the same was asked for again")
			}
			time.Sleep(time.Minute)
			w.x.set("9711", func(n *number) { n.contact = "sip:third" })
			if again := d.place(alice(), "update", "9711"); again.ID == o.ID {
				t.Error("it still answered 10 minutes after it was settled")
			}
		})
	})
}

func TestWhatWasGivenUpSinceIsNotAnsweredByTheOldOrder(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		d := w.engine("a")
		bought := d.place(alice(), "purchase", "9711")
		d.approve(alice(), bought)
		d.approve(alice(), d.place(alice(), "unsubscribe", "9711"))
		again := d.place(alice(), "purchase", "9711")
		if again.ID == bought.ID {
			t.Fatal("the old purchase answered, though the number was given up since")
		}
		wantStates(t, d.approve(alice(), again), "done: done")
	})
}

func TestARejectionIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		d := w.engine("a")
		o := d.place(http("team"), "purchase", "9711")
		if no := d.decide(shell("bob"), o, false); no.State != order.Rejected || !strings.Contains(no.Message, "Bob") {
			t.Fatalf("got %s: %s", no.State, no.Message)
		}
		time.Sleep(10*time.Minute - time.Second)
		_, err := d.Place(t.Context(), placement(http("team"), "purchase", "sip:new", "9711"))
		wantFault(t, err, fault.Conflict, "Bob", o.ID)
		time.Sleep(time.Second)
		if again := d.place(http("team"), "purchase", "9711"); again.ID == o.ID {
			t.Error("the rejected order answered")
		}
		wantSends(t, w.x, "", 0)
	})
}

func TestOverlapsAreConflicts(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712", "9713")
		d, other := w.engine("a"), w.engine("b")
		o := d.place(alice(), "purchase", "9711", "9712")
		_, err := other.Place(t.Context(), placement(shell("bob"), "purchase", "sip:new", "9713", "9712"))
		wantFault(t, err, fault.Conflict, o.ID, "+9712")
		other.place(shell("bob"), "purchase", "9713")
		// Out of time, it holds nothing any more, whether anybody noticed or not.
		time.Sleep(15*time.Minute - 2*time.Second)
		_, err = other.Place(t.Context(), placement(shell("bob"), "purchase", "sip:new", "9712"))
		wantFault(t, err, fault.Conflict, o.ID)
		time.Sleep(2 * time.Second)
		other.place(shell("bob"), "purchase", "9712")
		if got := d.see(alice(), o).State; got != order.Expired {
			t.Errorf("got %s, want expired", got)
		}
	})
}

func TestOpenOrdersAreBounded(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.may(func(p *order.Policy) { p.MaxOpenOrders = 2 })
		w.x.offer("9711", "9712", "9713", "9714", "9715")
		d := w.engine("a")
		d.place(alice(), "purchase", "9711")
		d.place(alice(), "purchase", "9712")
		_, err := d.Place(t.Context(), placement(alice(), "purchase", "", "9713"))
		wantFault(t, err, fault.Forbidden, "max_open_orders")
		if got := w.x.count(&w.x.quotes); got != 2 {
			t.Errorf("got %d quotes, want none for what is refused", got)
		}
		d.place(shell("bob"), "purchase", "9713") // it is per requester
		time.Sleep(15 * time.Minute)
		d.place(alice(), "purchase", "9714") // what is out of time is not open
		o := d.place(alice(), "purchase", "9715")
		if _, err := d.Cancel(t.Context(), o.ID, alice()); err != nil {
			t.Fatal(err)
		}
		d.place(alice(), "purchase", "9715")
	})
}

func TestNewRefusesWhatCanNotWork(t *testing.T) {
	t.Parallel()
	good := on(newMemory(), order.Config{
		Exchange: "x", Prefix: "o-", Currency: "USD", Policy: usual, ReadWithin: 1, SendWithin: 1, Now: time.Now,
	})
	for name, spoil := range map[string]func(*order.Config){
		"no store":      func(c *order.Config) { c.Store = nil },
		"no trail":      func(c *order.Config) { c.Audit = nil },
		"no cards":      func(c *order.Config) { c.Cards = nil },
		"no prompts":    func(c *order.Config) { c.Prompts = nil },
		"no leases":     func(c *order.Config) { c.Leases = nil },
		"no policy":     func(c *order.Config) { c.Policy = nil },
		"no clock":      func(c *order.Config) { c.Now = nil },
		"no exchange":   func(c *order.Config) { c.Exchange = "" },
		"no prefix":     func(c *order.Config) { c.Prefix = "" },
		"no currency":   func(c *order.Config) { c.Currency = "" },
		"no read time":  func(c *order.Config) { c.ReadWithin = 0 },
		"negative time": func(c *order.Config) { c.SendWithin = -1 },
	} {
		c := good
		spoil(&c)
		if e, err := order.New(c); err == nil {
			t.Errorf("%s: got an engine", name)
			_ = e.Close()
		}
	}
}

func TestTheSameRequestWhileItIsCarriedOut(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.x.will("9711", fate{answer: hang})
		d := w.engine("a")
		o := d.place(alice(), "purchase", "9711")
		var done sync.WaitGroup
		done.Go(func() { d.approve(alice(), o) })
		time.Sleep(5 * time.Second)
		again := d.place(alice(), "purchase", "9711")
		if again.ID != o.ID || again.State != order.Executing {
			t.Errorf("got %s, %s; want %s, executing", again.ID, again.State, o.ID)
		}
		_, err := d.Place(t.Context(), placement(shell("bob"), "purchase", "sip:new", "9711"))
		wantFault(t, err, fault.Conflict, o.ID)
		done.Wait()
		again = d.place(alice(), "purchase", "9711")
		if again.ID != o.ID || again.State != order.Completed {
			t.Errorf("got %s, %s; want %s, done", again.ID, again.State, o.ID)
		}
		wantSends(t, w.x, "", 1)
	})
}

// TestTheSameRequestDuringAQuote asks twice, and reads so slowly the first time
// that the second is carried out meanwhile: both get the one order.
func TestTheSameRequestDuringAQuote(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.x.slow = 5 * time.Second
		slow, quick := w.engine("slow"), w.engine("quick")
		var done sync.WaitGroup
		var late order.Order
		done.Go(func() { late = slow.place(alice(), "purchase", "9711") })
		synctest.Wait()
		w.x.slow = 0
		o := quick.approve(alice(), quick.place(alice(), "purchase", "9711"))
		done.Wait()
		if late.ID != o.ID || late.State != order.Completed {
			t.Errorf("got %s, %s; want %s, done", late.ID, late.State, o.ID)
		}
		wantSends(t, w.x, "9711", 1)
	})
}

// TestTheSameRequestOfAClockBehind holds that an order answers its request
// again also where it came to its end while that waited, or by a clock that is
// a little ahead.
func TestTheSameRequestOfAClockBehind(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		w.x.offer("9711")
		d := w.engine("a")
		o := d.approve(alice(), d.place(alice(), "purchase", "9711"))
		wantStates(w.t, o, "done: done")
		w.set.Add(-int64(5 * time.Second))
		if again := d.place(alice(), "purchase", "9711"); again.ID != o.ID {
			w.t.Errorf("got order %s, want %s", again.ID, o.ID)
		}
	})
}
