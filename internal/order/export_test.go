package order

import (
	"context"
	"time"

	"didops/internal/approval"
	"didops/internal/audit"
	"didops/internal/identity"
	"didops/internal/money"
)

// Need makes an order need what rules say, as if it had been asked for under
// them.
func (e *Engine) Need(ctx context.Context, id string, n approval.Needs) error {
	return e.write(ctx, func(tx Tx) error {
		r, err := tx.Order(id)
		if err != nil {
			return err
		}
		r.Asked.Needs = &n
		if r, err = e.audit(tx, r, audit.Entry{Event: "rescheduled", At: e.now()}); err != nil {
			return err
		}
		return tx.Save(r)
	})
}

// Turn returns the names of who is asked to decide an order at a moment.
func (e *Engine) Turn(ctx context.Context, id string, at time.Time) (string, error) {
	r, err := e.current(ctx, id)
	return namesOf(e.turnOf(r, at)), err
}

// ID returns what the engine calls itself in the journal.
func (e *Engine) ID() string { return e.id }

// Open reports whether something may still happen to the order of itself.
func (r Record) Open() bool {
	return r.Phase == PhasePending || r.Phase == PhaseExecuting || r.Phase == PhaseScheduled || r.State() == Unknown
}

// AskedUnder returns what the gate has an order asked under.
func (p Policy) AskedUnder(r Record) Rules {
	p.at = r.Created
	return p.asked(r)
}

// Gate reports why an approval would not count at a moment, as the gate does.
func (p Policy) Gate(r Record, by identity.Caller, at time.Time) error {
	p.at = at
	return p.mayApprove(r, by, nil)
}

// Complete reports whether a further approval completes those of an order.
func (p Policy) Complete(r Record, d Decision) bool {
	p.at = d.At
	return p.needed(r, d) <= len(r.Decisions)+1
}

// Describing returns the policy with what an operation says of lines.
func (p Policy) Describing(describe func(Record) []LineTerms) Policy {
	p.describe = describe
	return p
}

// Claimed returns what an order comes to at a moment, or may.
func (r Record) Claimed(at time.Time) money.Amount { return r.claimed(at) }

// MonthThen returns what the requester's orders of the calendar month came to when
// one was asked for, by looking at all others.
func (p Policy) MonthThen(r Record, records []Record) money.Amount {
	span, sum := approval.Month(r.Created, p.Rules.Config().Zone), r.DueNow()
	for _, o := range records {
		if p.same(o.Requester, r.Requester) && span.Holds(o.Created) && o.Created.Before(r.Created) {
			sum = sum.Add(o.claimed(r.Created))
		}
	}
	return sum
}

// Reseal returns the record with the hash of its quote, as whoever has the key of
// the store can make it.
func Reseal(tx Keyed, r Record) (Record, error) {
	var err error
	r.Hash, err = r.seal(tx)
	return r, err
}

// ChallengeOf returns what a person's passkey signs of an approval of the order,
// as whoever knows the order can make it.
func ChallengeOf(r Record, person string, nonce []byte) ([]byte, error) {
	return r.challenge(true, person, nonce)
}

// NotAsApproved is the event of a line whose approval is not proved.
const NotAsApproved = notAsApproved
