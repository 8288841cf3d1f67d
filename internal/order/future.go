package order

import (
	"context"
	"time"

	"didops/internal/audit"
)

// clockSlack is how far two clocks on one store may be apart.
const clockSlack = 10 * time.Second

// claims is the longest that a process may have an order in hand without a
// sign of life.
func (e *Engine) claims() time.Duration { return 2*(e.ReadWithin+e.SendWithin) + clockSlack }

// Bounded returns the record with what lies further away than it can have been
// planned for brought back to there: a clock was ahead when it was kept, and
// nobody may be waited for until then. Claims is the longest that somebody may
// have the order in hand.
func (r Record) Bounded(now time.Time, claims time.Duration) (bounded Record, changed bool) {
	bounded = r.Clone()
	back := func(t *time.Time, most time.Duration, to time.Time) {
		if t.After(now.Add(most)) {
			*t, changed = to, true
		}
	}
	if r.Phase == PhaseExecuting {
		back(&bounded.RunnerUntil, claims, now.Add(claims))
	}
	for i := range bounded.Lines {
		l := &bounded.Lines[i]
		if l.NextLook.IsZero() && l.State != LineSending {
			continue
		}
		back(&l.Deadline, claims, now.Add(claims))
		back(&l.NextLook, lookedAfter+clockSlack, now)
		back(&l.FirstLook, clockSlack, now)
		back(&l.Settled, clockSlack, now)
	}
	return bounded, changed
}

// ahead returns the orders with times of the future, as far as they keep
// something from being settled.
func (e *Engine) ahead(tx Tx, now time.Time) ([]string, error) {
	return tx.Ahead(e.Exchange, now.Add(e.claims()+Grace), now.Add(lookedAfter+clockSlack))
}

// bound brings the times of an order back to what they can be.
func (e *Engine) bound(ctx context.Context, id string) error {
	var changed bool
	err := e.write(ctx, func(tx Tx) error {
		r, err := tx.Order(id)
		if err != nil {
			return err
		}
		now := e.now()
		if r, changed = r.Bounded(now, e.claims()); !changed {
			return nil
		}
		r, err = e.audit(tx, r, audit.Entry{Event: "rescheduled", At: now, Result: "a time that it was held until lay further away than it can be planned for, as after a clock was set back"})
		if err != nil {
			return err
		}
		return tx.Save(r)
	})
	if err == nil && changed {
		e.Log.Warn().Ctx(ctx).Str("order", id).
			Msg("an order was held, or not to be looked at, until a time that is far away, as after a clock was set back; it is settled from now on")
	}
	return err
}
