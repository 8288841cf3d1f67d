package order

import (
	"context"
	"errors"
	"time"

	"didops/internal/audit"
	"didops/internal/failpoint"
)

// heard keeps what the exchange answered while it is still looked for, and that
// this process is at it. Where that fails, it is kept with the outcome.
func (c *carrying) heard(ctx context.Context, what Said) {
	err := c.writing(ctx, theOrder(c.r.ID), func(tx Tx) error {
		r, err := tx.Order(c.r.ID)
		if err != nil || r.Phase != PhaseExecuting || r.Runner != c.id {
			return err
		}
		now := c.now()
		hear := Hear{Line: c.n, Runner: c.id, Said: what, Until: now.Add(2*c.ReadWithin + confirmPause)}
		if r.Lines[c.n].Said == what { // a sign of life
			next, err := Next(r, hear)
			if err != nil {
				return err
			}
			return tx.Save(next)
		}
		entry := r.about(c.n, "answered", now, what.words())
		entry.Line = string(r.Lines[c.n].State)
		_, err = c.step(tx, r, hear, entry)
		return err
	})
	if err != nil {
		c.Log.Warn().Ctx(ctx).Err(err).Str("order", c.r.ID).Msg("what the exchange answered is not in the journal yet")
	}
}

// errTaken says that an order was taken out of this process's hands.
var errTaken = errors.New("the order was taken out of this process's hands")

// answer writes into the journal what became of a line. Of an order that
// others have taken over meanwhile a success is kept, and no more.
func (x *execution) answer(ctx context.Context, id string, a Answer, event string) error {
	failpoint.Here("journal " + string(a.State))
	var r, before Record
	taken := false
	err := x.persist(ctx, theOrder(id), func(tx Tx, attempt int) error {
		var err error
		if before, err = tx.Order(id); err != nil {
			return err
		}
		if attempt > 1 && before.kept(a) {
			r = before // it was kept, and nobody could say so
			return nil
		}
		a.Runner, a.At = x.id, x.now()
		a.Until = a.At.Add(x.ReadWithin + x.SendWithin)
		var what Event = a
		if taken = !before.inHand(a.Line, x.id); taken {
			what = Late(a)
		}
		next, err := Next(before, what)
		switch {
		case err != nil && taken:
			return errTaken
		case err != nil:
			return err
		}
		was, is := before.Lines[a.Line], next.Lines[a.Line]
		named := event
		switch {
		case taken && was.State != a.State:
			named = eventAfter(was.State)
		case !taken && is.State != a.State:
			named = string(is.State) // the order was taken back
		}
		entry := before.about(a.Line, named, a.At, is.Message)
		entry.Line = string(is.State)
		if a.State == LineDone {
			entry.Differs = audit.Differences(a.Found.Differs)
		}
		r, err = x.step(tx, before, what, entry)
		return err
	})
	if err != nil {
		return err
	}
	x.changed(r)
	if taken {
		x.announce(ctx, r, a.Line, before.Lines[a.Line].State, a.State)
		return errTaken
	}
	x.log(ctx, r).Info().Str("line", shown(r.Quote.Lines[a.Line].Number)).Str("outcome", string(r.Lines[a.Line].State)).Msg("a line was carried out or not")
	return nil
}

// kept reports whether a record has an answer that was given to it: as it was
// said, or as what an order that was taken back makes of a line that waits.
func (r Record) kept(a Answer) bool {
	is := r.Lines[a.Line].State
	left := r.TakenBack != nil && a.State == LineWaiting && (is == LineSkipped || is == LineUnknown)
	return is == a.State || left
}

// about returns an entry on a line.
func (r Record) about(n int, event string, at time.Time, result string) audit.Entry {
	return audit.Entry{Event: event, At: at, Number: shown(r.Quote.Lines[n].Number), Result: result}
}
