package order_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
)

// TestTooFewHavePasskeys holds that what nobody could sign is not taken, by a request
// or an edit, that the requester is told whose passkeys are missing, and that what
// was taken before is told of.
func TestTooFewHavePasskeys(t *testing.T) {
	t.Parallel()
	inVault(t, func(v *vault) {
		t := v.t
		v.x.offer("9711", "9712", "9713")
		d := v.engine("a")
		two := approval.Rule{Name: "two", Operations: []string{"did_purchase"}, Strength: identity.Passkey, Approvals: 2, Approvers: []approval.Who{{Person: "Bob"}, {Person: "Carol"}}}
		signed := approval.Rule{Name: "signed", Strength: identity.Passkey}
		v.rules(two, signed)
		before := d.place(alice(), "purchase", "9711", "9712")
		wants := func(rules []string, undecidable ...string) {
			t.Helper()
			holders, err := v.service.Holders(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := v.policy.Load().Unsigned(v.now(), holders); !slices.Equal(got, rules) {
				t.Errorf("got the rules %v of %v, want %v", got, holders, rules)
			}
			if got, err := d.Undecidable(t.Context()); err != nil || !slices.Equal(got, undecidable) {
				t.Errorf("got %v, %v, want %v", got, err, undecidable)
			}
		}
		wants(nil)
		v.remove("Bob")
		wants([]string{"two"}, before.ID)
		_, err := d.Place(t.Context(), placement(alice(), "purchase", "", "9713"))
		wantFault(t, err, fault.Forbidden, "nobody could approve this", "it takes passkeys, and Bob has none", "didops passkeys enrol Bob", "approval.rules")
		_, err = d.Edit(t.Context(), order.EditRequest{Order: before.ID, Remove: []string{"9712"}, By: webOf("Carol")})
		wantFault(t, err, fault.Forbidden, "Bob has none")
		wantStates(t, d.see(alice(), before), "pending: waiting waiting")
		if x, err := d.Explain(t.Context(), before.ID, alice()); err != nil || !slices.Equal(x.Able, []string{"Carol"}) {
			t.Errorf("got %v, %v who could act, want Carol", x.Able, err)
		}
		v.remove("Carol")
		wants([]string{"two", "signed"}, before.ID)
		_, err = d.Place(t.Context(), placement(alice(), "purchase", "", "9713"))
		wantFault(t, err, fault.Forbidden, "Bob, Carol have none")
		v.devices["Bob"], v.devices["Carol"] = v.enrol("Bob"), v.enrol("Carol")
		wants(nil)
		o := d.place(alice(), "purchase", "9713")
		wantStates(t, v.approves(d, "Bob", o.ID), "pending: waiting")
		wantStates(t, v.approves(d, "Carol", o.ID), "done: done")
	})
}

// TestPasskeysOfOthersDoNotCount holds that what is in the store without the word of
// the key, or of another page, is nobody's passkey.
func TestPasskeysOfOthersDoNotCount(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"not certified": `UPDATE passkeys SET certificate = ''`, "of another page": `UPDATE passkeys SET origin = 'https://evil.example'`,
		"somebody else's": `UPDATE passkeys SET person = 'Alice'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inVault(t, func(v *vault) {
				v.x.offer("9711")
				v.raw(change)
				_, err := v.engine("a").Place(context.Background(), placement(alice(), "purchase", "", "9711"))
				wantFault(v.t, err, fault.Forbidden, "Alice, Bob, Carol have none")
			})
		})
	}
}

// TestScheduledBeforePasskeys holds that what was approved before there were
// passkeys, and is not sent once rules want them, is told of before it is due; what
// was signed is not.
func TestScheduledBeforePasskeys(t *testing.T) {
	t.Parallel()
	inVault(t, func(v *vault) {
		t := v.t
		with := v.alter
		v.alter = func(*order.Config) {}
		v.may(func(p *order.Policy) { p.Rules = nil })
		before := v.engine("before")
		v.renews(lead+time.Hour, "9711")
		old := before.plans("9711")
		v.alter = with
		d := v.engine("a")
		unproved := func(want ...string) {
			t.Helper()
			if got, err := d.Unproved(t.Context()); err != nil || !slices.Equal(got, want) {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
		}
		unproved()
		click := approval.Rule{Name: "small", Operations: []string{"did_update"}}
		v.rules(click, approval.Rule{Name: "signed", Strength: identity.Passkey})
		signed := v.plan(d, "9712")
		v.approves(d, "Bob", signed.ID)
		unproved(old.ID)
		v.passes(v.engine("sender"))
		wantSends(t, v.x, "9711", 0)
		wantSends(t, v.x, "9712", 1)
		wantStates(t, d.see(alice(), old), "failed: skipped")
		unproved()
	})
}

// TestAnEscalationAfterTheEnd holds that somebody to whom an order would go on only
// when it has expired does not make it one that somebody could approve.
func TestAnEscalationAfterTheEnd(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712")
		w.x.set("9712", func(n *number) { n.country = "DE" })
		w.may(func(p *order.Policy) {
			p.People = append(company(), identity.Person{Name: "Heidi"})
			ruled(p,
				approval.Rule{Name: "goes on", Countries: []string{"AE"}, Approvers: []approval.Who{{Person: "Heidi"}}, EscalateAfter: 10 * time.Minute, EscalateTo: ofRole("heads")},
				approval.Rule{Name: "soon over", ExpiresAfter: 5 * time.Minute},
			)
		})
		d := w.engine("a")
		_, err := d.Place(t.Context(), placement(alice(), "purchase", "", "9711", "9712"))
		wantFault(t, err, fault.Forbidden, "nobody could approve this", "“goes on” and “soon over”")
		o := d.place(alice(), "purchase", "9711")
		time.Sleep(10 * time.Minute)
		wantStates(t, d.approve(shell("erin"), o), "done: done")
		p := *w.policy.Load()
		p.ExpiresAfter = 10 * time.Minute
		ruled(&p, p.Rules.Config().Rules...)
		if got := p.Holes(w.now(), []string{"did_purchase"}, []string{"did_purchase"}); len(got) != 1 || got[0].Key != "approval.rules[0].approvers" {
			t.Errorf("got %v, want that nobody could approve by the first", got)
		}
	})
}
