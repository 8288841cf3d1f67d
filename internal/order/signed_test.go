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
	"didops/internal/mandate"
	"didops/internal/order"
	"didops/internal/receipt"
	"didops/internal/transaction"
)

// TestNoMandateSigns holds that no mandate meets a rule which wants a passkey of
// what is bought, though a passkey approved the mandate: the purchase waits for
// people, and says why.
func TestNoMandateSigns(t *testing.T) {
	t.Parallel()
	inVault(t, func(v *vault) {
		t := v.t
		v.x.offer("9711")
		d := v.mandated("a", v.open())
		wantStates(t, v.approves(d.testEngine, "Bob", d.wants(alice(), ours(nil)).ID), "done: done")
		only := using(alice(), "uae", "9711")
		only.Mandated = true
		_, err := d.Place(t.Context(), only)
		wantFault(t, err, fault.Forbidden, "a mandate signs nothing")
		o := d.uses(alice(), "9711")
		wantStates(t, o, "pending: waiting")
		if all := strings.Join(o.Notices, " "); !strings.Contains(all, "rule “signed” takes a passkey for each purchase, and a mandate signs nothing") {
			t.Errorf("got %q", all)
		}
		d.Start()
		time.Sleep(10 * time.Minute)
		wantSends(t, v.x, "", 0)
		wantStates(t, v.approves(d.testEngine, "Bob", o.ID), "done: done")
		sound(t, v.store)
	})
}

// TestMandatesBesideRulesThatSign holds that a mandate decides where a click is
// enough, though other rules want passkeys, and not any more once they want one of
// what it buys.
func TestMandatesBesideRulesThatSign(t *testing.T) {
	t.Parallel()
	small := approval.Rule{Name: "small", Operations: []string{"did_purchase", mandate.Operation}}
	signed := approval.Rule{Name: "signed", Strength: identity.Passkey}
	for _, then := range []bool{false, true} {
		t.Run(map[bool]string{true: "wanted since", false: "not wanted"}[then], func(t *testing.T) {
			t.Parallel()
			inVault(t, func(v *vault) {
				t := v.t
				v.rules(small, signed)
				v.x.offer("9711")
				d := v.mandated("a", v.open())
				d.given(ours(nil))
				o := d.uses(alice(), "9711")
				wantStates(t, o, "scheduled: waiting")
				want, sends := "done: done", 1
				if then {
					v.rules(signed)
					want, sends = "failed: skipped", 0
				}
				d.Start()
				time.Sleep(10 * time.Minute)
				wantStates(t, d.see(alice(), o), want)
				wantSends(t, v.x, "", sends)
				sound(t, v.store)
			})
		})
	}
}

// TestTheWaitIsNotLifted holds that what rules have wait after its approval waits,
// whatever the store says of when it may be sent.
func TestTheWaitIsNotLifted(t *testing.T) {
	t.Parallel()
	for _, lifted := range []bool{false, true} {
		t.Run(map[bool]string{true: "lifted", false: "as it is"}[lifted], func(t *testing.T) {
			t.Parallel()
			inVault(t, func(v *vault) {
				t := v.t
				v.rules(approval.Rule{Name: "signed", Strength: identity.Passkey, Wait: time.Hour})
				v.x.offer("9711")
				d := v.engine("a")
				o := d.place(alice(), "purchase", "9711")
				time.Sleep(time.Minute + 1234567)
				wantStates(t, v.approves(d, "Bob", o.ID), "scheduled: waiting")
				if lifted {
					v.tampers(o.ID, func(r *order.Record) { r.SendAfter = r.Created })
				}
				s := v.engine("sender")
				s.Start()
				time.Sleep(59 * time.Minute)
				wantSends(t, v.x, "", 0)
				time.Sleep(5 * time.Minute)
				if lifted {
					wantSends(t, v.x, "", 0)
					return
				}
				wantStates(t, d.see(alice(), o), "done: done")
				wantSends(t, v.x, "", 1)
			})
		})
	}
}

// TestEditedAndSigned holds that an order which was made of another is signed
// anew, as it is now, and within what holds at present.
func TestEditedAndSigned(t *testing.T) {
	t.Parallel()
	inVault(t, func(v *vault) {
		t := v.t
		v.x.offer("9711", "9712", "9713")
		d := v.engine("a")
		old := d.place(alice(), "purchase", "9711", "9712", "9713")
		before := v.signed(d, "Bob", old)
		edit := order.EditRequest{Order: old.ID, Remove: []string{"9712"}, By: webOf("Carol")}
		most := usual().MaxNumbersPerOrder
		v.may(func(p *order.Policy) { p.MaxNumbersPerOrder = 1 })
		_, err := d.Edit(t.Context(), edit)
		wantFault(t, err, fault.Forbidden, "1 number")
		wantStates(t, d.see(alice(), old), "pending: waiting waiting waiting")
		v.may(func(p *order.Policy) { p.MaxNumbersPerOrder = most })
		made, err := d.Edit(t.Context(), edit)
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Decide(t.Context(), before)
		wantFault(t, err, fault.Conflict, "replaced")
		before = v.signed(d, "Bob", made)
		before.Assertion.Nonce = v.signs(d, "Bob", made.ID, true).Nonce
		_, err = d.Decide(t.Context(), before)
		wantFault(t, err, fault.Forbidden)
		wantStates(t, v.approves(d, "Bob", made.ID), "done: done done")
		wantSends(t, v.x, "", 2)
		wantSends(t, v.x, "9712", 0)
		sound(t, v.store)
	})
}

// TestEditedWhereAClickIsEnough holds that what was edited is what this program
// was asked for: where rules want passkeys of other orders only, a click has it
// sent.
func TestEditedWhereAClickIsEnough(t *testing.T) {
	t.Parallel()
	inVault(t, func(v *vault) {
		t := v.t
		v.rules(approval.Rule{Name: "small", Operations: []string{"did_purchase"}}, approval.Rule{Name: "signed", Strength: identity.Passkey})
		v.x.offer("9711", "9712")
		d := v.engine("a")
		made, err := d.Edit(t.Context(), order.EditRequest{Order: d.place(alice(), "purchase", "9711", "9712").ID, Remove: []string{"9712"}, By: shell("bob")})
		if err != nil {
			t.Fatal(err)
		}
		wantStates(t, d.approve(shell("bob"), made), "done: done")
		wantSends(t, v.x, "", 1)
	})
}

// TestDrillUnderRulesThatSign holds that everybody answers a drill as they can,
// whatever rules want of orders.
func TestDrillUnderRulesThatSign(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]approval.Rule{
		"a passkey": {Name: "signed", Strength: identity.Passkey},
		"nobody":    {Name: "never", Refuse: true},
		"one":       {Name: "few", Approvers: []approval.Who{{Person: "Alice"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inVault(t, func(v *vault) {
				t := v.t
				v.rules(rule)
				d := v.engine("a")
				o, err := d.Drill(t.Context(), alice(), time.Hour)
				if err != nil {
					t.Fatal(err)
				}
				asked, err := d.Ask(t.Context(), o.ID, shell("bob"))
				if err != nil || len(asked.Order.ApproveAt) < 2 || asked.Order.Rule != "" {
					t.Fatalf("got %+v %v", asked.Order, err)
				}
				d.approve(shell("bob"), o)
				d.approve(webOf("Carol"), o)
				report, err := d.DrillReport(t.Context(), alice())
				if err != nil || len(report.Answered) != 2 {
					t.Errorf("got %+v %v", report.Answered, err)
				}
				sound(t, v.store)
			})
		})
	}
}

// TestReceiptOfWhatWasSigned holds that the receipt of an order proves to others
// which passkeys decided it, and of one that a passkey said no to.
func TestReceiptOfWhatWasSigned(t *testing.T) {
	t.Parallel()
	inVault(t, func(v *vault) {
		t := v.t
		v.rules(approval.Rule{Name: "signed", Approvals: 2, Strength: identity.Passkey})
		v.x.offer("9711", "9712", "9713")
		d := v.engine("a")
		two := d.place(alice(), "purchase", "9711")
		wantStates(t, v.approves(d, "Bob", two.ID), "pending: waiting")
		wantStates(t, v.approves(d, "Carol", two.ID), "done: done")
		no := d.place(alice(), "purchase", "9712")
		if _, err := v.decides(d, "Carol", no.ID, false); err != nil {
			t.Fatal(err)
		}
		old := d.place(alice(), "purchase", "9712", "9713")
		made, err := d.Edit(t.Context(), order.EditRequest{Order: old.ID, Remove: []string{"9712"}, By: webOf("Carol")})
		if err != nil {
			t.Fatal(err)
		}
		v.approves(d, "Bob", made.ID)
		v.approves(d, "Carol", made.ID)
		v.remove("Bob") // what it signed before stays proven
		for _, tt := range []struct {
			id, state string
			people    []string
			sent      int
		}{{two.ID, "done", []string{"Bob", "Carol"}, 1}, {no.ID, "rejected", []string{"Carol"}, 0}, {old.ID, "cancelled", nil, 0}, {made.ID, "done", []string{"Bob", "Carol"}, 1}} {
			text := v.receipt(tt.id)
			found, err := receipt.Verify(text)
			if err != nil || found.State != tt.state || found.Sent != tt.sent || len(found.Decisions) != len(tt.people) {
				t.Fatalf("got %+v %v, want %+v", found, err, tt)
			}
			for i, person := range tt.people {
				if got := found.Decisions[i]; got.Person != person || got.Credential == "" || got.Strength != identity.Passkey.String() {
					t.Errorf("got %+v, want the passkey of %s", got, person)
				}
			}
			if forged := strings.Replace(string(text), `\"state\":\"`+tt.state, `\"state\":\"other`, 1); forged == string(text) {
				t.Errorf("the receipt of %s does not say %s", tt.id, tt.state)
			} else if _, err := receipt.Verify([]byte(forged)); err == nil {
				t.Error("an altered receipt was accepted")
			}
		}
	})
}

// receipt returns the receipt of an order, as a file.
func (v *vault) receipt(id string) []byte {
	v.Helper()
	kept := v.store.(interface {
		Receipts() transaction.Reader[receipt.Tx]
	})
	maker := receipt.Maker{Store: kept.Receipts(), Log: audit.Log{Store: v.store.Audit(), Keys: &audit.Keyring{Key: v.key}}, Certified: v.service.Certificate}
	r, err := maker.Make(context.Background(), id)
	if err != nil {
		v.Fatal(err)
	}
	text, err := r.MarshalFile()
	if err != nil {
		v.Fatal(err)
	}
	return text
}
