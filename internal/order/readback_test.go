package order_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/money"
	"didops/internal/order"
)

// TestASuccessIsReadBack holds that what the exchange says yes to is done only
// when its lists show it, and what is then said of it.
func TestASuccessIsReadBack(t *testing.T) {
	t.Parallel()
	undone := fate{undone: true}
	for _, tt := range []struct {
		name, kind string
		fate       fate
		with       func(w *harness)
		want       string // when whoever approved has waited
		soon       bool   // later is three minutes later already
		later      string // three hours later, in a program that stays; "" = the same
		differs    string
		counts     string // against the limit of the day; "" = as quoted
	}{
		{name: "bought as quoted", kind: "purchase", want: "done: done"},
		{
			name: "dearer", kind: "purchase", fate: fate{other: func(n *number) { n.monthly = "6.00" }}, want: "done: done",
			differs: "monthly_fee is 6.00, quoted 2.00", counts: "7",
		},
		{
			name: "cheaper, which counts as quoted", kind: "purchase", fate: fate{other: func(n *number) { n.monthly = "1.50" }}, want: "done: done",
			differs: "monthly_fee is 1.50, quoted 2.00",
		},
		{name: "routed elsewhere", kind: "purchase", fate: fate{other: func(n *number) { n.contact = "sip:elsewhere" }}, want: "done: done", differs: "contact is sip:elsewhere, quoted sip:new"},
		{name: "under another id", kind: "purchase", fate: fate{other: func(n *number) { n.id = "id2" }}, want: "done: done", differs: "i_did is “id2”, quoted “id9711”"},
		{name: "nothing was bought", kind: "purchase", fate: undone, want: "unknown: unknown"},
		{name: "another number was bought", kind: "purchase", fate: fate{other: func(n *number) { n.owner = "another" }}, want: "unknown: unknown"},
		{name: "the list shows it a second later", kind: "purchase", with: lagging(time.Second, false), want: "done: done"},
		{name: "the list shows it a minute later", kind: "purchase", with: lagging(time.Minute, false), want: "unknown: unknown", later: "done: done"},
		{name: "the list shows it two hours later, the market at once", kind: "purchase", with: lagging(2*time.Hour, true), want: "unknown: unknown", later: "done: done"},
		{
			name: "the list can't be read", kind: "purchase", want: "unknown: unknown", later: "done: done",
			with: func(w *harness) { w.slowFor(11*time.Second, 20*time.Minute) },
		},
		{name: "re-routed", kind: "update", want: "done: done"},
		{name: "the routing did not change", kind: "update", fate: undone, want: "unknown: unknown"},
		{name: "re-routed elsewhere", kind: "update", fate: fate{other: func(n *number) { n.contact = "sip:elsewhere" }}, want: "done: done", differs: "contact is sip:elsewhere, quoted sip:new"},
		{name: "given up", kind: "unsubscribe", want: "done: done"},
		{name: "it is still ours", kind: "unsubscribe", fate: undone, want: "unknown: unknown"},
		{name: "it is still ours, and the first list lacks it", kind: "unsubscribe", fate: fate{other: lackedFor(time.Second)}, want: "unknown: unknown"},
		{name: "given up, and the lists lack it longer", kind: "unsubscribe", fate: fate{other: lackedFor(time.Minute)}, want: "done: done", later: "unknown: unknown", soon: true},
		{name: "given up, and the list still shows it", kind: "unsubscribe", with: lagging(time.Minute, false), want: "unknown: unknown", later: "done: done"},
		{name: "given up and bought by another at once", kind: "unsubscribe", fate: fate{other: func(n *number) { n.owner = "another" }}, want: "done: done"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(w *harness) {
				t := w.t
				w.settle = 15 * time.Minute
				w.x.own("9711")
				if tt.kind == "purchase" {
					w.x.set("9711", func(n *number) { n.owner, n.contact = "", "" })
				}
				w.x.will("9711", tt.fate)
				if tt.with != nil {
					tt.with(w)
				}
				d := w.engine("a")
				if tt.later != "" {
					d.Start()
				}
				began := time.Now()
				o := d.approve(alice(), d.place(alice(), tt.kind, "9711"))
				if took := time.Since(began); took > time.Minute {
					t.Errorf("who approved waited %s", took)
				}
				wantStates(t, o, tt.want)
				differs(t, w, o, tt.differs)
				if due := reserved(t, w); tt.kind == "purchase" && due.Cmp(money.MustParse(orElse(tt.counts, "3.00"))) != 0 {
					t.Errorf("got %s counted on the day", due)
				}
				if time.Sleep(3 * time.Minute); tt.soon {
					wantStates(t, d.see(alice(), o), tt.later)
				}
				time.Sleep(3 * time.Hour)
				o = d.see(alice(), o)
				wantStates(t, o, orElse(tt.later, tt.want))
				contradicted := slices.ContainsFunc(trail(t, w.store, o.ID), func(e audit.Entry) bool { return e.Event == "contradicted" })
				if never := o.State == order.Unknown; contradicted != (never || w.x.lag > w.settle) {
					t.Errorf("announced as contradicted: %v", contradicted)
				}
				wantSends(t, w.x, "9711", 1)
			})
		})
	}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// lagging lets the exchange's own list, and its market or not, show a number as
// it was for so long after a write.
func lagging(lag time.Duration, market bool) func(*harness) {
	return func(w *harness) { w.x.lag, w.x.gone = lag, market }
}

// blindFor makes readings of a number incomplete from the next send on.
func (w *harness) blindFor(digits string, d time.Duration) {
	w.x.onSend = func(string, *sent) {
		w.x.set(digits, func(*number) { w.x.blind[digits] = true })
		time.AfterFunc(d, func() { w.x.set(digits, func(*number) { w.x.blind[digits] = false }) })
	}
}

// slowFor makes readings take so long from the next send on.
func (w *harness) slowFor(takes, d time.Duration) {
	w.x.onSend = func(string, *sent) {
		w.x.set("9711", func(*number) { w.x.slow = takes })
		time.AfterFunc(d, func() { w.x.set("9711", func(*number) { w.x.slow = 0 }) })
	}
}

// differs holds that what is not as quoted stands on the line, in the message,
// in the drawing and in the trail.
func differs(t *testing.T, w *harness, o order.Order, want string) {
	t.Helper()
	if got := o.Lines[0].Differs.String(); got != want {
		t.Errorf("got %q on the line, want %q", got, want)
	}
	if want == "" {
		return
	}
	for what, text := range map[string]string{"line": o.Lines[0].Message, "order": strings.Join(o.About, " ")} {
		if !strings.Contains(text, want) {
			t.Errorf("got %q of the %s, want %q in it", text, what, want)
		}
	}
	if !strings.Contains(o.Message, "1 not as quoted") {
		t.Errorf("got the message %q", o.Message)
	}
	list := trail(t, w.store, o.ID)
	if last := list[len(list)-1]; last.Differs.String() != want || !strings.Contains(last.Sentence(), want) {
		t.Errorf("got %+v in the trail, want %q", last, want)
	}
}

// reserved is what counts on the day of the bubble.
func reserved(t *testing.T, w *harness) money.Amount {
	t.Helper()
	sum := money.MustParse("0")
	err := w.store.Orders().Read(t.Context(), func(tx order.Tx) error {
		day, err := tx.Day(place, w.now().UTC().Format(time.DateOnly))
		for _, r := range day {
			sum = sum.Add(r.Due)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// lackedFor leaves an own number ours, though readings lack it for a while.
func lackedFor(d time.Duration) func(*number) {
	return func(n *number) {
		n.owner, n.before, n.shows = "us", &number{owner: "another"}, time.Now().Add(d)
	}
}

// TestAbsenceSoonAfterAWriteProvesNothing loses the answer to a purchase that
// was carried out, or was not, while lists lag by less than settle_after: the
// order is unknown as long as it may be, and its money stays reserved.
func TestAbsenceSoonAfterAWriteProvesNothing(t *testing.T) {
	t.Parallel()
	const settle = 15 * time.Minute
	for _, tt := range []struct {
		name   string
		fate   fate
		lag    time.Duration
		market bool
		until  time.Duration // it is unknown before; after that and two minutes it is want
		want   string
	}{
		{"carried out, shown after a minute", fate{answer: lost}, time.Minute, false, 55 * time.Second, "done: done"},
		{"the same, and the market knows it", fate{answer: lost}, time.Minute, true, 55 * time.Second, "done: done"},
		{"carried out, shown just in time", fate{answer: lost}, settle, true, settle - 10*time.Second, "done: done"},
		{"carried out late", fate{answer: lost, late: 14 * time.Minute}, 0, false, 14 * time.Minute, "done: done"},
		{"no answer, shown after five minutes", fate{answer: hang}, 5 * time.Minute, true, 5 * time.Minute, "done: done"},
		{"not carried out", fate{answer: lost, undone: true}, 0, false, settle + sendWithin - time.Second, "failed: failed"},
		{"not carried out, no answer", fate{answer: hang, undone: true}, 0, false, settle + sendWithin - time.Second, "failed: failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(w *harness) {
				t := w.t
				w.settle, w.x.lag, w.x.gone = settle, tt.lag, tt.market
				w.may(func(p *order.Policy) { p.MaxDayTotal = money.MustParse("4.00") })
				w.x.offer("9711", "9712")
				w.x.will("9711", tt.fate)
				d := w.engine("a")
				o := d.place(alice(), "purchase", "9711")
				sent := time.Now()
				o = d.approve(alice(), o)
				if took := time.Since(sent); took > time.Minute {
					t.Errorf("who approved waited %s", took)
				}
				for time.Since(sent)+time.Second < tt.until {
					wantStates(t, d.see(alice(), o), "unknown: unknown")
					if _, err := d.Place(t.Context(), placement(shell("bob"), "purchase", "sip:new", "9712")); fault.CodeOf(err) != fault.Forbidden {
						t.Fatalf("after %s: got %v, want the money still reserved", time.Since(sent), err)
					}
					time.Sleep(min(3*time.Minute, tt.until-time.Since(sent)-time.Second/2))
				}
				time.Sleep(2 * time.Minute)
				wantStates(t, d.see(alice(), o), tt.want)
				wantSends(t, w.x, "9711", 1)
			})
		})
	}
}

// TestAbsenceHoldsForOtherWritesToo is the same of numbers that are ours.
func TestAbsenceHoldsForOtherWritesToo(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"update", "unsubscribe"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				t := w.t
				w.settle, w.x.lag = 15*time.Minute, 10*time.Minute
				w.x.own("9711", "9712")
				w.x.will("9711", fate{answer: lost})
				w.x.will("9712", fate{answer: lost, undone: true})
				d := w.engine("a")
				done, not := d.place(alice(), kind, "9711"), d.place(alice(), kind, "9712")
				done, not = d.approve(alice(), done), d.approve(alice(), not)
				time.Sleep(8 * time.Minute)
				wantStates(t, d.see(alice(), done), "unknown: unknown")
				wantStates(t, d.see(alice(), not), "unknown: unknown")
				time.Sleep(9 * time.Minute)
				wantStates(t, d.see(alice(), done), "done: done")
				wantStates(t, d.see(alice(), not), "failed: failed")
			})
		})
	}
}

// TestARefusalIsNoProof lets the exchange say no to what it carries out.
func TestARefusalIsNoProof(t *testing.T) {
	t.Parallel()
	half := func(n *number) { n.contact = "sip:half" }
	for _, tt := range []struct {
		name, kind string
		fates      []fate
		with       func(w *harness)
		want       string
		later      string // within the hour
		says       string
	}{
		{"refused", "purchase", []fate{{answer: refuse}}, nil, "failed: failed", "failed: failed", "the exchange says: no"},
		{"refused, and done", "purchase", []fate{{answer: refuse, done: true}}, nil, "done: done", "done: done", "but it stands"},
		{"refused, and done, shown later", "purchase", []fate{{answer: refuse, done: true}}, lagging(time.Minute, false), "failed: failed", "done: done", ""},
		{"the same, and the market has lost it", "purchase", []fate{{answer: refuse, done: true}}, lagging(time.Minute, true), "unknown: unknown", "done: done", "said no"},
		{"refused, and the list can't be read", "purchase", []fate{{answer: refuse}}, func(w *harness) { w.blindFor("9711", 5*time.Minute) }, "unknown: unknown", "failed: failed", "said no"},
		{"refused, done, and the list can't be read", "purchase", []fate{{answer: refuse, done: true}}, func(w *harness) {
			w.x.lag = 0
			w.blindFor("9712", 1)
			w.blindFor("9711", 5*time.Minute)
			w.x.lag = time.Minute
		}, "unknown: unknown", "done: done", "said no"},
		{"429, and done", "purchase", []fate{{answer: nothing, done: true}}, nil, "done: done", "done: done", "but it stands"},
		{"429 three times, the last one done and shown later", "purchase", []fate{{answer: nothing}, {answer: nothing}, {answer: nothing, done: true}}, lagging(time.Minute, false), "failed: failed", "done: done", "turned away"},
		{"the same, and the market has lost it", "purchase", []fate{{answer: nothing}, {answer: nothing}, {answer: nothing, done: true}}, lagging(time.Minute, true), "unknown: unknown", "done: done", "not certain"},
		{"429, and the list can't be read", "purchase", []fate{{answer: nothing, done: true}}, func(w *harness) { w.x.lag = 2 * time.Minute; w.blindFor("9711", 5*time.Minute) }, "unknown: unknown", "done: done", "not certain"},
		{"an update refused", "update", []fate{{answer: refuse}}, nil, "failed: failed", "failed: failed", ""},
		{"an update refused, and half done", "update", []fate{{answer: refuse, done: true, other: half}}, nil, "unknown: unknown", "unknown: unknown", "said no"},
		{"the same, shown later", "update", []fate{{answer: refuse, done: true, other: half}}, lagging(time.Minute, false), "failed: failed", "unknown: unknown", ""},
		{"giving up refused, and done", "unsubscribe", []fate{{answer: refuse, done: true}}, nil, "done: done", "done: done", "but it stands"},
		{"giving up refused, done and shown later", "unsubscribe", []fate{{answer: refuse, done: true}}, lagging(time.Minute, false), "failed: failed", "done: done", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(w *harness) {
				t := w.t
				w.settle = 15 * time.Minute
				w.x.own("9711")
				if tt.kind == "purchase" {
					w.x.set("9711", func(n *number) { n.owner, n.contact = "", "" })
				}
				w.x.will("9711", tt.fates...)
				if tt.with != nil {
					tt.with(w)
				}
				d := w.engine("a")
				o := d.approve(alice(), d.place(alice(), tt.kind, "9711"))
				wantStates(t, o, tt.want)
				if !strings.Contains(o.Lines[0].Message, tt.says) || strings.Contains(o.Lines[0].Message, "nothing was sent") {
					t.Errorf("got %q of the line, want %q in it", o.Lines[0].Message, tt.says)
				}
				time.Sleep(30 * time.Minute)
				o = d.see(alice(), o)
				wantStates(t, o, tt.later)
				if o.State == order.Unknown && (!strings.Contains(o.Lines[0].Message, "contact is sip:half") || strings.Contains(o.Message, "Nothing was")) {
					t.Errorf("got %q and %q, want what the list shows", o.Message, o.Lines[0].Message)
				}
				if corrected := o.State == order.Completed && tt.want == "failed: failed"; corrected {
					list := trail(t, w.store, o.ID)
					if last := list[len(list)-1]; last.Event != "corrected" {
						t.Errorf("got last entry %+v, want a correction", last)
					}
				}
				wantSends(t, w.x, "9711", len(tt.fates))
			})
		})
	}
}

// TestWhatTheJournalKnowsIsNotBoughtAgain lets list and market show a number
// that was bought as if it never had been.
func TestWhatTheJournalKnowsIsNotBoughtAgain(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		d := w.engine("a")
		o := d.approve(alice(), d.place(alice(), "purchase", "9711"))
		wantStates(t, o, "done: done")
		time.Sleep(11 * time.Minute) // the same request is not answered by it any more
		w.x.set("9711", func(n *number) { n.owner, n.id = "", "second" })
		for _, by := range []string{"alice", "bob"} {
			_, err := d.Place(t.Context(), placement(shell(by), "purchase", "sip:other", "9711"))
			wantFault(t, err, fault.Conflict, o.ID, "bought")
		}
		w.x.set("9711", func(n *number) { n.owner, n.id = "us", "id9711" })
		wantStates(t, d.approve(alice(), d.place(alice(), "unsubscribe", "9711")), "done: done")
		wantStates(t, d.approve(alice(), d.place(shell("bob"), "purchase", "9711")), "done: done")
		wantSends(t, w.x, "9711", 3)
	})
}

// TestWhatWasGivenUpElsewhereCanBeBoughtAgain gives a number up in the portal:
// it is refused at first, and looked for from then on.
func TestWhatWasGivenUpElsewhereCanBeBoughtAgain(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]bool{"it is gone": false, "the list lagged": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(w *harness) {
				t := w.t
				w.settle = time.Second // whatever is configured, not sooner than a quarter of an hour
				w.x.offer("9711")
				d := w.engine("a")
				o := d.approve(alice(), d.place(alice(), "purchase", "9711"))
				time.Sleep(time.Hour)
				before := w.x.count(&w.x.looks)
				w.x.set("9711", func(n *number) { n.owner, n.contact = "", "" })
				for range 5 {
					_, err := d.Place(t.Context(), placement(shell("bob"), "purchase", "sip:new", "9711"))
					wantFault(t, err, fault.Conflict, o.ID, "given up in the exchange's portal")
					time.Sleep(3*time.Minute - 5*time.Second)
				}
				if back {
					w.x.set("9711", func(n *number) { n.owner = "us" })
				}
				time.Sleep(10 * time.Minute)
				wantStates(t, d.see(alice(), o), "done: done")
				gone := slices.ContainsFunc(trail(t, w.store, o.ID), func(e audit.Entry) bool { return e.Event == "gone" })
				if looks := w.x.count(&w.x.looks) - before; gone == back || looks > 20 {
					t.Errorf("counted as gone: %v; it was looked for %d times", gone, looks)
				}
				_, err := d.Place(t.Context(), placement(shell("bob"), "purchase", "sip:new", "9711"))
				if fault.CodeOf(err) != map[bool]fault.Code{true: fault.Conflict, false: ""}[back] {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// TestWhatTheExchangeGaveBackCanBeBoughtAgain takes everything back at the
// exchange, and says so: what is bought may be ordered again at once, by the same
// request too, and what was given up before is not told as gone.
func TestWhatTheExchangeGaveBackCanBeBoughtAgain(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712", "9713")
		d := w.engine("a")
		if n, err := d.GivenBack(t.Context(), alice(), "emptied"); n != 0 || err != nil {
			t.Errorf("of no orders: got %d, %v", n, err)
		}
		both := d.approve(alice(), d.place(alice(), "purchase", "9711", "9712"))
		wantStates(t, both, "done: done done")
		given := d.approve(alice(), d.place(alice(), "purchase", "9713"))
		time.Sleep(time.Second) // what was given up is known by when it was ordered
		wantStates(t, d.approve(alice(), d.place(alice(), "unsubscribe", "9713")), "done: done")
		for _, digits := range []string{"9711", "9712"} {
			w.x.set(digits, func(n *number) { n.owner, n.contact = "", "" })
		}
		if n, err := d.GivenBack(t.Context(), alice(), "emptied"); n != 2 || err != nil {
			t.Errorf("got %d, %v; want 2 numbers", n, err)
		}
		if n, err := d.GivenBack(t.Context(), alice(), "emptied"); n != 0 || err != nil {
			t.Errorf("again: got %d, %v; want none", n, err)
		}
		for id, want := range map[string]int{both.ID: 2, given.ID: 0} {
			n := 0
			for _, e := range trail(t, w.store, id) {
				if e.Event == "gone" && e.Result == "emptied" && e.Actor != nil && e.Line == "done" {
					n++
				}
			}
			if n != want {
				t.Errorf("order %s: got %d entries, want %d", id, n, want)
			}
		}
		next := d.place(alice(), "purchase", "9711", "9712")
		if next.ID == both.ID {
			t.Error("the old order answers")
		}
		wantStates(t, d.approve(alice(), next), "done: done done")
		_, err := d.Place(t.Context(), placement(shell("bob"), "purchase", "sip:other", "9711"))
		wantFault(t, err, fault.Conflict, "9711")
	})
}

// TestABoughtNumberIsNotSent corrects a purchase that was given up while
// another one of the number waits for its approval.
func TestABoughtNumberIsNotSent(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.x.will("9711", fate{answer: lost, late: 3 * time.Minute})
		d := w.engine("a")
		first := d.approve(alice(), d.place(alice(), "purchase", "9711"))
		wantStates(t, first, "failed: failed")
		second := d.place(shell("bob"), "purchase", "9711")
		time.Sleep(5 * time.Minute)
		wantStates(t, d.see(alice(), first), "done: done")
		w.x.set("9711", func(n *number) { n.owner = "" }) // a replica that lags
		second = d.approve(alice(), second)
		wantStates(t, second, "failed: failed")
		if !strings.Contains(second.Lines[0].Message, "nothing was sent: +9711 is already a number of this account: order "+first.ID+" bought") {
			t.Errorf("got %q", second.Lines[0].Message)
		}
		list := trail(t, w.store, second.ID)
		if list[len(list)-1].Event != "bought already" {
			t.Errorf("got %+v", list[len(list)-1])
		}
		wantSends(t, w.x, "9711", 1)
	})
}

// TestWhatCostMoreBarsTheRest holds that lines which turn out dearer than
// quoted do not carry an order over a limit any further.
func TestWhatCostMoreBarsTheRest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		order, day string
		want       string
	}{
		{"no limit", "", "", "done: done done"},
		{"of the order", "9.00", "", "partial: done failed"},
		{"of the day", "", "9.00", "partial: done failed"},
		{"just within", "10.00", "10.00", "done: done done"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(w *harness) {
				w.may(func(p *order.Policy) { p.MaxOrderTotal, p.MaxDayTotal = amount(tt.order), amount(tt.day) })
				w.x.offer("9711", "9712")
				w.x.will("9711", fate{other: func(n *number) { n.monthly = "6.00" }})
				d := w.engine("a")
				o := d.approve(alice(), d.place(alice(), "purchase", "9711", "9712"))
				wantStates(w.t, o, tt.want)
				if o.State == order.Partial && !strings.Contains(o.Lines[1].Message, "cost more than was quoted") {
					w.t.Errorf("got %q", o.Lines[1].Message)
				}
			})
		})
	}
}

// TestALateSuccessCorrects lets the machine of the one who sends sleep until
// another process has taken the order over; the answer reaches it then.
func TestALateSuccessCorrects(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.settle = 15 * time.Minute
		w.x.lag = 10 * time.Second
		w.x.offer("9711")
		w.x.will("9711", fate{takes: 11 * time.Second})
		d, other := w.engine("a"), w.engine("b")
		o := d.place(alice(), "purchase", "9711")
		w.x.onSend = func(string, *sent) { w.set.Add(int64(2 * time.Minute)) }
		go d.approve(alice(), o)
		time.Sleep(time.Second)
		other.Start()
		time.Sleep(2 * time.Second)
		wantStates(t, other.see(alice(), o), "unknown: unknown")
		w.x.set("9711", func(*number) { w.x.blind["9711"] = true }) // the other one finds out nothing
		time.Sleep(10 * time.Second)
		synctest.Wait()
		wantStates(t, other.see(alice(), o), "done: done")
		wantSends(t, w.x, "9711", 1)
	})
}
