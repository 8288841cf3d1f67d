package order_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"didops/internal/approval"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/testing/wide"
)

// triedTogether is how many orders a policy is tried on at once.
const triedTogether = 50

// TestTryGivesWhatTheGateGave holds, on orders of every kind, that what is said
// of past orders is what the gate did: with the policy as it was, nothing
// differs, and the approvals that completed an order are those that suffice.
func TestTryGivesWhatTheGateGave(t *testing.T) {
	t.Parallel()
	const parts = 4
	for part := range parts {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			tryOn(t, dice{rand.New(rand.NewPCG(16, uint64(part)))}, wide.Pick(20_000, 1_000_000)/parts)
		})
	}
}

// BenchmarkTrial tries a rule that speaks of the month on the orders of one
// requester: what an order costs must not depend on how many there are.
func BenchmarkTrial(b *testing.B) {
	for _, orders := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(orders), func(b *testing.B) {
			p, d := usual(), dice{rand.New(rand.NewPCG(16, 1))}
			ruled(&p, approval.Rule{Name: "little", MaxMonthTotal: usd("100")})
			records := make([]order.Record, orders)
			for n := range records {
				records[n] = d.past(d.order(n))
				records[n].Requester = identity.Party{Realm: identity.OS, ID: "alice"}
			}
			for b.Loop() {
				trial := p.Trial(p, records)
				for _, r := range records {
					trial.Try(r)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*orders), "ns/order")
		})
	}
}

// seenOf is what a draw must have had of everything, so that something was compared.
type seenOf map[string]int

func tryOn(t *testing.T, d dice, orders int) {
	t.Helper()
	seen := seenOf{}
	for range orders / triedTogether {
		p, other := d.policy(), d.policy()
		records := make([]order.Record, triedTogether)
		for n := range records {
			records[n] = d.past(d.order(n))
			if d.IntN(3) == 0 { // as the gate notes it
				records[n].Asked.Month = pick(d, amount("5"), amount("20.01"), amount("500"))
			}
		}
		same, back := p.Trial(p, records), other.Trial(p, records)
		for _, r := range records {
			tryOne(t, d, seen, p, r, same, back, records)
			if t.Failed() {
				t.FailNow()
			}
		}
	}
	for _, what := range []string{"approved", "by the month", "refused", "by settings", "joined", "passkey", "click", "delegate", "role of Discord", "dialog"} {
		if seen[what] == 0 {
			t.Errorf("no order was seen of which is said: %s", what)
		}
	}
}

// tryOne holds one order against the gate.
func tryOne(t *testing.T, d dice, seen seenOf, p order.Policy, r order.Record, same, back *order.Trial, records []order.Record) {
	t.Helper()
	fresh := r
	fresh.Phase, fresh.Decided, fresh.Finished = order.PhasePending, time.Time{}, time.Time{}
	if p.Rules.ByMonth() && !r.Asked.Month.Known() {
		seen["by the month"]++
		fresh.Asked.Month = p.MonthThen(r, records)
	}
	fresh.Asked = p.AskedUnder(fresh)
	tried := same.Try(r)
	if tried.Relation != approval.Same || !reflect.DeepEqual(tried.Now, tried.Next) {
		t.Errorf("got %s of the same policy: %+v and %+v", tried.Relation, tried.Now, tried.Next)
	}
	asked := approval.Needs{
		Rules: []string{approval.Settings}, Count: fresh.Asked.Needed, RequesterCounts: fresh.Asked.RequesterMayApprove, ExpiresAfter: p.ExpiresAfter,
	}
	if needs := fresh.Asked.Needs; needs != nil {
		asked = *needs
	}
	if !reflect.DeepEqual(tried.Now, asked) {
		t.Errorf("got %+v, and the gate asked under %+v", tried.Now, asked)
	}
	if got := back.Try(r).Next; !reflect.DeepEqual(got, tried.Now) {
		t.Errorf("got %+v from another policy, want %+v", got, tried.Now)
	}
	seen.of(asked)
	if through(t, d, seen, p, fresh, tried.Now) {
		seen["approved"]++
	}
}

// of notes what an order needed.
func (s seenOf) of(n approval.Needs) {
	for what, is := range map[string]bool{
		"refused": n.Refused(), "by settings": n.Rules[0] == approval.Settings, "joined": len(n.Rules) > 1,
		"passkey": n.Strength == identity.Passkey, "click": n.Strength == identity.Click,
	} {
		if is {
			s[what]++
		}
	}
}

// through has people approve an order by the gate, and holds that it is
// approved exactly when what is said to be needed is there.
func through(t *testing.T, d dice, seen seenOf, p order.Policy, r order.Record, needs approval.Needs) bool {
	t.Helper()
	person := func(who identity.Party) string {
		for _, person := range p.People {
			if person.Has(who.Realm, who.ID) {
				return person.Name
			}
		}
		return ""
	}
	var list []approval.Approval
	at := r.Created
	for _, g := range d.givers() {
		at = at.Add(time.Duration(d.IntN(60)) * time.Second)
		if p.Gate(r, g.by, at) != nil {
			continue
		}
		who, groups := identity.Party{Realm: g.by.Principal.Realm, ID: g.by.Principal.ID}, g.by.Principal.Groups
		made := order.Decision{By: who, Approve: true, At: at, Groups: groups, Strength: g.strength, Dialog: g.strength == identity.Dialog}
		a := approval.Approval{Person: person(who), Realm: who.Realm, Roles: groups, At: at, Strength: g.strength}
		list = append(list, a)
		seen.byWhom(a, p)
		complete := p.Complete(r, made)
		v := needs.Judge(list, approval.Request{Person: person(r.Requester), At: r.Created}, p.People)
		if complete != v.Enough() {
			t.Errorf("approved by %d: got %v from the gate, and %s of %+v", len(list), complete, v, needs)
		}
		r.Decisions = append(r.Decisions, made)
		if complete {
			return true
		}
	}
	return false
}

func (s seenOf) byWhom(a approval.Approval, p order.Policy) {
	for what, is := range map[string]bool{
		"delegate": len(approval.People(p.People).StandsFor(a.Person, a.At)) > 1, "role of Discord": len(a.Roles) > 0, "dialog": a.Strength == identity.Dialog,
	} {
		if is {
			s[what]++
		}
	}
}
