package order_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"didops/internal/approval"
	"didops/internal/identity"
	"didops/internal/mandate"
	"didops/internal/money"
	"didops/internal/order"
)

// In these tests mandates need a passkey, and purchases a click. The attacker
// writes whatever he likes into the store and knows its key.

// inMandateVaults is [inVaults] with such rules, and numbers to buy.
func inMandateVaults(t *testing.T, nth int, run func(v *vault, d *clocked)) {
	t.Helper()
	inVaults(t, nth, func(v *vault) {
		v.rules(approval.Rule{Name: "mandates", Operations: []string{mandate.Operation}, Strength: identity.Passkey})
		v.x.offer("9711", "9712", "9713")
		run(v, v.mandated("a", v.open()))
	})
}

// gives has Bob give a mandate by his passkey.
func (v *vault) gives(d *clocked, change func(*mandate.Terms)) order.Record {
	v.Helper()
	o := v.approves(d.testEngine, "Bob", d.wants(alice(), ours(change)).ID)
	wantStates(v.t, o, "done: done")
	return v.record(o.ID)
}

// widens changes the terms of a mandate in the store.
func (v *vault) widens(made order.Record, change func(*mandate.Terms)) {
	v.Helper()
	v.tampers(made.ID, func(r *order.Record) {
		for i, f := range r.Quote.Lines[0].Terms {
			if f.Name != mandate.Term {
				continue
			}
			t, err := mandate.Parse(f.Value)
			if err != nil {
				v.Fatal(err)
			}
			change(&t)
			if r.Quote.Lines[0].Terms[i].Value, err = t.Text(); err != nil {
				v.Fatal(err)
			}
		}
	})
}

// forgesMandate makes an order that waits one that made a mandate.
func (v *vault) forgesMandate(id string, decisions ...order.Decision) {
	v.Helper()
	v.tampers(id, func(r *order.Record) {
		r.Phase, r.Decisions, r.Decided, r.Day, r.Finished = order.PhaseOver, decisions, v.now(), v.now().UTC().Format(time.DateOnly), v.now()
		r.Lines[0].State = order.LineDone
	})
	r := v.record(id)
	t, err := mandate.Parse(r.Quote.Lines[0].Term(mandate.Term))
	if err != nil {
		v.Fatal(err)
	}
	err = v.store.Orders().Write(context.Background(), func(tx order.Tx) error {
		return tx.KeepMandate(mandate.Row{ID: r.Quote.Lines[0].ID, Exchange: place, Name: t.Name, Until: t.Until, Created: v.now()})
	})
	if err != nil {
		v.Fatal(err)
	}
}

// revokes revokes the mandate, at another process.
func (v *vault) revokes(d *clocked) {
	v.Helper()
	if _, _, err := d.RevokeMandate(context.Background(), "uae", asks(shell("carol"))); err != nil {
		v.Fatal(err)
	}
}

// TestAttacksOnMandates widens, makes and revives mandates in the store, and has
// them used: nothing is bought.
func TestAttacksOnMandates(t *testing.T) {
	t.Parallel()
	const anew = `UPDATE mandates SET revoked_us = 0, revoked_by = ''`
	narrow := func(t *mandate.Terms) {
		t.Filter, t.MaxMonthlyFee, t.Budget, t.Users = json.RawMessage(`{"prefix":"44"}`), money.MustParse("0.01"), money.MustParse("0.01"), nil
	}
	wider := func(change func(*mandate.Terms)) func(*vault, *clocked) {
		return func(v *vault, d *clocked) { v.widens(v.gives(d, nil), change) }
	}
	for n, tt := range []struct {
		name  string
		do    func(v *vault, d *clocked) // before 9711 is bought by the mandate
		sends int
		says  string
	}{
		{"nothing", func(v *vault, d *clocked) { v.gives(d, nil) }, 1, ""},
		{"nothing, and another key of the log", func(v *vault, d *clocked) { v.gives(d, nil); v.rotates() }, 1, ""},
		{"all of it", func(v *vault, d *clocked) {
			made := v.gives(d, narrow)
			v.widens(made, func(t *mandate.Terms) {
				grace := ours(nil)
				grace.Until = t.Until
				*t = grace
			})
		}, 0, "not what Bob approved"},
		{"a higher budget", wider(func(t *mandate.Terms) { t.Budget = money.MustParse("9000.00") }), 0, "not what Bob approved"},
		{"more numbers", wider(func(t *mandate.Terms) { t.Numbers = 30 }), 0, "not what Bob approved"},
		{"higher fees", wider(func(t *mandate.Terms) { t.MaxMonthlyFee = money.MustParse("90.00") }), 0, "not what Bob approved"},
		{"other filters", wider(func(t *mandate.Terms) { t.Filter = json.RawMessage(`{"country":"AE"}`) }), 0, "not what Bob approved"},
		{"a later end", wider(func(t *mandate.Terms) { t.Until = t.Until.Add(24 * time.Hour) }), 0, "not what Bob approved"},
		{"less grace", wider(func(t *mandate.Terms) { t.Grace = mandate.MinGrace }), 0, "not what Bob approved"},
		{"another route", wider(func(t *mandate.Terms) { t.Routing["smpp_contact"] = "smpp:mallory" }), 0, "not what Bob approved"},
		{"others use it", wider(func(t *mandate.Terms) { t.IDs = []string{"os:mallory"} }), 0, "not what Bob approved"},
		{"out of thin air", func(v *vault, d *clocked) {
			by := identity.Party{Realm: identity.Web, ID: "Bob", Name: "Bob"}
			v.forgesMandate(d.wants(alice(), ours(nil)).ID, order.Decision{By: by, Person: "Bob", Approve: true, At: v.now(), Strength: identity.Passkey})
		}, 0, "knows no approval of mandate uae"},
		{"with the approval of another", func(v *vault, d *clocked) {
			other := v.gives(d, func(t *mandate.Terms) { t.Name, t.Until = "other", t.Until.Add(time.Hour) })
			v.forgesMandate(d.wants(alice(), ours(nil)).ID, other.Decisions...)
		}, 0, "knows no approval of mandate uae"},
		{"in the order of another", func(v *vault, d *clocked) {
			other := v.gives(d, func(t *mandate.Terms) { t.Name, t.Until = "other", t.Until.Add(time.Hour) })
			v.tampers(other.ID, func(r *order.Record) { r.Quote.Lines[0].Number = "uae" })
			v.widens(other, func(t *mandate.Terms) { t.Name = "uae" })
			v.raw(`UPDATE mandates SET name = 'uae'`)
		}, 0, "not what Bob approved"},
		{"its approval was rejected", func(v *vault, d *clocked) {
			v.rules(approval.Rule{Name: "mandates", Operations: []string{mandate.Operation}, Strength: identity.Passkey, Approvals: 2})
			o := d.wants(alice(), ours(nil))
			v.approves(d.testEngine, "Bob", o.ID)
			was := v.record(o.ID)
			d.decide(shell("bob"), o, false)
			v.rules(approval.Rule{Name: "mandates", Operations: []string{mandate.Operation}, Strength: identity.Passkey})
			v.forgesMandate(o.ID, was.Decisions...)
		}, 0, "does not say that mandate uae was put in force"},
		{"one approval of two", func(v *vault, d *clocked) {
			v.rules(approval.Rule{Name: "mandates", Operations: []string{mandate.Operation}, Strength: identity.Passkey, Approvals: 2})
			o := d.wants(alice(), ours(nil))
			v.approves(d.testEngine, "Bob", o.ID)
			v.forgesMandate(o.ID, v.record(o.ID).Decisions...)
		}, 0, "does not say that mandate uae was put in force"},
		{"the passkey was removed", func(v *vault, d *clocked) {
			v.gives(d, nil)
			v.remove("Bob")
		}, 0, "was removed"},
		{"revoked, and that is forgotten", func(v *vault, d *clocked) {
			v.gives(d, nil)
			v.revokes(v.mandated("b", v.open()))
			v.raw(anew)
		}, 0, "says that mandate uae was revoked"},
		{"revoked, and it is not in the trail", func(v *vault, d *clocked) {
			v.gives(d, nil)
			v.revokes(v.mandated("b", v.open()))
			v.raw(append(v.unlocked(), anew, `DELETE FROM audit WHERE seq = (SELECT MAX(seq) FROM audit)`)...)
		}, 0, "not the one that this program has seen"},
		{"revoked while another had its name", func(v *vault, d *clocked) {
			made := v.gives(d, nil)
			v.raw(`UPDATE mandates SET id = 'm-decoy'`)
			v.revokes(v.mandated("b", v.open()))
			v.raw(anew, `UPDATE mandates SET id = '`+made.Quote.Lines[0].ID+`'`)
		}, 0, "says that mandate uae was revoked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inMandateVaults(t, n, func(v *vault, d *clocked) {
				tt.do(v, d)
				o := v.mandated("user", v.open()).uses(alice(), "9711")
				wantStates(v.t, o, "scheduled: waiting")
				v.wantsBought(o.ID, tt.sends, tt.says)
			})
		})
	}
}

// wantsBought wants so many requests of an order to leave by a process that begins
// now, and else its lines to say why.
func (v *vault) wantsBought(id string, sends int, why string) {
	v.Helper()
	v.mandated("sender", v.open()).Start()
	time.Sleep(10 * time.Minute)
	wantSends(v.t, v.x, "", sends)
	var said []string
	for _, l := range v.record(id).Lines {
		said = append(said, l.Message)
	}
	if got := strings.Join(said, "; "); !strings.Contains(got, why) {
		v.Errorf("the lines say %q, want %q", got, why)
	}
}

// TestAttacksOnUses alters what was bought by a mandate that people gave, or has
// them forgotten.
func TestAttacksOnUses(t *testing.T) {
	t.Parallel()
	revive := func(v *vault, was order.Record) {
		v.tampers(was.ID, func(r *order.Record) {
			rev := r.Rev
			*r = was.Clone()
			r.Rev = rev
		})
	}
	for n, tt := range []struct {
		name  string
		terms func(*mandate.Terms)
		do    func(v *vault, d *clocked) (id string)
		sends int
		says  string
	}{
		{"stopped, and revived", nil, func(v *vault, d *clocked) string {
			o := d.uses(alice(), "9711")
			was := v.record(o.ID)
			if _, err := d.Cancel(context.Background(), o.ID, asks(shell("carol"))); err != nil {
				v.Fatal(err)
			}
			revive(v, was)
			return o.ID
		}, 0, "it ended: taken back"},
		{"sent, and revived", nil, func(v *vault, d *clocked) string {
			o := d.uses(alice(), "9711")
			was := v.record(o.ID)
			v.wantsBought(o.ID, 1, "")
			v.x.set("9711", func(n *number) { n.owner = "" })
			revive(v, was)
			return o.ID
		}, 1, "it ended: done"},
		{"at once", nil, func(v *vault, d *clocked) string {
			o := d.uses(alice(), "9711")
			v.tampers(o.ID, func(r *order.Record) { r.SendAfter = r.Created })
			return o.ID
		}, 0, "gives 1m0s to stop it"},
		{"what does not fit", func(t *mandate.Terms) { t.Filter, t.Words = json.RawMessage(`{"prefix":"44"}`), "prefix 44" }, func(v *vault, d *clocked) string {
			o := d.uses(alice(), "9711")
			v.byMandate(o.ID, nil)
			return o.ID
		}, 0, "is none of prefix 44"},
		{"of who may not", nil, func(v *vault, d *clocked) string {
			o := d.uses(shell("mallory"), "9711")
			v.byMandate(o.ID, nil)
			return o.ID
		}, 0, "for others to use"},
		{"in another's name", nil, func(v *vault, d *clocked) string {
			o := d.uses(shell("mallory"), "9711")
			v.byMandate(o.ID, func(r *order.Record) { r.Requester = identity.Party{Realm: "os", ID: "alice", Name: "Alice"} })
			return o.ID
		}, 0, "knows no approval of it"},
		{"what no mandate was used for", nil, func(v *vault, d *clocked) string {
			d.decide(shell("bob"), d.asked(alice(), "9711"), false)
			o := d.uses(alice(), "9711")
			wantStates(v.t, o, "pending: waiting")
			v.byMandate(o.ID, nil)
			return o.ID
		}, 0, "does not say that mandate uae was used for it"},
		{"what was bought is forgotten", func(t *mandate.Terms) { t.Numbers, t.Budget = 1, money.MustParse("3.00") }, func(v *vault, d *clocked) string {
			v.wantsBought(d.uses(alice(), "9711").ID, 1, "")
			v.raw(`DELETE FROM mandate_uses`)
			return d.uses(alice(), "9712").ID
		}, 1, "by the audit trail, 2 numbers for 6.00 in all are more than it allows"},
		{"it was cheaper", func(t *mandate.Terms) { t.Budget = money.MustParse("5.00") }, func(v *vault, d *clocked) string {
			v.wantsBought(d.uses(alice(), "9711").ID, 1, "")
			v.raw(`UPDATE mandate_uses SET due = '0.01'`)
			return d.uses(alice(), "9712").ID
		}, 1, "by the audit trail, 2 numbers for 6.00 in all are more than it allows"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inMandateVaults(t, n, func(v *vault, d *clocked) {
				v.gives(d, tt.terms)
				v.wantsBought(tt.do(v, d), tt.sends, tt.says)
			})
		})
	}
}

// byMandate makes an order that waits one that the mandate uae decided.
func (v *vault) byMandate(id string, change func(*order.Record)) {
	v.Helper()
	v.tampers(id, func(r *order.Record) {
		r.Phase, r.Decided, r.Day, r.SendAfter = order.PhaseScheduled, v.now(), v.now().UTC().Format(time.DateOnly), v.now()
		r.Mandate.Unfit = nil
		r.Decisions = []order.Decision{{By: identity.Party{Realm: mandate.Realm, ID: r.Mandate.ID, Name: r.Mandate.Name}, Approve: true, At: v.now()}}
		if change != nil {
			change(r)
		}
	})
}

// TestMandateOfBeforeTheRule holds that a mandate which was asked for under a rule
// that wants a passkey is held to it after the rule is gone, and one that a click
// gave is of no use once a rule wants a passkey.
func TestMandateOfBeforeTheRule(t *testing.T) {
	t.Parallel()
	t.Run("the rule is gone", func(t *testing.T) {
		t.Parallel()
		inMandateVaults(t, 1, func(v *vault, d *clocked) {
			made := v.gives(d, nil)
			v.rules()
			v.widens(made, func(t *mandate.Terms) { t.Numbers = 30 })
			v.wantsBought(d.uses(alice(), "9711").ID, 0, "not what Bob approved")
		})
	})
	t.Run("the rule is new", func(t *testing.T) {
		t.Parallel()
		inMandateVaults(t, 1, func(v *vault, d *clocked) {
			v.rules()
			d.given(ours(nil))
			v.rules(approval.Rule{Name: "mandates", Operations: []string{mandate.Operation}, Strength: identity.Passkey})
			v.wantsBought(d.uses(alice(), "9711").ID, 0, "knows no approval of mandate uae")
		})
	})
}
