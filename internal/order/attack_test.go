package order_test

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"didops/internal/approval"
	"didops/internal/audit"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/passkey"
	"didops/internal/proof"
)

// The attacker of these tests writes whatever he likes into the store and knows
// its key; what he lacks is the file with the key of the log, and people's
// passkeys.

// sends what is planned, by a process that is started after the attack, and wants
// nothing to have left.
func (v *vault) sendsNothing(id, why string) {
	v.Helper()
	v.passes(v.engine("sender"))
	if n := len(v.x.sentOf("")); n > 0 {
		v.Errorf("%d requests left, want none", n)
	}
	r := v.record(id)
	var said []string
	for _, l := range r.Lines {
		if l.State == order.LineWaiting && r.Phase == order.PhaseScheduled || l.State == order.LineDone || l.State == order.LineSending {
			v.Errorf("a line is %s, of an order that is %s", l.State, r.State())
		}
		said = append(said, l.Message)
	}
	if got := strings.Join(said, "; "); why != "" && !strings.Contains(got, why) {
		v.Errorf("the lines say %q, want %q", got, why)
	}
	if refused := v.trail(order.NotAsApproved); why != "" && len(refused) != len(r.Lines) {
		v.Errorf("the trail has %d entries of it, want %d", len(refused), len(r.Lines))
	}
}

// TestPlannedAndSigned is the control: without an attack what a passkey approved
// is sent when it is due, by another process.
func TestPlannedAndSigned(t *testing.T) {
	t.Parallel()
	inVaults(t, 0, func(v *vault) {
		d := v.engine("a")
		o := v.plan(d, "9711", "9712")
		wantStates(v.t, v.approves(d, "Bob", o.ID), "scheduled: waiting waiting")
		v.passes(v.engine("sender"))
		wantSends(v.t, v.x, "", 2)
		wantStates(v.t, d.see(alice(), o), "done: done done")
		sound(v.t, v.store)
	})
}

// TestAttacksOnAnApprovedOrder alters what was approved, between the approval and
// the send.
func TestAttacksOnAnApprovedOrder(t *testing.T) {
	t.Parallel()
	line := func(change func(l *order.Line)) func(*vault, string) {
		return func(v *vault, id string) {
			v.tampers(id, func(r *order.Record) { change(&r.Quote.Lines[0]) })
		}
	}
	record := func(change func(r *order.Record)) func(*vault, string) {
		return func(v *vault, id string) { v.Helper(); v.tampers(id, change) }
	}
	for n, tt := range []struct {
		name string
		do   func(v *vault, id string)
		says string // "" = that it is not sent is enough
	}{
		{"another number", line(func(l *order.Line) { l.Number, l.ID = "9713", "" }), ""},
		{"another id", line(func(l *order.Line) { l.ID += "0" }), ""},
		{"another country", line(func(l *order.Line) { l.Country = "US" }), "not what Bob approved"},
		{"a lower fee", line(func(l *order.Line) { l.MonthlyFee = money.MustParse("0.01") }), "not what Bob approved"},
		{"a higher fee", line(func(l *order.Line) { l.DueNow = money.MustParse("99.00") }), "not what Bob approved"},
		{"another fact", line(func(l *order.Line) { l.Facts = nil }), ""},
		{"another route", line(func(l *order.Line) { l.Terms = append(l.Terms, order.Fact{Name: "contact", Value: "sip:mallory"}) }), "not what Bob approved"},
		{"a route whose secret is masked", line(func(l *order.Line) {
			l.Terms = append(l.Terms, order.Fact{Name: "smpp", Value: "smpp:a:other@b", Shown: "smpp:a:***@b"})
		}), "not what Bob approved"},
		{"earlier", line(func(l *order.Line) { l.Send.From = l.Send.From.Add(-30 * time.Minute) }), "not what Bob approved"},
		{"one line more", record(func(r *order.Record) {
			l := r.Quote.Lines[0]
			l.Number = "9713"
			r.Quote.Lines, r.Lines = append(r.Quote.Lines, l), append(r.Lines, order.LineRecord{State: order.LineWaiting})
		}), ""},
		{"another requester", record(func(r *order.Record) { r.Requester.ID, r.Requester.Name = "mallory", "Mallory" }), "not what Bob approved"},
		{"another reason", record(func(r *order.Record) { r.Reason = "because" }), "not what Bob approved"},
		{"another operation", record(func(r *order.Record) { r.Tool, r.Kind = "did_update", "update" }), "not what Bob approved"},
		{"another currency", record(func(r *order.Record) { r.Currency = "EUR" }), "not what Bob approved"},
		{"a later end", record(func(r *order.Record) { r.Expires = r.Expires.Add(time.Hour) }), "not what Bob approved"},
		{"another salt", record(func(r *order.Record) { r.Salt[0]++ }), "not what Bob approved"},
		{"fewer needs", record(func(r *order.Record) { r.Asked.Needed, r.Asked.RequesterMayApprove = 0, !r.Asked.RequesterMayApprove }), "not what Bob approved"},
		{"no signature", record(func(r *order.Record) { r.Decisions[0].Assertion = nil }), "0 of 1 approval"},
		{"a strength that is said", record(func(r *order.Record) {
			r.Decisions[0].Assertion, r.Decisions[0].Strength = nil, identity.Passkey
		}), "0 of 1 approval"},
		{"no decision", record(func(r *order.Record) { r.Decisions = nil }), "0 of 1 approval"},
		{"another approver", record(func(r *order.Record) { r.Decisions[0].Person, r.Decisions[0].By.ID = "Carol", "Carol" }), "not what Carol approved"},
		{"an altered signature", record(func(r *order.Record) { r.Decisions[0].Assertion.Signature[9] ^= 1 }), "signature does not hold"},
		{"another nonce", record(func(r *order.Record) { r.Decisions[0].Assertion.Nonce[9] ^= 1 }), "not what Bob approved"},
		{"another challenge", record(func(r *order.Record) { r.Decisions[0].Assertion.Challenge[9] ^= 1 }), "not what Bob approved"},
		{"a rejection as approval", record(func(r *order.Record) { r.Decisions[0].Approve = false }), "0 of 1 approval"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inVaults(t, n, func(v *vault) {
				v.renews(lead+time.Hour, "9713")
				d := v.engine("a")
				o := v.plan(d, "9711")
				wantStates(v.t, v.approves(d, "Bob", o.ID), "scheduled: waiting")
				tt.do(v, o.ID)
				v.sendsNothing(o.ID, tt.says)
			})
		})
	}
}

// TestAttacksOnPasskeys alters what passkeys are in the store.
func TestAttacksOnPasskeys(t *testing.T) {
	t.Parallel()
	for n, tt := range []struct {
		name string
		do   func(v *vault, d *testEngine, id string)
		says string
	}{
		{"removed", func(v *vault, _ *testEngine, _ string) { v.remove("Bob") }, "was removed"},
		{"removed and put back", func(v *vault, _ *testEngine, _ string) {
			was := v.steals()
			v.remove("Bob")
			v.puts(was, "passkeys")
		}, "was removed"},
		{"the certificate is gone", func(v *vault, _ *testEngine, _ string) { v.raw(`UPDATE passkeys SET certificate = ''`) }, "not certified"},
		{"the key is another's", func(v *vault, _ *testEngine, _ string) {
			v.raw(`UPDATE passkeys SET public_key = (SELECT public_key FROM passkeys p WHERE p.person <> passkeys.person)`)
		}, "not certified"},
		{"the certificate is another's", func(v *vault, _ *testEngine, _ string) {
			v.raw(`UPDATE passkeys SET certificate = (SELECT certificate FROM passkeys p WHERE p.person <> passkeys.person)`)
		}, "not certified"},
		{"an entry of before", func(v *vault, _ *testEngine, _ string) { v.raw(`UPDATE passkeys SET entry_seq = entry_seq - 1`) }, "not certified"},
		{"made for another page", func(v *vault, _ *testEngine, _ string) { v.raw(`UPDATE passkeys SET origin = 'https://evil.example'`) }, "not certified"},
		{"all are gone", func(v *vault, _ *testEngine, _ string) { v.raw(`DELETE FROM passkeys`) }, "not known"},
		{"signed by a key of his own", func(v *vault, d *testEngine, id string) {
			// A certificate of another key of a log, and a passkey of his own.
			fake, _, err := proof.NewSigner(v.key.Origin())
			if err != nil {
				v.Fatal(err)
			}
			own, seen := v.service, v.seen
			v.seen = ""
			v.service = v.verifier(fake)
			v.unknowing(func() { v.devices["Bob"] = v.enrol("Bob") })
			v.service, v.seen = own, seen
			v.forges(d, id, "Bob")
		}, "not certified"},
		{"another person's, renamed", func(v *vault, d *testEngine, id string) {
			v.raw(`UPDATE passkeys SET person = 'Bob' WHERE person = 'Carol'`)
			v.devices["Bob"] = v.devices["Carol"]
			v.forges(d, id, "Bob")
		}, "not certified"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inVaults(t, n, func(v *vault) {
				d := v.engine("a")
				o := v.plan(d, "9711")
				wantStates(v.t, v.approves(d, "Bob", o.ID), "scheduled: waiting")
				tt.do(v, d, o.ID)
				if _, err := os.Stat(v.seen); err != nil {
					v.Fatal(err)
				}
				v.sendsNothing(o.ID, tt.says)
			})
		})
	}
}

// forges puts in the place of an order's signature one by a device of his own.
func (v *vault) forges(d *testEngine, id, person string) {
	v.Helper()
	r := v.record(id)
	a := *r.Decisions[0].Assertion
	answer, err := v.devices[person].Sign(a.Challenge.String())
	if err != nil {
		v.Fatal(err)
	}
	made, err := order.ParseAssertion(a.Nonce.String(), answer)
	if err != nil {
		v.Fatal(err)
	}
	v.tampers(id, func(r *order.Record) { r.Decisions[0].Assertion = made })
}

// TestAttacksWithSignaturesOfOthers moves what was signed for one order to another.
func TestAttacksWithSignaturesOfOthers(t *testing.T) {
	t.Parallel()
	for n, tt := range []struct {
		name string
		do   func(v *vault, victim, other order.Record) // other was approved by Carol, victim by nobody
	}{
		{"a decision is forged", func(v *vault, victim, _ order.Record) {
			v.plans(victim.ID, order.Decision{By: partyOf("Bob"), Person: "Bob", Approve: true, Strength: identity.Passkey})
		}},
		{"a decision is copied", func(v *vault, victim, other order.Record) { v.plans(victim.ID, other.Decisions[0]) }},
		{"a decision is copied under another name", func(v *vault, victim, other order.Record) {
			d := other.Decisions[0]
			d.Person, d.By = "Bob", partyOf("Bob")
			v.plans(victim.ID, d)
		}},
		{"an order is written over another", func(v *vault, victim, other order.Record) {
			v.tampers(victim.ID, func(r *order.Record) {
				id, rev := r.ID, r.Rev
				*r = other.Clone()
				r.ID, r.Rev = id, rev
				r.Quote.Lines[0].Number, r.Quote.Lines[0].ID = victim.Quote.Lines[0].Number, victim.Quote.Lines[0].ID
			})
		}},
		{"two persons' signatures are swapped", func(v *vault, victim, other order.Record) {
			first, second := other.Decisions[0], other.Decisions[0]
			second.Person, second.By = "Bob", partyOf("Bob")
			v.plans(victim.ID, second, first)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inVaults(t, n, func(v *vault) {
				d := v.engine("a")
				other := v.plan(d, "9712")
				wantStates(v.t, v.approves(d, "Carol", other.ID), "scheduled: waiting")
				victim := v.plan(d, "9711")
				tt.do(v, v.record(victim.ID), v.record(other.ID))
				v.passes(v.engine("sender"))
				wantSends(v.t, v.x, "9711", 0)
				wantSends(v.t, v.x, "9712", 1)
			})
		})
	}
}

// plans makes an order one that was approved by these decisions.
func (v *vault) plans(id string, decisions ...order.Decision) {
	v.Helper()
	v.tampers(id, func(r *order.Record) {
		for i := range decisions {
			decisions[i].At = v.now()
		}
		r.Phase, r.Decisions, r.Decided, r.Day = order.PhaseScheduled, decisions, v.now(), v.now().UTC().Format(time.DateOnly)
	})
}

func partyOf(person string) identity.Party {
	return identity.Party{Realm: identity.Web, ID: person, Name: person}
}

// TestOnePersonIsNotTwo holds that a second approval, which was forged or is the
// same person's, makes no two, when somebody else gives the last one.
func TestOnePersonIsNotTwo(t *testing.T) {
	t.Parallel()
	for n, tt := range []struct {
		name string
		do   func(r *order.Record)
	}{
		{"forged", func(r *order.Record) {
			r.Decisions = append(r.Decisions, order.Decision{By: partyOf("Carol"), Person: "Carol", Approve: true, Strength: identity.Passkey})
		}},
		{"copied", func(r *order.Record) {
			d := r.Decisions[0]
			d.By, d.Person = partyOf("Carol"), "Carol"
			r.Decisions = append(r.Decisions, d)
		}},
		{"the same again", func(r *order.Record) { r.Decisions = append(r.Decisions, r.Decisions[0]) }},
		{"fewer are needed", func(r *order.Record) { r.Asked.Needed, r.Asked.Needs = 1, nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inVaults(t, n, func(v *vault) {
				v.rules(approval.Rule{Name: "two", Strength: identity.Passkey, Approvals: 2})
				v.may(func(p *order.Policy) { p.Needed = 2 })
				d := v.engine("a")
				o := v.plan(d, "9711")
				wantStates(v.t, v.approves(d, "Bob", o.ID), "pending: waiting")
				v.tampers(o.ID, func(r *order.Record) {
					tt.do(r)
					r.Phase, r.Decided, r.Day = order.PhaseScheduled, v.now(), v.now().UTC().Format(time.DateOnly)
				})
				v.sendsNothing(o.ID, "")
			})
		})
	}
}

// TestAttacksOnWhatHappened puts an order back to what it was before it was sent,
// taken back or rejected.
func TestAttacksOnWhatHappened(t *testing.T) {
	t.Parallel()
	revive := func(v *vault, was order.Record) {
		v.tampers(was.ID, func(r *order.Record) {
			rev := r.Rev
			*r = was.Clone()
			r.Rev = rev
		})
	}
	t.Run("sent", func(t *testing.T) {
		t.Parallel()
		inVaults(t, 0, func(v *vault) {
			d := v.engine("a")
			o := v.plan(d, "9711")
			v.approves(d, "Bob", o.ID)
			was := v.record(o.ID)
			v.passes(v.engine("sender"))
			wantSends(v.t, v.x, "9711", 1)
			// It is ours again, and renews.
			v.renews(lead+time.Hour, "9711")
			revive(v, was)
			v.passes(v.engine("another"))
			wantSends(v.t, v.x, "9711", 1)
		})
	})
	t.Run("taken back", func(t *testing.T) {
		t.Parallel()
		inVaults(t, 1, func(v *vault) {
			d := v.engine("a")
			o := v.plan(d, "9711")
			v.approves(d, "Bob", o.ID)
			was := v.record(o.ID)
			if _, err := d.Cancel(context.Background(), o.ID, alice()); err != nil {
				v.Fatal(err)
			}
			revive(v, was)
			v.sendsNothing(o.ID, "taken back")
		})
	})
	t.Run("rejected", func(t *testing.T) {
		t.Parallel()
		inVaults(t, 2, func(v *vault) {
			v.rules(approval.Rule{Name: "two", Strength: identity.Passkey, Approvals: 2})
			v.may(func(p *order.Policy) { p.Needed = 2 })
			d := v.engine("a")
			o := v.plan(d, "9711")
			v.approves(d, "Bob", o.ID)
			was := v.record(o.ID)
			d.decide(shell("alice"), o, false)
			revive(v, was)
			v.approves(d, "Carol", o.ID) // who does not know that it was rejected
			v.sendsNothing(o.ID, "rejected")
		})
	})
}

// TestAttacksOnTheTrail deletes and rewrites the trail, and puts a whole store of
// before back.
func TestAttacksOnTheTrail(t *testing.T) {
	t.Parallel()
	for n, tt := range []struct {
		name string
		do   func(v *vault)
		says string
	}{
		{"the last entry is cut off", func(v *vault) {
			v.raw(append(v.unlocked(), `DELETE FROM audit WHERE seq = (SELECT MAX(seq) FROM audit)`)...)
		}, "not the one that this program has seen"},
		{"all of it", func(v *vault) { v.raw(append(v.unlocked(), `DELETE FROM audit`)...) }, "not the one that this program has seen"},
		{"written anew", func(v *vault) { v.rewrites() }, "not the one that this program has seen"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inVaults(t, n, func(v *vault) {
				d := v.engine("a")
				o := v.plan(d, "9711")
				v.approves(d, "Bob", o.ID)
				tt.do(v)
				v.passes(v.engine("sender"))
				wantSends(v.t, v.x, "", 0)
				if got := v.record(o.ID).Lines[0].Message; !strings.Contains(got, tt.says) {
					v.Errorf("the line says %q, want %q", got, tt.says)
				}
			})
		})
	}
}

// TestAnOldStore holds that a store of before which is put back whole brings no
// removed passkey back.
func TestAnOldStore(t *testing.T) {
	t.Parallel()
	inVaults(t, 0, func(v *vault) {
		d := v.engine("a")
		o := v.plan(d, "9711")
		v.approves(d, "Bob", o.ID)
		was := v.steals()
		v.remove("Bob")
		v.puts(was, "passkeys", "audit")
		v.sendsNothingOfAnOldStore(o.ID)
	})
}

func (v *vault) sendsNothingOfAnOldStore(id string) {
	v.Helper()
	v.passes(v.engine("sender"))
	wantSends(v.t, v.x, "", 0)
	if got := v.record(id).Lines[0].Message; !strings.Contains(got, "older store") {
		v.Errorf("the line says %q", got)
	}
}

// unknowing does something while the store knows no key of the log.
func (v *vault) unknowing(do func()) {
	v.Helper()
	v.raw(`CREATE TABLE known AS SELECT * FROM meta WHERE name = 'log'`, `DELETE FROM meta WHERE name = 'log'`)
	do()
	v.raw(`DELETE FROM meta WHERE name = 'log'`, `INSERT INTO meta SELECT * FROM known`, `DROP TABLE known`)
}

// rewrites writes the whole trail anew, as a chain that holds.
func (v *vault) rewrites() {
	v.Helper()
	var entries []audit.Entry
	err := v.store.Audit().Read(context.Background(), func(tx audit.Tx) error {
		_, err := audit.Verify(tx, "", func(_ audit.Kept, e audit.Entry) { entries = append(entries, e) })
		return err
	})
	if err != nil {
		v.Fatal(err)
	}
	list, prev := append(v.unlocked(), `DELETE FROM audit`), ""
	for _, e := range entries {
		e.Prev, e.Result = prev, e.Result+" "
		text, hash, err := e.Seal()
		if err != nil {
			v.Fatal(err)
		}
		prev = hash
		list = append(list, "INSERT INTO audit (seq, entry, hash) VALUES ("+strconv.FormatInt(e.Seq, 10)+", '"+strings.ReplaceAll(text, "'", "''")+"', '"+hash+"')")
	}
	v.raw(list...)
}

// TestAlteredWhileItIsSent alters an order before it is read to be sent, and puts it
// right before the check.
func TestAlteredWhileItIsSent(t *testing.T) {
	t.Parallel()
	inVaults(t, 0, func(v *vault) {
		d := v.engine("a")
		o := v.plan(d, "9711")
		v.approves(d, "Bob", o.ID)
		was := v.record(o.ID)
		v.tampers(o.ID, func(r *order.Record) {
			r.Quote.Lines[0].Terms = append(r.Quote.Lines[0].Terms, order.Fact{Name: "contact", Value: "sip:mallory"})
		})
		usual := v.alter
		v.alter = func(c *order.Config) {
			usual(c)
			for _, h := range c.Handlers {
				requote := h.Requote
				h.Requote = func(ctx context.Context, l order.Line) (order.Line, error) {
					v.tampers(o.ID, func(r *order.Record) { r.Quote = was.Quote }) //nolint:contextcheck // what somebody else does
					return requote(ctx, l)
				}
			}
		}
		v.sendsNothing(o.ID, "altered while it was being sent")
	})
}

// TestForgedRequests makes orders that nobody asked for, and gives others to
// somebody for whom a click is enough.
func TestForgedRequests(t *testing.T) {
	t.Parallel()
	click := func(r *order.Record, at time.Time) {
		r.Phase, r.Decided, r.Day = order.PhaseScheduled, at, at.UTC().Format(time.DateOnly)
		r.Decisions = []order.Decision{{By: identity.Party{Realm: identity.OS, ID: "bob", Name: "Bob"}, Person: "Bob", Approve: true, At: at, Strength: identity.Click}}
	}
	for n, tt := range []struct {
		name  string
		do    func(v *vault, asked, own order.Record) // asked needs a passkey; own needs a click, and has it
		sends int
	}{
		{"nothing", func(*vault, order.Record, order.Record) {}, 1},
		{"a click where a passkey is needed", func(v *vault, asked, _ order.Record) {
			v.tampers(asked.ID, func(r *order.Record) { click(r, v.now()) })
		}, 1},
		{"asked for by somebody else", func(v *vault, asked, own order.Record) {
			v.tampers(asked.ID, func(r *order.Record) { r.Requester = own.Requester; click(r, v.now()) })
		}, 1},
		{"with the word of another order", func(v *vault, asked, own order.Record) {
			v.tampers(asked.ID, func(r *order.Record) { r.Requester, r.Attest = own.Requester, own.Attest; click(r, v.now()) })
		}, 1},
		{"another number in an order of his", func(v *vault, _, own order.Record) {
			v.tampers(own.ID, func(r *order.Record) {
				r.Quote.Lines[0].Terms = append(r.Quote.Lines[0].Terms, order.Fact{Name: "contact", Value: "x"})
			})
		}, 0},
		{"without a word", func(v *vault, _, own order.Record) { v.tampers(own.ID, func(r *order.Record) { r.Attest = "" }) }, 0},
		{"out of thin air", func(v *vault, asked, own order.Record) {
			v.makes(asked.ID, func(r *order.Record) { r.ID, r.Requester = "o-forged", own.Requester; click(r, v.now()) })
		}, 1},
		{"one that is over, anew", func(v *vault, asked, own order.Record) {
			v.tampers(asked.ID, func(r *order.Record) { r.Phase = order.PhaseRejected })
			v.makes(own.ID, func(r *order.Record) {
				r.ID = "o-copied"
				r.Quote.Lines[0].Number, r.Quote.Lines[0].ID = asked.Quote.Lines[0].Number, asked.Quote.Lines[0].ID
			})
		}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inVaults(t, n, func(v *vault) {
				v.rules(approval.Rule{Name: "Carol's own", Requesters: []approval.Who{{Person: "Carol"}}}, approval.Rule{Name: "signed", Strength: identity.Passkey})
				d := v.engine("a")
				asked := v.plan(d, "9711")
				v.renews(lead+time.Hour, "9712")
				own, err := d.Place(context.Background(), later(shell("carol"), "9712"))
				if err != nil {
					v.Fatal(err)
				}
				wantStates(v.t, d.approve(shell("bob"), own), "scheduled: waiting")
				tt.do(v, v.record(asked.ID), v.record(own.ID))
				v.passes(v.engine("sender"))
				wantSends(v.t, v.x, "9711", 0)
				wantSends(v.t, v.x, "9712", tt.sends)
			})
		})
	}
}

// makes adds an order that is made of another, which it takes the place of.
func (v *vault) makes(id string, change func(r *order.Record)) {
	v.Helper()
	err := v.store.Orders().Write(context.Background(), func(tx order.Tx) error {
		r, err := tx.Order(id)
		if err != nil {
			return err
		}
		made := r.Clone()
		change(&made)
		if made, err = order.Reseal(tx, made); err != nil {
			return err
		}
		if r.Phase == order.PhasePending { // its number is free for another
			r.Phase = order.PhaseRejected
			if err := tx.Save(r); err != nil {
				return err
			}
		}
		made.Rev = 0
		return tx.Insert(made)
	})
	if err != nil {
		v.Fatalf("make: %v", err)
	}
}

// TestTermsBindWhatIsMasked holds that a secret which nobody is shown is bound as
// well.
func TestTermsBindWhatIsMasked(t *testing.T) {
	t.Parallel()
	of := func(secret string) string {
		r := order.Record{ID: "o-1", Quote: order.Quote{Lines: []order.Line{{Number: "9711", Terms: []order.Fact{{Name: "smpp", Value: secret, Shown: "smpp:***"}}}}}}
		r, err := order.Reseal(keyed{}, r)
		if err != nil {
			t.Fatal(err)
		}
		hash, err := order.TermsHash(r)
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	if of("smpp:one") == of("smpp:two") {
		t.Error("two secrets make the same terms")
	}
}

type keyed struct{}

func (keyed) Key() ([]byte, error) { return []byte("key"), nil }

// TestForgedInvitations holds that whoever can write the store can't invite
// himself.
func TestForgedInvitations(t *testing.T) {
	t.Parallel()
	inVaults(t, 0, func(v *vault) {
		fake, _, err := proof.NewSigner(v.key.Origin())
		if err != nil {
			v.Fatal(err)
		}
		var token string
		v.unknowing(func() { token, _, err = v.verifier(fake).Invite(context.Background(), "Bob", audit.Actor{}) })
		if err != nil {
			v.Fatal(err)
		}
		if _, err := v.service.BeginEnrol(context.Background(), token); err == nil {
			v.Error("he is invited")
		}
		good, _, err := v.service.Invite(context.Background(), "Carol", audit.Actor{})
		if err != nil {
			v.Fatal(err)
		}
		for _, change := range []string{`person = 'Bob'`, `expires_us = expires_us + 1`} {
			v.raw(`UPDATE passkey_ceremonies SET ` + change)
			if _, err := v.service.BeginEnrol(context.Background(), good); err == nil {
				v.Errorf("an invitation counts with %s", change)
			}
		}
	})
}

var _ order.Passkeys = (*passkey.Service)(nil)
