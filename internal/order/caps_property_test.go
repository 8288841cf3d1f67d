package order_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/risk"
	"didops/internal/testing/wide"
)

// capsHold counts, from all records, what is over a cap or the run rate.
type capsHold struct {
	caps []approval.Cap
	zone *time.Location
	own  money.Amount // monthly fees of the look
	most money.Amount // of all
}

// personOf is who a party of these histories is.
func personOf(r order.Record) string {
	if id := r.Requester.String(); id == "http:alice-laptop" || id == "discord:1" {
		return "os:alice"
	}
	return r.Requester.String()
}

// sums returns what counts at a moment against a cap that a record is under, by
// plain addition over every order; with one more counted where it is given.
func (c capsHold) sums(k approval.Cap, of order.Record, at time.Time, all []order.Record) (total, monthly money.Amount, numbers int) {
	total, monthly = amount("0"), amount("0")
	same := func(t time.Time) bool {
		a, b := at.In(c.zone), t.In(c.zone)
		return a.Year() == b.Year() && a.Month() == b.Month() && (k.Per == approval.PerMonth || a.Day() == b.Day())
	}
	for _, r := range all {
		adding := r.ID == of.ID && r.Phase == order.PhasePending
		if r.Risk != risk.Spend || !adding && (r.Decided.IsZero() || !same(r.Decided)) || k.Each && personOf(r) != personOf(of) || !k.Each && !c.under(k, r) {
			continue
		}
		for n, l := range r.Quote.Lines {
			if (adding || r.Reserved(n)) && (len(k.Countries) == 0 || l.Country == k.Countries[0]) {
				total, monthly, numbers = total.Add(r.Due(n)), monthly.Add(l.MonthlyFee), numbers+1
			}
		}
	}
	return total, monthly, numbers
}

func (c capsHold) under(k approval.Cap, r order.Record) bool {
	return len(k.Who) == 0 || personOf(r) == "os:alice"
}

// over says which bound an order is over, "" for none.
func (c capsHold) over(of order.Record, at time.Time, all []order.Record) string {
	for _, k := range c.caps {
		mine := false
		for _, l := range of.Quote.Lines {
			mine = mine || len(k.Countries) == 0 || l.Country == k.Countries[0]
		}
		if !mine || !c.under(k, of) {
			continue
		}
		total, monthly, numbers := c.sums(k, of, at, all)
		if m := k.MaxTotal.Amount; m.Known() && total.Cmp(m) > 0 {
			return "limits.caps"
		}
		if m := k.MaxMonthlyFeeTotal.Amount; m.Known() && monthly.Cmp(m) > 0 || k.MaxNumbers > 0 && numbers > k.MaxNumbers {
			return "limits.caps"
		}
	}
	rate := c.own
	for _, r := range all {
		for n, l := range r.Quote.Lines {
			if r.Risk == risk.Spend && (r.ID == of.ID && r.Phase == order.PhasePending || r.Reserved(n)) {
				rate = rate.Add(l.MonthlyFee)
			}
		}
	}
	if c.most.Known() && rate.Cmp(c.most) > 0 {
		return "limits.max_monthly_total"
	}
	return ""
}

func drawnCaps(rt *rapid.T) []approval.Cap {
	var list []approval.Cap
	for i := range rapid.IntRange(1, 3).Draw(rt, "caps") {
		c := approval.Cap{
			Name: fmt.Sprint("cap ", i), Each: rapid.Bool().Draw(rt, "each"),
			Per: rapid.SampledFrom([]approval.Span{approval.PerDay, approval.PerMonth}).Draw(rt, "per"),
		}
		if rapid.Bool().Draw(rt, "of sales") {
			c.Who = []approval.Who{{Role: "sales"}}
		}
		if rapid.Bool().Draw(rt, "of a country") {
			c.Countries = []string{"DE"}
		}
		switch rapid.IntRange(0, 2).Draw(rt, "bound") {
		case 0:
			c.MaxTotal = usd(rapid.SampledFrom([]string{"3.00", "8.00", "15.00"}).Draw(rt, "total"))
		case 1:
			c.MaxMonthlyFeeTotal = usd(rapid.SampledFrom([]string{"2.00", "5.00", "9.00"}).Draw(rt, "monthly"))
		default:
			c.MaxNumbers = rapid.IntRange(1, 5).Draw(rt, "numbers")
		}
		list = append(list, c)
	}
	return list
}

// TestCapsAreExact plays histories of several persons and processes over months,
// also those in which clocks are set: no cap is ever broken, and what is refused
// would have broken one.
func TestCapsAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		plan := struct {
			caps  []approval.Cap
			zone  string
			most  string
			steps []capStep
		}{
			drawnCaps(rt), rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"}).Draw(rt, "zone"),
			rapid.SampledFrom([]string{"", "9.00", "20.00"}).Draw(rt, "most"), rapid.SliceOfN(rapid.Custom(drawnStep), 3, wide.Pick(12, 30)).Draw(rt, "steps"),
		}
		zone, err := time.LoadLocation(plan.zone)
		if err != nil {
			t.Fatal(err)
		}
		h := capsHold{caps: plan.caps, zone: zone, own: amount("3.00"), most: amount(plan.most)}
		wrong := ""
		bubble(t, func(w *harness) {
			capped(w)
			w.may(func(p *order.Policy) { p.Caps, p.Zone, p.MaxMonthlyTotal = h.caps, zone, h.most })
			desks := []*testEngine{w.engine("a"), w.engine("b"), w.engine("c")}
			for i, s := range plan.steps {
				if wrong = s.play(w, desks[s.desk], h, i); wrong != "" {
					return
				}
			}
		})
		if wrong != "" {
			rt.Fatal(wrong)
		}
	})
}

type capStep struct {
	desk, who, lines, first int
	approver                int
	fate                    fate
	rests                   time.Duration
}

func drawnStep(rt *rapid.T) capStep {
	return capStep{
		desk: rapid.IntRange(0, 2).Draw(rt, "desk"), who: rapid.IntRange(0, 3).Draw(rt, "who"),
		lines: rapid.IntRange(1, 3).Draw(rt, "lines"), first: rapid.IntRange(0, 1).Draw(rt, "country"),
		approver: rapid.IntRange(0, 2).Draw(rt, "approver"),
		fate:     rapid.SampledFrom([]fate{{}, {}, {answer: refuse, undone: true}, {answer: lost, undone: true}, {answer: lost}}).Draw(rt, "fate"),
		rests:    rapid.SampledFrom([]time.Duration{0, time.Hour, 11 * time.Hour, 24 * time.Hour, 20 * 24 * time.Hour}).Draw(rt, "rests"),
	}
}

// play asks for a purchase and approves it, and returns what of that is not as all
// records say.
func (s capStep) play(w *harness, d *testEngine, h capsHold, n int) string {
	w.set.Add(int64(s.rests)) // who looks for outcomes has nothing to do meanwhile
	s.look(w)
	by := []identity.Caller{alice(), http("alice-laptop"), discord("1"), shell("bob")}[s.who]
	var numbers []string
	for i := range s.lines {
		digits := fmt.Sprint(97100 + 10*n + i)
		w.x.offer(digits)
		w.x.set(digits, func(n *number) { n.country = []string{"AE", "DE"}[(i+s.first)%2] })
		w.x.mu.Lock()
		w.x.fates[digits] = []fate{s.fate}
		w.x.mu.Unlock()
		numbers = append(numbers, digits)
	}
	o, err := d.Place(context.Background(), placement(by, "purchase", "sip:new", numbers...))
	if err != nil {
		return h.refused(w, err, by, numbers)
	}
	if why := h.over(record(w, w.store, o.ID), w.now(), w.memory.all()); why != "" {
		return fmt.Sprintf("%s was let in, over %s", o.ID, why)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // what stays unknown is not waited for
	defer cancel()
	if _, err := d.Decide(ctx, order.DecideRequest{Order: o.ID, Approve: true, By: []identity.Caller{alice(), shell("bob"), shell("carol")}[s.approver]}); err != nil {
		return fmt.Sprintf("%s was within its caps: %v", o.ID, err)
	}
	is := record(w, w.store, o.ID)
	if why := h.over(is, is.Decided, w.memory.all()); why != "" {
		return fmt.Sprintf("%s was approved, over %s", o.ID, why)
	}
	return ""
}

// look is a look at the own numbers, which shows what was bought some hours ago.
func (s capStep) look(w *harness) {
	own := []order.OwnFee{costs("1", "3.00")}
	for _, r := range w.memory.all() {
		for n, l := range r.Quote.Lines {
			if r.Lines[n].State == order.LineDone && w.now().Sub(r.Decided) > 12*time.Hour {
				own = append(own, costs(l.Number, "2.00"))
			}
		}
	}
	owning(w, 0, own...)
}

// refused returns that what was refused would not have been over what it is said
// to be.
func (c capsHold) refused(w *harness, err error, by identity.Caller, numbers []string) string {
	r := order.Record{
		ID: "o-refused", Phase: order.PhasePending, Risk: risk.Spend, Requester: identity.Party{Realm: by.Principal.Realm, ID: by.Principal.ID},
		Lines: make([]order.LineRecord, len(numbers)),
	}
	for _, digits := range numbers {
		r.Quote.Lines = append(r.Quote.Lines, order.Line{Number: digits, Country: w.x.get(digits).country, MonthlyFee: amount("2.00"), DueNow: amount("3.00")})
	}
	f, _ := fault.As(err)
	if f == nil {
		return err.Error()
	}
	if why := c.over(r, w.now(), append(w.memory.all(), r)); why != f.Field {
		return fmt.Sprintf("it was refused by %s (%v), and is over %q", f.Field, err, why)
	}
	return ""
}
