package order

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"didops/internal/approval"
	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/passkey"
	"didops/internal/proof"
)

// signedFor is for how long after an order's expiry what passkeys signed for it
// is of use at most: scheduled lines are sent later.
const signedFor = 395 * 24 * time.Hour

// notAsApproved is the event of a line that is not sent because the store does
// not prove its approval.
const notAsApproved = "not as approved"

// asApproved reports, right before a line is sent, that the approval which the
// rules want of its order is not proved. Nothing in the store is believed for
// it: neither the order, which passkeys signed as it is about to be sent, nor
// what it needs, which the present rules say again, nor the passkeys, which the
// key of the log certifies, nor the trail, which must go on from what this
// program has seen of it. It must be called before the transaction adds to the
// trail.
func (c *carrying) asApproved(tx Tx, r Record) error {
	policy := c.Policy()
	if !policy.signs() && r.strength() < identity.Passkey {
		return nil
	}
	err := c.unaltered(tx, r)
	if err == nil && policy.clicks(r) {
		if is, failed := c.attested(tx, r); is || failed != nil {
			return failed // what it needs is what was asked, and that is no passkey
		}
	}
	if err == nil {
		err = c.untouched(tx, r, c.n)
	}
	if err == nil {
		err = c.proved(tx, r, policy)
	}
	if err != nil {
		if fault.CodeOf(err) != fault.Forbidden {
			return err
		}
		return &barredError{because: err, event: notAsApproved, state: LineSkipped}
	}
	return nil
}

// unaltered reports that what is about to be sent, which was read before, is not
// what the order says now.
func (c *carrying) unaltered(tx Tx, r Record) error {
	is, err := c.r.seal(tx)
	if err == nil && is != r.Hash {
		err = fault.New(fault.Forbidden, "it was altered while it was being sent")
	}
	return err
}

// clicks reports whether an order needs no passkey.
func (p Policy) clicks(r Record) bool { return p.needs(r).Strength < identity.Passkey }

// unsent reports why no line of an order is sent, as things stand: Forbidden.
func (e *Engine) unsent(tx Tx, policy Policy, r Record) error {
	if policy.clicks(r) {
		if is, err := e.attested(tx, r); is || err != nil {
			return err
		}
	}
	return e.proved(tx, r, policy)
}

// untouched reports that the trail says of line n of an order otherwise than that
// it may be sent now: Forbidden.
func (e *Engine) untouched(tx Tx, r Record, n int) error {
	if e.Passkeys == nil {
		return nil // which is told as what is not proved
	}
	done, err := e.Passkeys.Seen(tx, r.ID)
	if err != nil {
		return err
	}
	line := done.Lines[shown(r.Quote.Lines[n].Number)]
	switch {
	case done.Ended != "":
		return fault.New(fault.Forbidden, "the audit trail says that it ended: %s", done.Ended)
	case line.Sent != r.Lines[n].Tries, line.State != "" && line.State != string(LineWaiting):
		return fault.New(fault.Forbidden, "the audit trail says that it was sent already")
	case e.now().Before(done.Approved.Truncate(time.Second).Add(r.Asked.needs().Wait)): // what it was asked under is signed
		return fault.New(fault.Forbidden, "the audit trail says that it was approved at %s, and it has to wait longer", e.moment(done.Approved))
	}
	return nil
}

// doings returns what the trail says of an order that passkeys have to prove.
func (e *Engine) doings(tx Tx, r Record) (passkey.Doings, error) {
	if e.Passkeys == nil {
		return passkey.Doings{}, fault.New(fault.Forbidden, "it needs a passkey, and this didops can't verify any").WithField("web.url")
	}
	if !e.now().Before(r.Expires.Add(signedFor)) {
		return passkey.Doings{}, fault.New(fault.Forbidden, "what was signed for it is too old")
	}
	return e.Passkeys.Seen(tx, r.ID)
}

// proved reports why passkeys have not approved an order as it is: Forbidden.
func (e *Engine) proved(tx Tx, r Record, policy Policy) error {
	done, err := e.doings(tx, r)
	if err == nil && !done.Known {
		err = fault.New(fault.Forbidden, "the audit trail knows no approval of it by a passkey")
	}
	if err != nil {
		return err
	}
	return e.signedEnough(tx, r, policy)
}

// signedEnough reports why what passkeys signed of an order as it is does not come
// to what it needs: Forbidden.
func (e *Engine) signedEnough(tx Tx, r Record, policy Policy) error {
	needs := policy.needs(r)
	approvals, bad, err := e.approvals(tx, r)
	if err != nil {
		return err
	}
	verdict := needs.Judge(policy.counting(r, approvals, needs), approval.Request{Person: policy.person(r.Requester), At: r.Created}, policy.People)
	if most := policy.strict(r).Needed; verdict.Enough() && verdict.Given >= most {
		return e.asAsked(tx, r)
	} else if verdict.Enough() {
		verdict.Needed = most
	}
	if bad != nil {
		return bad
	}
	return fault.New(fault.Forbidden, "passkeys have given %s", verdict)
}

// approvals returns those of an order that a passkey signed as the order is, each
// of another person, and why the first that does not hold does not. The error is that
// this can't be told.
func (e *Engine) approvals(tx Tx, r Record) (list []approval.Approval, bad, err error) {
	for _, d := range r.Decisions {
		if !d.Approve || d.Assertion == nil {
			continue
		}
		if err := e.signedAs(tx, r, d); fault.CodeOf(err) == fault.Forbidden {
			bad = cmp.Or(bad, err)
			continue
		} else if err != nil {
			return nil, nil, err
		}
		if !slices.ContainsFunc(list, func(a approval.Approval) bool { return a.Person == d.Person }) {
			list = append(list, approval.Approval{Person: d.Person, Realm: identity.Web, At: d.At, Strength: identity.Passkey})
		}
	}
	return list, bad, nil
}

// signedAs reports why a decision is not one that a passkey of its person signed
// about the order as it is, or was not taken by this program when it says.
func (e *Engine) signedAs(tx Tx, r Record, d Decision) error {
	challenge, err := r.challenge(d.Approve, d.Person, d.Assertion.Nonce)
	if err != nil {
		return err
	}
	if !bytes.Equal(challenge, d.Assertion.Challenge) {
		return fault.New(fault.Forbidden, "it is not what %s approved", d.Person)
	}
	text, err := r.taken(d)
	if err != nil {
		return err
	}
	if is, err := e.Passkeys.Attested(tx, r.ID, text, d.Attest); err != nil {
		return err
	} else if !is {
		return fault.New(fault.Forbidden, "it is not proved when %s approved it, nor that it counted then", d.Person)
	}
	return e.Passkeys.Recheck(tx, d.Person, challenge, *d.Assertion)
}

// counting leaves out what of the approvals is of who asked for it, where that
// does not count.
func (p Policy) counting(r Record, list []approval.Approval, needs approval.Needs) []approval.Approval {
	if needs.RequesterCounts {
		return list
	}
	return slices.DeleteFunc(list, func(a approval.Approval) bool { return p.wantedBy(r, a.Person) })
}

// signs reports whether any rule wants passkeys.
func (p Policy) signs() bool {
	return p.Rules != nil && slices.ContainsFunc(p.Rules.Needs(), func(n approval.Needs) bool { return n.Strength >= identity.Passkey })
}

// strength is that of approvals which an order was asked under.
func (r Record) strength() identity.Strength {
	if r.Asked.Needs == nil {
		return 0
	}
	return r.Asked.Needs.Strength
}

// attest signs, where there are passkeys, that this program was asked for the
// order as it is: by whom, for what, under which rules.
func (e *Engine) attest(tx Tx, r Record) (Record, error) {
	if e.Passkeys == nil {
		return r, nil
	}
	text, err := r.request()
	if err == nil {
		r.Attest, err = e.Passkeys.Attest(tx, text)
	}
	return r, err
}

// attested reports whether this program, or another with the same key, was asked
// for the order as it is. The error is that this can't be told, as where the key is
// not there.
func (e *Engine) attested(tx Tx, r Record) (bool, error) {
	if e.Passkeys == nil || r.Attest == "" {
		return false, nil
	}
	text, err := r.request()
	if err != nil {
		return false, err
	}
	return e.Passkeys.Attested(tx, r.ID, text, r.Attest)
}

// asAsked reports an order that this program was not asked for as it is.
func (e *Engine) asAsked(tx Tx, r Record) error {
	if is, err := e.attested(tx, r); is || err != nil {
		return err
	}
	return fault.New(fault.Forbidden, "it is not proved that this didops was asked for it as it is").
		WithHint("it was altered, or asked for before passkeys were set up or the key of the log was changed: take it back or reject it, and have it asked for again")
}

// provable reports an order that can't be sent whoever approves it, as rules that
// want passkeys are by now.
func (e *Engine) provable(tx Tx, p Policy, r Record) error {
	if e.Passkeys == nil || r.drill() || !p.signs() && r.strength() < identity.Passkey {
		return nil
	}
	return e.asAsked(tx, r)
}

// taken is what this program signs of a decision by passkey that it takes: when,
// and by whom through what, since the signature of a passkey says neither.
func (r Record) taken(d Decision) (string, error) {
	text, err := proof.Canonical([]string{
		"decision", r.ID, d.Assertion.Challenge.String(), d.Person, d.By.String(), d.At.UTC().Format(time.RFC3339Nano),
	})
	return string(text), err
}

// takes signs a decision that a passkey signed.
func (e *Engine) takes(tx Tx, r Record, d Decision) (Decision, error) {
	if d.Assertion == nil {
		return d, nil
	}
	text, err := r.taken(d)
	if err == nil {
		d.Attest, err = e.Passkeys.Attest(tx, text)
	}
	return d, err
}

// request is what of an order is settled when it is asked for, but for the terms
// that the trail commits to.
func (r Record) request() (string, error) {
	terms, err := TermsHash(r)
	if err != nil {
		return "", err
	}
	text, err := proof.Canonical([]string{r.ID, r.Exchange, r.Requester.String(), r.Hash, terms})
	return string(text), err
}

// tooWeak reports that an approval lacks the passkey that the rules want.
func (p Policy) tooWeak(r Record, signed bool) error {
	if signed || p.needs(r).Strength < identity.Passkey {
		return nil
	}
	err := fault.New(fault.Forbidden, "it needs an approval that is signed by a passkey").WithField("approval.rules")
	if place := p.page(r.ID); place != "" {
		return err.WithHint("open %s", place)
	}
	return err.WithHint("passkeys sign on the web page: [web] url says where it is, and is not set")
}

// warn records what is odd about a passkey that signed.
func (e *Engine) warn(tx Tx, r Record, by identity.Caller, id passkey.Bytes, person, odd string) error {
	if odd == "" {
		return nil
	}
	_, _, err := tx.Append(audit.Entry{
		Event: "passkey warned", Exchange: r.Exchange, At: e.now(), Actor: e.actor(by), Result: odd,
		Passkey: &audit.Passkey{Credential: id.String(), Person: person},
	})
	return err
}
