package order_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
)

// renews makes numbers ours that renew in a while, a month at a time.
func (w *harness) renews(in time.Duration, digits ...string) {
	w.x.own(digits...)
	for _, d := range digits {
		w.x.set(d, func(n *number) { n.anchor, n.charged = time.Now().Add(in).AddDate(0, -1, 0), nil })
	}
}

func later(by identity.Caller, numbers ...string) order.PlaceRequest {
	args, err := json.Marshal(dealIn{Numbers: numbers, Later: true})
	if err != nil {
		panic(err)
	}
	return order.PlaceRequest{Operation: "did_unsubscribe", Args: args, By: by}
}

// plans places an order that gives numbers up before they renew, and has it
// approved.
func (d *testEngine) plans(numbers ...string) order.Order {
	d.w.Helper()
	o, err := d.Place(context.Background(), later(alice(), numbers...))
	if err != nil {
		d.w.Fatalf("place: %v", err)
	}
	return d.approve(shell("bob"), o)
}

// clocked is a process with a clock of its own, which knows that of the
// exchange once it has read there.
type clocked struct {
	*testEngine
	ahead  atomic.Int64 // by how much its clock is
	learnt atomic.Pointer[time.Duration]
}

func (w *harness) clocked(name string, s stores, change func(*order.Config)) *clocked {
	w.Helper()
	c := &clocked{}
	now := func() time.Time { return w.now().Add(time.Duration(c.ahead.Load())) }
	learn := func() { c.learnt.Store(new(time.Since(now()))) }
	handlers := w.x.deals(name)
	for _, h := range handlers {
		requote, reconcile := h.Requote, h.Reconcile
		h.Requote = func(ctx context.Context, l order.Line) (order.Line, error) {
			l, err := requote(ctx, l)
			if err == nil {
				learn()
			}
			return l, err
		}
		h.Reconcile = func(ctx context.Context, l order.Line) (order.Evidence, error) {
			e, err := reconcile(ctx, l)
			if err == nil {
				learn()
			}
			return e, err
		}
	}
	config := order.Config{
		Handlers: handlers, Exchange: place, Prefix: "o-", Currency: "USD",
		Policy: func() order.Policy { return *w.policy.Load() }, ReadWithin: readWithin, SendWithin: sendWithin, SettleAfter: w.settle,
		Skew: func() (time.Duration, bool) {
			if d := c.learnt.Load(); d != nil {
				return *d, true
			}
			return 0, false
		},
		Now: now, Log: zerolog.Nop(),
	}
	for _, change := range []func(*order.Config){w.alter, change} {
		if change != nil {
			change(&config)
		}
	}
	e, err := order.New(on(s, config))
	if err != nil {
		w.Fatal(err)
	}
	w.closes(e)
	c.testEngine = &testEngine{Engine: e, w: w}
	return c
}

// TestScheduledIsSentWhenDue holds that what is approved for later holds its
// number, answers who waits, is counted on its day, is not sent before it is
// due, and then once.
func TestScheduledIsSentWhenDue(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.renews(lead+20*time.Minute, "9711", "9712")
		w.may(func(p *order.Policy) { p.PerDay, p.MaxOpenOrders = givenUpPerDay(2), 1 })
		d := w.engine("a")
		o := d.plans("9711", "9712")
		wantStates(t, o, "scheduled: waiting waiting")
		due := w.x.get("9711").paidUntil().Add(-lead)
		if !strings.Contains(o.Message, "2 numbers will be given up on "+due.UTC().Format("2 Jan 2006 15:04 UTC")) || !strings.Contains(o.Message, "take it back") {
			t.Errorf("got the message %q", o.Message)
		}
		if !o.Lines[0].SendAt.Equal(due.UTC().Truncate(time.Second)) {
			t.Errorf("got %s, want %s", o.Lines[0].SendAt, due)
		}
		began := time.Now()
		again, err := d.Order(t.Context(), o.ID, alice(), time.Minute)
		if err != nil || again.State != order.Scheduled || time.Since(began) > 0 {
			t.Errorf("who waits got %v, %v after %s", again.State, err, time.Since(began))
		}
		same, err := d.Place(t.Context(), later(alice(), "9711", "9712"))
		if err != nil || same.ID != o.ID {
			t.Errorf("the same request: got %s, %v, want %s", same.ID, err, o.ID)
		}
		_, err = d.Place(t.Context(), placement(shell("bob"), "unsubscribe", "", "9711"))
		wantFault(t, err, fault.Conflict, o.ID, "scheduled", "taken back")
		w.renews(4*time.Hour, "9713")
		_, err = d.Place(t.Context(), placement(shell("bob"), "unsubscribe", "", "9713"))
		wantFault(t, err, fault.Forbidden, "max_unsubscribes_per_day")
		_, err = d.Place(t.Context(), placement(alice(), "update", "sip:other", "9713"))
		wantFault(t, err, fault.Forbidden, "max_open_orders")
		d.Start()
		time.Sleep(time.Until(due) - time.Second)
		wantSends(t, w.x, "", 0)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		wantStates(t, d.see(alice(), o), "done: done done")
		for _, s := range w.x.sentOf("") {
			if s.at.Before(due) || s.at.After(due.Add(time.Minute)) {
				t.Errorf("%s was sent at %s, due at %s", s.line.Number, s.at, due)
			}
		}
		wantSends(t, w.x, "", 2)
		var events []string
		for _, e := range trail(t, w.store, o.ID) {
			events = append(events, e.Event+" "+e.State)
		}
		want := []string{"requested pending", "approved scheduled", "scheduled scheduled", "requested again scheduled", "sent executing", "done scheduled", "sent executing", "done done"}
		if !slices.Equal(events, want) {
			t.Errorf("got the events %q, want %q", events, want)
		}
	})
}

// TestOnlyWhoStaysSends holds that a process that serves a call and ends sends
// nothing that is scheduled, and that one which begins later does.
func TestOnlyWhoStaysSends(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.renews(24*time.Hour, "9711")
		terminal := w.engine("terminal")
		o := terminal.plans("9711")
		time.Sleep(23 * time.Hour)
		wantStates(t, terminal.see(alice(), o), "scheduled: waiting")
		wantSends(t, w.x, "", 0)
		w.engine("serve").Start()
		time.Sleep(time.Minute)
		wantStates(t, terminal.see(alice(), o), "done: done")
		wantSends(t, w.x, "9711", 1)
	})
}

// TestTakingBack holds who may take back what is scheduled, and what that frees.
func TestTakingBack(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.renews(lead+10*time.Minute, "9711")
		w.may(func(p *order.Policy) { p.PerDay = givenUpPerDay(1) })
		d := w.engine("a")
		d.Start()
		pending, err := d.Place(t.Context(), later(alice(), "9711"))
		if err != nil {
			t.Fatal(err)
		}
		mallory := asks(discord("9"))
		_, err = d.Cancel(t.Context(), pending.ID, mallory)
		wantFault(t, err, fault.NotFound) // who is no approver sees his own there
		_, err = d.Cancel(t.Context(), pending.ID, asks(shell("bob")))
		wantFault(t, err, fault.Forbidden, "only its requester")
		o := d.approve(shell("bob"), pending)
		looks := mallory
		looks.Principal.Role = identity.Reader
		for _, who := range []identity.Caller{http("team"), looks} {
			_, err = d.Cancel(t.Context(), o.ID, who)
			wantFault(t, err, fault.NotFound)
		}
		reader := shell("carol")
		reader.Principal.Role = identity.Reader
		_, err = d.Cancel(t.Context(), o.ID, reader)
		wantFault(t, err, fault.Forbidden)
		wantStates(t, d.see(alice(), o), "scheduled: waiting")
		back, err := d.Cancel(t.Context(), o.ID, asks(shell("carol")))
		if err != nil {
			t.Fatal(err)
		}
		wantStates(t, back, "cancelled: waiting")
		if !strings.Contains(back.Message, "Taken back by “Carol”") || !strings.Contains(back.Message, "Nothing was given up") {
			t.Errorf("got %q", back.Message)
		}
		_, err = d.Cancel(t.Context(), o.ID, alice())
		wantFault(t, err, fault.Conflict, "taken back", "Carol")
		again := d.plans("9711") // its number and its place in the day are free
		if again.ID == o.ID {
			t.Error("a new request found the order that was taken back")
		}
		if _, err := d.Cancel(t.Context(), again.ID, mallory); err != nil { // whoever may ask there reaches its card
			t.Fatal(err)
		}
		_, err = d.Cancel(t.Context(), again.ID, mallory)
		wantFault(t, err, fault.NotFound)
		time.Sleep(40 * time.Minute)
		wantSends(t, w.x, "", 0)
	})
}

// TestTakingBackRacesWithSending lets numbers fall due, while others take them
// back at that very moment on another replica: each is sent or taken back, and
// what was said is so. One that is taken back while it is under way is said to be.
func TestTakingBackRacesWithSending(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		var numbers []string
		for i := range 12 {
			numbers = append(numbers, fmt.Sprintf("97%02d", i))
		}
		w.renews(lead+time.Hour, numbers...)
		w.may(func(p *order.Policy) { p.MaxNumbersPerOrder = 0 })
		a, b := w.engine("a"), w.engine("b")
		var orders []order.Order
		for _, n := range numbers[:8] {
			orders = append(orders, a.plans(n))
		}
		orders = append(orders, a.plans(numbers[8:]...))
		due := w.x.get(numbers[0]).paidUntil().Add(-lead)
		time.Sleep(time.Until(due) - time.Millisecond)
		a.Start()
		b.Start()
		taken, said := make([]error, len(orders)), make([]order.Order, len(orders))
		var all sync.WaitGroup
		for i, o := range orders {
			all.Go(func() {
				time.Sleep(time.Millisecond + time.Duration(i%3)*time.Microsecond)
				said[i], taken[i] = b.Cancel(context.Background(), o.ID, alice())
			})
		}
		all.Wait()
		time.Sleep(10 * time.Minute)
		sent := 0
		for i, o := range orders[:8] {
			n := len(w.x.sentOf(numbers[i]))
			sent += n
			switch got := a.see(alice(), o); {
			case taken[i] == nil && said[i].State == order.Executing:
				if n != 1 || got.State != order.Completed || said[i].Lines[0].State != order.LineSending {
					t.Errorf("%s was under way when it was taken back, is %s, and %d were sent", o.ID, got.State, n)
				}
			case taken[i] == nil && (n != 0 || got.State != order.Cancelled):
				t.Errorf("%s was taken back, is %s, and %d were sent", o.ID, got.State, n)
			case taken[i] != nil && (n != 1 || got.State != order.Completed):
				t.Errorf("%s was not taken back (%v), is %s, and %d were sent", o.ID, taken[i], got.State, n)
			}
		}
		last := a.see(alice(), orders[8])
		for i, l := range last.Lines {
			n := len(w.x.sentOf(numbers[8+i]))
			if want := map[order.LineState]int{order.LineDone: 1, order.LineWaiting: 0, order.LineSkipped: 0}[l.State]; n != want || l.State == order.LineWaiting && last.State != order.Cancelled {
				t.Errorf("%s of %s is %s, and %d were sent", l.Number, last.State, l.State, n)
			}
		}
		t.Logf("sent %d of 8, and of the last order %s", sent, states(last))
	})
}

// TestTakingBackWhileOneIsSent holds that what waits behind a line under way is
// taken back, and that line is not.
func TestTakingBackWhileOneIsSent(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.renews(lead+5*time.Minute, "9711", "9712")
		d := w.engine("a")
		o := d.plans("9711", "9712")
		w.x.will("9711", fate{takes: 5 * time.Second})
		d.Start()
		time.Sleep(time.Until(w.x.get("9711").paidUntil().Add(-lead)) + time.Second)
		wantStates(t, d.see(alice(), o), "executing: sending waiting")
		back, err := d.Cancel(t.Context(), o.ID, alice())
		if err != nil {
			t.Fatal(err)
		}
		wantStates(t, back, "executing: sending skipped")
		_, err = d.Cancel(t.Context(), o.ID, alice())
		wantFault(t, err, fault.Conflict, "was taken back", "Alice")
		time.Sleep(10 * time.Minute)
		over := d.see(alice(), o)
		wantStates(t, over, "partial: done skipped")
		if !strings.Contains(over.Message, "The rest was taken back by “Alice”") || over.Onward.Left > 0 {
			t.Errorf("got %q, onward %+v", over.Message, over.Onward)
		}
		wantSends(t, w.x, "9712", 0)
	})
}

// TestScheduledOutlivesCrashes lets the process that sends die right after the
// journal says so: that line is never sent again and is settled; the others
// are sent by another process.
func TestScheduledOutlivesCrashes(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.renews(lead+5*time.Minute, "9711", "9712")
		o := w.engine("a").plans("9711", "9712")
		disk := newProcess(w.open())
		dies := w.engineOn("dies", disk)
		w.x.onSend = func(desk string, _ *sent) {
			if desk == "dies" {
				disk.crash()
			}
		}
		w.x.will("9711", fate{answer: hang, undone: true})
		dies.Start()
		due := w.x.get("9711").paidUntil().Add(-lead)
		time.Sleep(time.Until(due) + time.Minute)
		lives := w.engine("lives")
		lives.Start()
		time.Sleep(10 * time.Minute)
		wantStates(t, lives.see(alice(), o), "partial: failed done")
		wantSends(t, w.x, "9711", 1)
		wantSends(t, w.x, "9712", 1)
		if n := len(w.x.get("9712").charged); n != 0 {
			t.Errorf("9712 was charged %d times", n)
		}
	})
}

// TestScheduledAsksAgain holds that what is not as it was approved is not sent,
// and says why.
func TestScheduledAsksAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		happen func(w *harness)
		states string
		field  string
		words  string
	}{
		{"it renewed already", func(w *harness) { w.x.set("9711", func(n *number) { n.charged = append(n.charged, time.Now()) }) }, "changed: changed", "billed_to", "not what was approved"},
		{"until when is not stated any more", func(w *harness) { w.x.set("9711", func(n *number) { n.anchor = time.Time{} }) }, "changed: changed", "billed_to", "not what was approved"},
		{"the routing is another", func(w *harness) { w.x.set("9711", func(n *number) { n.contact = "sip:elsewhere" }) }, "changed: changed", "present_contact", "not what was approved"},
		{"the fee rose", func(w *harness) { w.x.set("9711", func(n *number) { n.monthly = "9.00" }) }, "changed: changed", "monthly_fee", "not what was approved"},
		{"the fee fell", func(w *harness) { w.x.set("9711", func(n *number) { n.monthly = "1.00" }) }, "done: done", "", ""},
		{"it is gone", func(w *harness) { w.x.set("9711", func(n *number) { n.owner = "" }) }, "changed: changed", "owned", "not what was approved"},
		{"it was used", func(w *harness) { w.x.set("9711", func(n *number) { n.vendor = "used" }) }, "changed: changed", "used", "had calls or messages on the day of its approval or later"},
		{"it is not known whether it was used", func(w *harness) { w.x.set("9711", func(n *number) { n.vendor = "silent" }) }, "changed: changed", "used", "is not known"},
		{"it is known later", nil, "done: done", "", ""},
		{"fewer may be given up a day", func(w *harness) { w.may(func(p *order.Policy) { p.PerDay = givenUpPerDay(1) }) }, "partial: failed done", "", "over the 1 of a day"},
		{"more approvals are needed", func(w *harness) { w.may(func(p *order.Policy) { p.Needed = 2 }) }, "failed: failed", "", "needs 2 approvals by now"},
		{"the requester's own does not count", func(w *harness) { w.may(mustBeOther) }, "done: done", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.renews(24*time.Hour, "9711", "9712")
				numbers := []string{"9711"}
				if strings.Contains(test.states, " done") && strings.Contains(test.states, "failed") {
					numbers = append(numbers, "9712")
				}
				var since time.Time
				d := w.clocked("a", w.open(), func(c *order.Config) {
					c.Used = func(_ context.Context, _ string, from time.Time) (bool, bool) {
						since = from
						known := test.words != "is not known" && (test.happen != nil || time.Since(from) > 22*time.Hour+20*time.Minute)
						return test.field == "used" && known, known
					}
				})
				o := d.plans(numbers...)
				approved := time.Now()
				time.Sleep(time.Hour)
				if test.field != "used" && test.happen != nil {
					test.happen(w)
				}
				d.Start()
				time.Sleep(22*time.Hour + 45*time.Minute)
				got := d.see(alice(), o)
				wantStates(t, got, test.states)
				if _, is := got.Lines[0].Changed[test.field]; is != (test.field != "") || !strings.Contains(got.Lines[0].Message, test.words) {
					t.Errorf("got %v, %q, want %q in them and %q", got.Lines[0].Changed, got.Lines[0].Message, test.field, test.words)
				}
				if test.field == "used" && !since.Equal(approved.UTC().Truncate(time.Microsecond)) {
					t.Errorf("use was asked for since %s, want %s", since, approved)
				}
			})
		})
	}
}

// TestScheduledIsNotSentAfterALongLook holds that it is not sent either where it
// became too late while it was looked whether the number was used.
func TestScheduledIsNotSentAfterALongLook(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.renews(24*time.Hour, "9711")
		d := w.clocked("a", w.open(), func(c *order.Config) {
			c.Used = func(context.Context, string, time.Time) (bool, bool) {
				time.Sleep(3 * time.Hour)
				return false, true
			}
		})
		o := d.plans("9711")
		d.Start()
		time.Sleep(26 * time.Hour)
		got := d.see(alice(), o)
		wantStates(t, got, "changed: changed")
		wantSends(t, w.x, "9711", 0)
	})
}

// TestScheduledIsLeftToOthers holds that who leaves does not wait until it is known
// whether a number was used, and decides nothing by that.
func TestScheduledIsLeftToOthers(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.renews(24*time.Hour, "9711")
		d := w.clocked("a", w.open(), func(c *order.Config) {
			c.Used = func(ctx context.Context, _ string, since time.Time) (bool, bool) {
				if time.Since(since) > 23*time.Hour+15*time.Minute {
					<-ctx.Done()
				}
				return false, false
			}
		})
		o := d.plans("9711")
		asked := time.Now()
		other := w.clocked("b", w.open(), nil)
		d.Start()
		for got := d.see(alice(), o); time.Since(asked) < 23*time.Hour+45*time.Minute; got = d.see(alice(), o) {
			wantStates(t, got, "scheduled: waiting")
			time.Sleep(5 * time.Minute)
		}
		d.Leave()
		time.Sleep(time.Second)
		wantStates(t, other.see(alice(), o), "scheduled: waiting")
	})
}

// TestScheduledIsNotSentTooLate holds that what nobody sent in time is not sent
// at all, and that this is said once somebody runs.
func TestScheduledIsNotSentTooLate(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.renews(24*time.Hour, "9711")
		o := w.engine("a").plans("9711")
		w.x.set("9711", func(n *number) { n.anchor = n.anchor.AddDate(5, 0, 0) }) // it does not say that it renewed
		w.x.set("9711", func(n *number) { n.anchor = n.anchor.AddDate(-5, 0, 0) })
		time.Sleep(24*time.Hour - sendWithin)
		d := w.engine("b")
		if got := d.see(alice(), o); got.State != order.Scheduled {
			t.Fatalf("got %s", got.State)
		}
		d.Start()
		time.Sleep(time.Second)
		got := d.see(alice(), o)
		wantStates(t, got, "changed: changed")
		if !strings.Contains(got.Lines[0].Message, "nothing could be sent before it renews at") {
			t.Errorf("got %q", got.Lines[0].Message)
		}
		wantSends(t, w.x, "", 0)
	})
}

// TestScheduledByTheClockOfTheExchange lets the clocks of processes lie, by
// hours and days.
func TestScheduledByTheClockOfTheExchange(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-40 * 24 * time.Hour, -3 * time.Hour, -time.Minute, time.Minute, time.Hour, 3 * time.Hour, 40 * 24 * time.Hour} {
		t.Run(ahead.String(), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.renews(48*time.Hour, "9711")
				o := w.engine("a").plans("9711")
				d := w.clocked("b", w.open(), nil)
				d.ahead.Store(int64(ahead))
				d.Start()
				time.Sleep(48 * time.Hour)
				wantStates(t, d.see(alice(), o), "done: done")
				sends := w.x.sentOf("9711")
				if due := w.x.get("9711").anchor.AddDate(0, 1, 0).Add(-lead); len(sends) != 1 || sends[0].at.Before(due) {
					t.Errorf("got %d sends, of which the first is at %v, due %s", len(sends), sends, due)
				}
				if n := len(w.x.get("9711").charged); n != 0 {
					t.Errorf("it was charged %d times", n)
				}
			})
		})
	}
}

// TestScheduledWaitsForTheExchange holds that an exchange which is away, lists
// that are not whole and requests that are turned away end nothing while there
// is time.
func TestScheduledWaitsForTheExchange(t *testing.T) {
	t.Parallel()
	turned := []fate{{answer: nothing}, {answer: nothing}, {}}
	bubble(t, func(w *harness) {
		t := w.t
		w.renews(24*time.Hour, "9711", "9712", "9713")
		d := w.engine("a")
		o := d.plans("9711", "9712", "9713")
		d.Start()
		time.Sleep(22*time.Hour - time.Minute)
		w.x.set("9711", func(*number) { w.x.down = fault.New(fault.Unavailable, "no answer") })
		w.x.will("9712", turned...)
		time.Sleep(90 * time.Minute)
		wantStates(t, d.see(alice(), o), "scheduled: waiting waiting waiting")
		wantSends(t, w.x, "", 0)
		w.x.set("9711", func(*number) { w.x.down = nil })
		time.Sleep(25 * time.Minute)
		wantStates(t, d.see(alice(), o), "done: done done done")
		wantSends(t, w.x, "9711", 1)
		wantSends(t, w.x, "9712", 3)
	})
}

// TestScheduledLinesHaveTheirOwnTimes lets numbers of one order renew on days of
// their own.
func TestScheduledLinesHaveTheirOwnTimes(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.renews(lead+5*time.Minute, "9711")
		w.renews(lead+25*time.Minute, "9712")
		d := w.engine("a")
		o := d.plans("9711", "9712")
		if !strings.Contains(o.Message, "from ") || !strings.Contains(o.Message, " to ") {
			t.Errorf("got %q", o.Message)
		}
		d.Start()
		time.Sleep(10 * time.Minute)
		first := d.see(alice(), o)
		wantStates(t, first, "scheduled: done waiting")
		if !strings.Contains(first.Message, "1 of 2 numbers given up so far") {
			t.Errorf("got %q", first.Message)
		}
		w.renews(lead+time.Hour, "9713")
		if _, err := d.Place(t.Context(), placement(shell("bob"), "update", "sip:x", "9712")); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("got %v, want a conflict", err)
		}
		time.Sleep(20 * time.Minute)
		wantStates(t, d.see(alice(), o), "done: done done")
		wantSends(t, w.x, "", 2)
	})
}

// TestScheduledIsDecidedBeforeItIsDue holds that a request runs out when it
// would have to be sent, and that nobody is asked where that is past.
func TestScheduledIsDecidedBeforeItIsDue(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.renews(lead+5*time.Minute, "9711")
		w.renews(lead, "9712")
		w.x.own("9713")
		d := w.engine("a")
		o, err := d.Place(t.Context(), later(alice(), "9711"))
		if err != nil || !o.ExpiresAt.Equal(time.Now().Add(5*time.Minute).UTC().Truncate(time.Second)) {
			t.Fatalf("got %s, %v, want it to expire in five minutes", o.ExpiresAt, err)
		}
		_, err = d.Place(t.Context(), later(alice(), "9712"))
		wantFault(t, err, fault.Conflict, "sent already")
		_, err = d.Place(t.Context(), later(alice(), "9713"))
		wantFault(t, err, fault.Invalid, "not stated")
		time.Sleep(5 * time.Minute)
		_, err = d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: alice()})
		wantFault(t, err, fault.Expired)
	})
}
