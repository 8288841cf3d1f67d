package order_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"didops/internal/approval"
	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
)

// TestAPasskeyApproves holds that an order which rules want signed is approved by
// a passkey and by nothing less, and that the trail proves it.
func TestAPasskeyApproves(t *testing.T) {
	t.Parallel()
	inVault(t, func(v *vault) {
		t := v.t
		v.x.offer("9711")
		d := v.engine("a")
		o := d.place(alice(), "purchase", "9711")
		for _, by := range []identity.Caller{shell("bob"), webOf("Bob")} {
			_, err := d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: by})
			wantFault(t, err, fault.Forbidden, "signed by a passkey", pageAddress+"/orders/"+o.ID)
		}
		_, err := d.Ask(t.Context(), o.ID, shell("bob"))
		wantFault(t, err, fault.Forbidden, "signed by a passkey")
		wantSends(t, v.x, "", 0)
		wantStates(t, v.approves(d, "Bob", o.ID), "done: done")
		wantSends(t, v.x, "", 1)
		r := v.record(o.ID)
		if got := r.Decisions[0]; got.Strength != identity.Passkey || got.Assertion == nil || got.Person != "Bob" {
			t.Errorf("got %+v", got)
		}
		proofs := v.trail("approved")
		if len(proofs) != 1 || proofs[0].Decision == nil || proofs[0].Decision.Person != "Bob" || proofs[0].Decision.Signature == "" {
			t.Errorf("the trail has %+v", proofs)
		}
		sound(t, v.store)
	})
}

// TestRejectingNeedsNoPasskey holds that no is said by whoever may decide.
func TestRejectingNeedsNoPasskey(t *testing.T) {
	t.Parallel()
	inVault(t, func(v *vault) {
		v.x.offer("9711", "9712")
		d := v.engine("a")
		wantStates(v.t, d.decide(shell("bob"), d.place(alice(), "purchase", "9711"), false), "rejected: waiting")
		o, err := v.decides(d, "Carol", d.place(alice(), "purchase", "9712").ID, false)
		if err != nil {
			v.t.Fatal(err)
		}
		wantStates(v.t, o, "rejected: waiting")
		if r := v.record(o.ID); r.Decisions[0].Strength != identity.Passkey {
			v.t.Errorf("got %+v", r.Decisions[0])
		}
	})
}

// TestSignaturesThatDoNotCount holds what of a decision by passkey is refused, that
// nothing is decided then, and that each question has one answer.
func TestSignaturesThatDoNotCount(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(v *vault, d *testEngine, o order.Order) order.DecideRequest
		code fault.Code
	}{
		{"wrong origin", func(v *vault, d *testEngine, o order.Order) order.DecideRequest {
			v.devices["Bob"].Origin = "https://evil.example"
			return v.signed(d, "Bob", o)
		}, fault.Forbidden},
		{"wrong relying party", func(v *vault, d *testEngine, o order.Order) order.DecideRequest {
			v.devices["Bob"].Domain = "evil.example"
			return v.signed(d, "Bob", o)
		}, fault.Forbidden},
		{"no user verification", func(v *vault, d *testEngine, o order.Order) order.DecideRequest {
			v.devices["Bob"].Flags = 1
			return v.signed(d, "Bob", o)
		}, fault.Forbidden},
		{"a removed passkey", func(v *vault, d *testEngine, o order.Order) order.DecideRequest {
			q := v.signed(d, "Bob", o)
			v.remove("Bob")
			return q
		}, fault.Forbidden},
		{"another person's passkey", func(v *vault, d *testEngine, o order.Order) order.DecideRequest {
			v.devices["Bob"] = v.devices["Carol"]
			return v.signed(d, "Bob", o)
		}, fault.Forbidden},
		{"another person's signature", func(v *vault, d *testEngine, o order.Order) order.DecideRequest {
			q := v.signed(d, "Bob", o)
			q.By = webOf("Carol")
			return q
		}, fault.Forbidden},
		{"that of another order", func(v *vault, d *testEngine, o order.Order) order.DecideRequest {
			q := v.signed(d, "Bob", d.place(alice(), "purchase", "9712"))
			q.Order = o.ID
			return q
		}, fault.Forbidden},
		{"the no of a yes", func(v *vault, d *testEngine, o order.Order) order.DecideRequest {
			q := v.signed(d, "Bob", o)
			q.Approve = false
			return q
		}, fault.Forbidden},
		{"a nonce of its own", func(v *vault, d *testEngine, o order.Order) order.DecideRequest {
			q := v.signed(d, "Bob", o)
			q.Assertion.Nonce[0]++
			return q
		}, fault.Forbidden},
		{"the nonce of another question", func(v *vault, d *testEngine, o order.Order) order.DecideRequest {
			q := v.signed(d, "Bob", o)
			q.Assertion.Nonce = v.signs(d, "Bob", o.ID, true).Nonce
			return q
		}, fault.Forbidden},
		{"an altered signature", func(v *vault, d *testEngine, o order.Order) order.DecideRequest {
			q := v.signed(d, "Bob", o)
			q.Assertion.Signature[len(q.Assertion.Signature)-1] ^= 1
			return q
		}, fault.Forbidden},
		{"an expired order", func(v *vault, d *testEngine, o order.Order) order.DecideRequest {
			q := v.signed(d, "Bob", o)
			time.Sleep(time.Hour)
			return q
		}, fault.Forbidden},
		{"an order that was rejected meanwhile", func(v *vault, d *testEngine, o order.Order) order.DecideRequest {
			q := v.signed(d, "Bob", o)
			d.decide(shell("carol"), o, false)
			return q
		}, fault.Conflict},
		{"an order that was altered meanwhile", func(v *vault, d *testEngine, o order.Order) order.DecideRequest {
			q := v.signed(d, "Bob", o)
			v.tampers(o.ID, func(r *order.Record) { r.Quote.Lines[0].ID += "0" })
			return q
		}, fault.Forbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inVault(t, func(v *vault) {
				t := v.t
				v.x.offer("9711", "9712")
				d := v.engine("a")
				o := d.place(alice(), "purchase", "9711")
				q := tt.do(v, d, o)
				for range 2 {
					if _, err := d.Decide(t.Context(), q); fault.CodeOf(err) != tt.code && fault.CodeOf(err) != fault.Forbidden {
						t.Errorf("got %v, want %s", err, tt.code)
					}
				}
				if r := v.record(o.ID); r.Phase == order.PhaseExecuting || r.Phase == order.PhaseOver {
					t.Errorf("the order is %s", r.State())
				}
				wantSends(t, v.x, "", 0)
			})
		})
	}
}

func (v *vault) signed(d *testEngine, person string, o order.Order) order.DecideRequest {
	v.Helper()
	return order.DecideRequest{Order: o.ID, Approve: true, By: webOf(person), Assertion: v.signs(d, person, o.ID, true)}
}

func (v *vault) remove(person string) {
	v.Helper()
	if _, err := v.service.Remove(context.Background(), v.devices[person].ID, audit.Actor{Realm: "os", ID: "root"}); err != nil {
		v.Fatal(err)
	}
}

// TestTwoPagesAtOnce holds that of two answers to two questions about the same
// order one decides.
func TestTwoPagesAtOnce(t *testing.T) {
	t.Parallel()
	inVault(t, func(v *vault) {
		t := v.t
		v.x.offer("9711")
		d := v.engine("a")
		o := d.place(alice(), "purchase", "9711")
		first, second := v.signed(d, "Bob", o), v.signed(d, "Carol", o)
		got, err := d.Decide(t.Context(), second)
		if err != nil {
			t.Fatal(err)
		}
		wantStates(t, got, "done: done")
		_, err = d.Decide(t.Context(), first)
		wantFault(t, err, fault.Conflict, "Carol")
		wantSends(t, v.x, "", 1)
	})
}

// TestWhoHasNoPasskey holds that somebody without one is told how to get one, and
// somebody who is nobody that is known.
func TestWhoHasNoPasskey(t *testing.T) {
	t.Parallel()
	inVault(t, func(v *vault) {
		t := v.t
		v.x.offer("9711")
		d := v.engine("a")
		o := d.place(shell("bob"), "purchase", "9711")
		_, err := d.Challenge(t.Context(), o.ID, true, webOf("Alice"))
		wantFault(t, err, fault.NotFound, "no passkey", "didops passkeys enrol Alice")
		_, err = d.Challenge(t.Context(), o.ID, true, webOf("Mallory"))
		wantFault(t, err, fault.Forbidden, "[[people]]")
	})
}

// TestRulesThatWantLess holds that a click is enough where the rules say so, for
// what was asked of this program as it is.
func TestRulesThatWantLess(t *testing.T) {
	t.Parallel()
	inVault(t, func(v *vault) {
		t := v.t
		v.rules(approval.Rule{Name: "small", Operations: []string{"did_purchase"}}, approval.Rule{Name: "signed", Strength: identity.Passkey})
		v.x.offer("9711")
		d := v.engine("a")
		wantStates(t, d.approve(shell("bob"), d.place(alice(), "purchase", "9711")), "done: done")
		o := v.plan(d, "9721")
		_, err := d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: shell("bob")})
		wantFault(t, err, fault.Forbidden, "signed by a passkey")
		if told := strings.Join(d.see(alice(), o).ApproveAt, " "); strings.Contains(told, "order approve") {
			t.Errorf("people are sent to a terminal: %s", told)
		}
	})
}
