package order_test

import (
	"context"
	"testing"
	"time"

	"didops/internal/approval"
	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/passkey"
)

// bobsUnlessLate wants Bob's passkey; after ten minutes Carol's is as good.
func bobsUnlessLate() approval.Rule {
	return approval.Rule{
		Name: "signed", Strength: identity.Passkey, Approvers: []approval.Who{{Person: "Bob"}},
		EscalateAfter: 10 * time.Minute, EscalateTo: []approval.Who{{Person: "Carol"}},
	}
}

// awayLater has Bob away from ten minutes on, with Carol in his place.
func (v *vault) awayLater() {
	rule := bobsUnlessLate()
	rule.EscalateAfter, rule.EscalateTo = 0, nil
	v.rules(rule)
	from := v.now().Add(10 * time.Minute)
	v.may(func(p *order.Policy) {
		for i := range p.People {
			if p.People[i].Name == "Bob" {
				p.People[i].Delegate, p.People[i].Away = "Carol", []identity.Period{{From: from, Until: from.Add(time.Hour)}}
			}
		}
	})
}

// TestAttacksOnTheTimeOfAnApproval holds that whom rules count by when they
// approved is told by what this program signed of that, and not by the store.
func TestAttacksOnTheTimeOfAnApproval(t *testing.T) {
	t.Parallel()
	moved := func(by time.Duration) func(*order.Record) {
		return func(r *order.Record) { r.Decisions[0].At = r.Decisions[0].At.Add(by) }
	}
	for n, tt := range []struct {
		name  string
		rules func(v *vault) // since Carol approved, by rules under which everybody's passkey counts
		do    func(r *order.Record)
		says  string
	}{
		{"as it is, and she did not count then", func(v *vault) { v.rules(bobsUnlessLate()) }, func(*order.Record) {}, "0 of 1 approval"},
		{"later, when she would", func(v *vault) { v.rules(bobsUnlessLate()) }, moved(10 * time.Minute), "not proved when Carol approved it"},
		{"as it is, and Bob was there", (*vault).awayLater, func(*order.Record) {}, "0 of 1 approval"},
		{"later, when Bob is away", (*vault).awayLater, moved(11 * time.Minute), "not proved when Carol approved it"},
		{"another microsecond", func(v *vault) { v.rules(approval.Rule{Name: "signed", Strength: identity.Passkey}) }, moved(time.Microsecond), "not proved when Carol approved it"},
		{"through another surface", func(v *vault) { v.rules(approval.Rule{Name: "signed", Strength: identity.Passkey}) }, func(r *order.Record) {
			r.Decisions[0].By.Realm = identity.OS
		}, "not proved when Carol approved it"},
		{"nobody's word", func(v *vault) { v.rules(approval.Rule{Name: "signed", Strength: identity.Passkey}) }, func(r *order.Record) {
			r.Decisions[0].Attest = ""
		}, "not proved when Carol approved it"},
		{"the word of the request", func(v *vault) { v.rules(approval.Rule{Name: "signed", Strength: identity.Passkey}) }, func(r *order.Record) {
			r.Decisions[0].Attest = r.Attest
		}, "not proved when Carol approved it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inVaults(t, n, func(v *vault) {
				d := v.engine("a")
				o := v.plan(d, "9711")
				time.Sleep(time.Minute)
				wantStates(v.t, v.approves(d, "Carol", o.ID), "scheduled: waiting")
				tt.rules(v)
				v.tampers(o.ID, tt.do)
				v.sendsNothing(o.ID, tt.says)
			})
		})
	}
}

// TestWhoCountsLaterIsSent is the control: who counted when she approved is enough.
func TestWhoCountsLaterIsSent(t *testing.T) {
	t.Parallel()
	for name, rules := range map[string]func(v *vault){
		"escalated": func(v *vault) { v.rules(bobsUnlessLate()) }, "a delegate": (*vault).awayLater,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inVaults(t, 1, func(v *vault) {
				rules(v)
				d := v.engine("a")
				o := v.plan(d, "9711")
				if _, err := d.Challenge(context.Background(), o.ID, true, webOf("Carol")); fault.CodeOf(err) != fault.Forbidden {
					v.t.Errorf("got %v, want that she does not count yet", err)
				}
				time.Sleep(11 * time.Minute)
				wantStates(v.t, v.approves(d, "Carol", o.ID), "scheduled: waiting")
				v.passes(v.engine("sender"))
				wantSends(v.t, v.x, "9711", 1)
			})
		})
	}
}

// signsByHerself has somebody sign an order without being asked, and puts it into
// the store and the trail as an approval of a moment.
func (v *vault) signsByHerself(id, person string, at time.Time) {
	v.Helper()
	nonce := make([]byte, 32)
	challenge, err := order.ChallengeOf(v.record(id), person, nonce)
	if err != nil {
		v.Fatal(err)
	}
	answer, err := v.devices[person].Sign(passkey.Bytes(challenge).String())
	if err != nil {
		v.Fatal(err)
	}
	a, err := order.ParseAssertion(passkey.Bytes(nonce).String(), answer)
	if err != nil {
		v.Fatal(err)
	}
	a.Challenge = challenge
	v.tampers(id, func(r *order.Record) {
		r.Phase, r.Decided, r.Day, r.Finished = order.PhaseScheduled, at, at.UTC().Format(time.DateOnly), time.Time{}
		r.Decisions = []order.Decision{{By: partyOf(person), Person: person, Approve: true, At: at, Strength: identity.Passkey, Assertion: a}}
	})
	err = v.store.Orders().Write(context.Background(), func(tx order.Tx) error {
		_, _, err := tx.Append(audit.Entry{
			Event: "approved", Exchange: place, At: at, Order: id, Kind: "unsubscribe", State: "scheduled",
			Decision: &audit.DecisionProof{Strength: identity.Passkey.String(), Person: person, Nonce: a.Nonce.String(), Credential: a.Credential.String()},
		})
		return err
	})
	if err != nil {
		v.Fatal(err)
	}
}

// TestAttacksBySomebodyWithAPasskey holds that who has a passkey and can write the
// store, trail included, approves nothing that the gate does not let her.
func TestAttacksBySomebodyWithAPasskey(t *testing.T) {
	t.Parallel()
	for n, tt := range []struct {
		name string
		do   func(v *vault, d *testEngine, id string)
	}{
		{"before it has gone on to her", func(v *vault, _ *testEngine, id string) {
			v.signsByHerself(id, "Carol", v.now().Add(12*time.Minute))
		}},
		{"after it expired", func(v *vault, d *testEngine, id string) {
			at := v.now().Add(12 * time.Minute)
			time.Sleep(20 * time.Minute)
			if o, err := d.Order(context.Background(), id, alice(), 0); err != nil || o.State != order.Expired {
				v.Fatalf("got %s, %v", o.State, err)
			}
			v.signsByHerself(id, "Carol", at)
		}},
		{"after it was rejected", func(v *vault, d *testEngine, id string) {
			at := v.now().Add(12 * time.Minute)
			if _, err := d.Decide(context.Background(), order.DecideRequest{Order: id, By: shell("alice")}); err != nil {
				v.Fatal(err)
			}
			v.signsByHerself(id, "Carol", at)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inVaults(t, n, func(v *vault) {
				v.rules(bobsUnlessLate())
				d := v.engine("a")
				o := v.plan(d, "9711")
				tt.do(v, d, o.ID)
				v.sendsNothing(o.ID, "not proved when Carol approved it")
			})
		})
	}
}

// TestAttacksOnARequest alters who asked and when before somebody signs it, so that
// who would not count does.
func TestAttacksOnARequest(t *testing.T) {
	t.Parallel()
	no := false
	for n, tt := range []struct {
		name string
		rule approval.Rule
		do   func(r *order.Record)
	}{
		{"asked earlier, so that it has gone on", bobsUnlessLate(), func(r *order.Record) { r.Created = r.Created.Add(-20 * time.Minute) }},
		{"asked by somebody else", approval.Rule{Name: "signed", Strength: identity.Passkey, RequesterCounts: &no}, func(r *order.Record) {
			r.Requester = identity.Party{Realm: identity.OS, ID: "alice", Name: "Alice"}
		}},
		{"expires later", approval.Rule{Name: "signed", Strength: identity.Passkey}, func(r *order.Record) { r.Expires = r.Expires.Add(time.Hour) }},
		{"no word of the request", approval.Rule{Name: "signed", Strength: identity.Passkey}, func(r *order.Record) { r.Attest = "" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inVaults(t, n, func(v *vault) {
				v.rules(tt.rule)
				d := v.engine("a")
				v.renews(lead+time.Hour, "9711")
				o, err := d.Place(context.Background(), later(shell("carol"), "9711"))
				if err != nil {
					v.Fatal(err)
				}
				v.tampers(o.ID, tt.do)
				_, err = d.Challenge(context.Background(), o.ID, true, webOf("Carol"))
				wantFault(v.t, err, fault.Forbidden, "not proved that this didops was asked for it as it is")
				v.signsByHerself(o.ID, "Carol", v.now())
				v.sendsNothing(o.ID, "not proved")
			})
		})
	}
}

// TestAskedForBeforePasskeys holds that what was asked for before there were
// passkeys is not approved in vain once a rule wants them: it could not be sent.
func TestAskedForBeforePasskeys(t *testing.T) {
	t.Parallel()
	inVaults(t, 0, func(v *vault) {
		t := v.t
		v.rules(approval.Rule{Name: "small", Operations: []string{"did_purchase"}}, approval.Rule{Name: "signed", Strength: identity.Passkey})
		v.x.offer("9711", "9712")
		with := v.alter
		v.alter = func(*order.Config) {}
		before := v.engine("before").place(alice(), "purchase", "9711")
		v.alter = with
		d := v.engine("a")
		_, err := d.Decide(t.Context(), order.DecideRequest{Order: before.ID, Approve: true, By: shell("bob")})
		wantFault(t, err, fault.Forbidden, "asked for before passkeys were set up", "asked for again")
		wantStates(t, d.see(alice(), before), "pending: waiting")
		wantStates(t, d.decide(shell("bob"), before, false), "rejected: waiting")
		wantStates(t, d.approve(shell("bob"), d.place(alice(), "purchase", "9712")), "done: done")
	})
}
