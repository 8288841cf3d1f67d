package order_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/mandate"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/risk"
	"didops/internal/view"
)

// ours are the terms of a mandate of the tests: three numbers of any kind that
// cost 3.00 at once, of ten that cost 30.00.
func ours(change func(*mandate.Terms)) mandate.Terms {
	t := mandate.Terms{
		Name: "uae", Filter: json.RawMessage(`{}`), Words: "everything",
		MaxMonthlyFee: money.MustParse("2.00"), MaxSetupFee: money.MustParse("1.00"),
		Numbers: 3, Budget: money.MustParse("9.00"), Until: time.Now().Add(30 * 24 * time.Hour),
		Grace: time.Minute, Routing: map[string]string{"contact": "sip:new"},
	}
	if change != nil {
		change(&t)
	}
	return t
}

// mandates is the operation by which people are asked for a mandate.
func mandates(s stores) *order.Handler {
	rowOf := func(l order.Line) (mandate.Row, error) {
		t, err := mandate.Parse(l.Term(mandate.Term))
		return mandate.Row{ID: l.ID, Exchange: place, Name: t.Name, Until: t.Until, Created: time.Now()}, err
	}
	w := wording("update")
	return &order.Handler{
		Operation: mandate.Operation, Kind: mandate.Kind, Risk: risk.Change, Wording: w,
		DrawTerms: func(order.Quote) []view.Block { return nil },
		Summarize: func(order.Quote) order.Brief { return order.Brief{} },
		Identify: func(args json.RawMessage, _ identity.Caller) (order.IdempotencyKey, error) {
			t, err := mandate.Parse(string(args))
			return order.IdempotencyKey{Numbers: []string{t.Name}, Terms: string(args)}, err
		},
		Quote: func(_ context.Context, args json.RawMessage, _ identity.Caller) (order.Quote, error) {
			t, err := mandate.Parse(string(args))
			l := order.Line{Number: t.Name, ID: "m-" + t.Until.Format("150405.000000"), DueNow: money.MustParse("0"), Terms: []order.Fact{{Name: mandate.Term, Value: string(args), Shown: "its terms"}}}
			return order.Quote{Lines: []order.Line{l}}, err
		},
		Requote: func(_ context.Context, l order.Line) (order.Line, error) { return l, nil },
		Send: func(ctx context.Context, l order.Line) error {
			row, err := rowOf(l)
			if err != nil {
				return err
			}
			return s.Orders().Write(ctx, func(tx order.Tx) error { return tx.KeepMandate(row) })
		},
		Reconcile: func(ctx context.Context, l order.Line) (found order.Evidence, err error) {
			found.Verdict = order.Refuted
			err = s.Orders().Read(ctx, func(tx order.Tx) error {
				if row, err := tx.Mandate(place, l.Number); err == nil && row.ID == l.ID {
					found.Verdict, found.Why = order.Confirmed, "it is kept"
				}
				return nil
			})
			return found, err
		},
	}
}

// mandated returns a process that knows mandates.
func (w *harness) mandated(name string, s stores) *clocked {
	w.Helper()
	return w.clocked(name, s, func(c *order.Config) {
		c.Handlers = append(c.Handlers, mandates(s))
		for _, h := range c.Handlers {
			if h.Operation != "did_purchase" {
				continue
			}
			quote := h.Quote
			h.Quote = func(ctx context.Context, args json.RawMessage, by identity.Caller) (order.Quote, error) {
				q, err := quote(ctx, args, by)
				var in struct {
					Mandate string `json:"mandate"`
				}
				if err == nil {
					err = json.Unmarshal(args, &in)
				}
				q.Mandate = in.Mandate
				return q, err
			}
		}
		c.Authority = order.MandateConfig{
			Fits: func(filter json.RawMessage, l order.Line) bool {
				return !strings.Contains(string(filter), "prefix") || strings.Contains(string(filter), l.Number[:3])
			},
			Routing: func(l order.Line) map[string]string { return map[string]string{"contact": l.Term("contact")} },
		}
	})
}

// using is a request for a purchase by a mandate.
func using(by identity.Caller, name string, numbers ...string) order.PlaceRequest {
	args, err := json.Marshal(map[string]any{"numbers": numbers, "contact": "sip:new", "mandate": name})
	if err != nil {
		panic(err)
	}
	return order.PlaceRequest{Operation: "did_purchase", Args: args, By: by}
}

// wants asks for a mandate.
func (d *clocked) wants(by identity.Caller, t mandate.Terms) order.Order {
	d.w.Helper()
	text, err := t.Text()
	if err != nil {
		d.w.Fatal(err)
	}
	o, err := d.Place(context.Background(), order.PlaceRequest{Operation: mandate.Operation, Args: json.RawMessage(text), By: by})
	if err != nil {
		d.w.Fatalf("ask for a mandate: %v", err)
	}
	return o
}

// given asks for a mandate and has it approved.
func (d *clocked) given(t mandate.Terms) order.Order {
	d.w.Helper()
	o := d.approve(shell("bob"), d.wants(alice(), t))
	wantStates(d.w, o, "done: done")
	return o
}

func (d *clocked) uses(by identity.Caller, numbers ...string) order.Order {
	d.w.Helper()
	o, err := d.Place(context.Background(), using(by, "uae", numbers...))
	if err != nil {
		d.w.Fatalf("use the mandate for %v: %v", numbers, err)
	}
	return o
}

// TestMandateDecides holds the life of a use: nothing before people have approved
// the mandate; then it is scheduled by it, says so, is counted, is not sent before
// its time of grace is over, and then once.
func TestMandateDecides(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712", "9713", "9714")
		d := w.mandated("a", w.open())
		d.Start()
		_, err := d.Place(t.Context(), using(alice(), "uae", "9711"))
		wantFault(t, err, fault.NotFound, "mandate")
		asked := d.wants(alice(), ours(nil))
		wantStates(t, asked, "pending: waiting")
		_, err = d.Place(t.Context(), using(alice(), "uae", "9711"))
		wantFault(t, err, fault.NotFound, "mandate")
		wantStates(t, d.approve(shell("bob"), asked), "done: done")

		o := d.uses(alice(), "9711", "9712")
		wantStates(t, o, "scheduled: waiting waiting")
		if len(o.DecidedBy) != 1 || o.DecidedBy[0].Realm != "mandate" || !strings.Contains(o.DecidedBy[0].Name, "approved by Bob on ") {
			t.Errorf("got decided by %+v", o.DecidedBy)
		}
		if !strings.Contains(o.Message, "By mandate uae, and scheduled: 2 numbers will be bought on") || !strings.Contains(o.Message, "take it back") {
			t.Errorf("got the message %q", o.Message)
		}
		if r := record(t, w.store, o.ID); !r.SendAfter.Equal(r.Decided.Add(time.Minute)) {
			t.Errorf("got %s, want a minute after %s", r.SendAfter, r.Decided)
		}
		time.Sleep(59 * time.Second)
		wantSends(t, w.x, "", 0)
		d.wantBought(0)
		time.Sleep(45 * time.Second)
		wantStates(t, d.see(alice(), o), "done: done done")
		wantSends(t, w.x, "", 2)
		d.wantBought(2)

		over := d.uses(alice(), "9713", "9714")
		wantStates(t, over, "pending: waiting waiting")
		if !slices.ContainsFunc(over.Notices, func(n string) bool {
			return strings.HasPrefix(n, "Mandate uae does not cover it: 2 of 3 numbers in all are bought")
		}) {
			t.Errorf("got the notices %q", over.Notices)
		}
		var events []string
		for _, e := range trail(t, w.store, o.ID) {
			events = append(events, e.Event)
		}
		if got, want := strings.Join(events, ", "), "requested, mandate used, scheduled, sent, done, sent, done"; got != want {
			t.Errorf("got the trail %s, want %s", got, want)
		}
	})
}

// wantBought wants so many uses of the one mandate known to be carried out, each
// at some time after its time of grace.
func (d *clocked) wantBought(want int) {
	d.w.Helper()
	list, err := d.Mandates(context.Background(), alice())
	if err != nil || len(list) != 1 {
		d.w.Fatalf("got %+v, %v, want the mandate", list, err)
	}
	n := 0
	for _, u := range list[0].Uses {
		if !u.Done.IsZero() && !u.Done.Before(u.At.Add(list[0].Terms.Grace)) {
			n++
		}
	}
	if n != want {
		d.w.Errorf("got %+v, want %d done", list[0].Uses, want)
	}
}

// TestMandateIsStopped holds that anybody stops a use in its time of grace, and
// that what was reserved is there again.
func TestMandateIsStopped(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712", "9713")
		d, e := w.mandated("a", w.open()), w.mandated("b", w.open())
		d.given(ours(func(t *mandate.Terms) { t.Numbers = 1 }))
		e.Start()
		o := d.uses(alice(), "9711")
		wantStates(t, d.uses(alice(), "9712"), "pending: waiting")
		if _, err := e.Cancel(t.Context(), o.ID, asks(shell("carol"))); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		wantStates(t, d.see(alice(), o), "cancelled: waiting")
		wantSends(t, w.x, "", 0)
		wantStates(t, d.uses(alice(), "9713"), "scheduled: waiting")
	})
}

// TestMandateIsRevoked holds that nothing is sent by a mandate from its revocation
// on, that what is on its way is taken back with it, and that its name is free.
func TestMandateIsRevoked(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712", "9713")
		d, e := w.mandated("a", w.open()), w.mandated("b", w.open())
		d.given(ours(nil))
		e.Start()
		o := d.uses(alice(), "9711")
		_, _, err := e.RevokeMandate(t.Context(), "uae", identity.Caller{Principal: identity.Principal{Realm: "os", ID: "carol", Role: identity.Reader}})
		wantFault(t, err, fault.Forbidden)
		state, stopped, err := e.RevokeMandate(t.Context(), "uae", asks(shell("carol")))
		if err != nil || len(stopped) != 1 || stopped[0] != o.ID || state.InForce() || state.Open != 0 {
			t.Fatalf("got %+v, %v, %v", state, stopped, err)
		}
		_, _, err = d.RevokeMandate(t.Context(), "uae", alice())
		wantFault(t, err, fault.Conflict, "Carol")
		time.Sleep(10 * time.Minute)
		wantStates(t, d.see(alice(), o), "cancelled: waiting")
		wantSends(t, w.x, "", 0)
		wantStates(t, d.uses(alice(), "9712"), "pending: waiting")
		d.given(ours(func(t *mandate.Terms) { t.Until = t.Until.Add(time.Hour) }))
		wantStates(t, d.uses(alice(), "9713"), "scheduled: waiting")
	})
}

// TestMandateDoesNotCover holds what makes a purchase one that waits for people,
// each by itself.
func TestMandateDoesNotCover(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		terms func(*mandate.Terms)
		ready func(w *harness)
		by    identity.Caller
		want  string
	}{
		{"another uses it", nil, nil, shell("carol"), "for others to use"},
		{"monthly fee", func(t *mandate.Terms) { t.MaxMonthlyFee = money.MustParse("1.99") }, nil, alice(), "costs 2.00 a month"},
		{"set-up fee", func(t *mandate.Terms) { t.MaxSetupFee = money.MustParse("0.99") }, nil, alice(), "costs 1.00 to set up"},
		{"fee not known", nil, func(w *harness) { w.x.set("9711", func(n *number) { n.setup = "" }) }, alice(), "not known"},
		{"filter", func(t *mandate.Terms) { t.Filter, t.Words = json.RawMessage(`{"prefix":"44"}`), "prefix 44" }, nil, alice(), "is none of prefix 44"},
		{"routing", func(t *mandate.Terms) { t.Routing = map[string]string{"contact": "sip:other"} }, nil, alice(), "contact of +9711 is not that of the mandate"},
		{"no routing", func(t *mandate.Terms) { t.Routing = map[string]string{} }, nil, alice(), "contact"},
		{"budget", func(t *mandate.Terms) { t.Budget = money.MustParse("2.99") }, nil, alice(), "0 of 2.99 in all"},
		{"budget of a month", func(t *mandate.Terms) { t.MonthBudget = money.MustParse("2.99") }, nil, alice(), "of the month"},
		{"approvals", nil, func(w *harness) { w.may(func(p *order.Policy) { p.Needed = 2 }) }, alice(), "2 approvals are needed"},
		{"own approval", nil, func(w *harness) { w.may(func(p *order.Policy) { p.RequesterMayApprove = false }) }, shell("bob"), "1 approval is needed"},
		{"a rule's people", nil, func(w *harness) {
			w.may(func(p *order.Policy) {
				p.Rules = approval.Compile(approval.Config{
					Rules:    []approval.Rule{{Name: "few", Approvers: []approval.Who{{Person: "Alice"}}}},
					Settings: approval.Needs{Count: 1, RequesterCounts: true},
				})
			})
		}, alice(), "rule “few” wants more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				w.x.offer("9711")
				d := w.mandated("a", w.open())
				d.given(ours(func(t *mandate.Terms) {
					t.IDs = []string{"os:bob"}
					if tt.terms != nil {
						tt.terms(t)
					}
				}))
				if tt.ready != nil {
					tt.ready(w)
				}
				only := using(tt.by, "uae", "9711")
				only.Mandated = true
				_, err := d.Place(w.t.Context(), only)
				wantFault(w.t, err, fault.Forbidden, tt.want)
				o := d.uses(tt.by, "9711")
				wantStates(w.t, o, "pending: waiting")
				if all := strings.Join(o.Notices, " "); !strings.Contains(all, tt.want) {
					w.t.Errorf("got %q, want %q in it", all, tt.want)
				}
			})
		})
	}
}

// TestMandateIsLookedAtBeforeEachSend holds that what came to hold in the time of
// grace counts: a limit, a price, the end of the mandate, and rules.
func TestMandateIsLookedAtBeforeEachSend(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		then func(w *harness, d *clocked)
		want string
	}{
		{"a price rose", func(w *harness, _ *clocked) { w.x.set("9711", func(n *number) { n.monthly = "2.01" }) }, "changed: changed"},
		{"it ended", func(w *harness, _ *clocked) { w.set.Store(int64(90 * time.Second)) }, "failed: failed"},
		{"more approvals", func(w *harness, _ *clocked) { w.may(func(p *order.Policy) { p.Needed = 2 }) }, "failed: failed"},
		{"its number was bought", func(w *harness, _ *clocked) { w.x.set("9711", func(n *number) { n.owner = "another" }) }, "changed: changed"},
		{"nothing", func(*harness, *clocked) {}, "done: done"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				w.x.offer("9711")
				d := w.mandated("a", w.open())
				d.given(ours(func(t *mandate.Terms) { t.Until = time.Now().Add(2 * time.Minute) }))
				d.Start()
				o := d.uses(alice(), "9711")
				time.Sleep(30 * time.Second)
				tt.then(w, d)
				time.Sleep(5 * time.Minute)
				wantStates(w.t, d.see(alice(), o), tt.want)
			})
		})
	}
}

// TestNoDialogApprovesAMandate holds that no dialog of an assistant approves one,
// whatever is set.
func TestNoDialogApprovesAMandate(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		w.may(func(p *order.Policy) { p.Elicitation, p.ElicitationLimit = order.ElicitEverything, money.Amount{} })
		d := w.mandated("a", w.open())
		by := asking(alice())
		o := d.wants(by, ours(nil))
		wantFault(w.t, d.May(w.t.Context(), o.ID, by), fault.Forbidden, "outside of assistants")
		_, err := d.Decide(w.t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: by})
		wantFault(w.t, err, fault.Forbidden)
	})
}
