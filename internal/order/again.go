package order

import (
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/view"
)

// again is how long after its end an order still answers the same request.
const again = 10 * time.Minute

// answers reports whether an order of the same request answers it again: while
// it is open, and for a while after it came to something, unless its numbers
// have changed since. What a person has just said no to is not asked again.
func (e *Engine) answers(tx Tx, old Record, id IdempotencyKey, now time.Time) (bool, error) {
	recent := lately(old.Finished, now)
	switch state := old.State(); {
	case state == Pending:
		return now.Before(old.Expires), nil
	case state == Executing, state == Scheduled, state == Unknown && old.holding():
		return true, nil
	case state == Rejected && recent:
		return false, e.saidNoTo(old, old)
	case state == Cancelled && old.ReplacedBy != "":
		return false, e.saidNoToEdit(tx, old, now)
	case (state == Completed || state == Partial) && recent && !old.anyGone():
		if over, err := e.mandateOver(tx, old, now); over || err != nil {
			return false, err
		}
		since, err := tx.DoneSince(e.Exchange, id.Numbers, old.Created, old.ID)
		return !since, err
	}
	return false, nil
}

// saidNoTo is the conflict with a no that somebody just said to an order, or to
// what was made of it.
func (e *Engine) saidNoTo(asked, no Record) error {
	who := e.told(no, no.Requester.Realm != identity.OS).Decisions[len(no.Decisions)-1]
	what := "this"
	if no.ID != asked.ID {
		what = "what was made of this"
	}
	return fault.New(fault.Conflict, "%s said no to %s at %s (order %s)", named(who.By), what, e.moment(who.At), no.ID).
		WithHint("talk to %s; the same can be asked for again after %s", view.Quoted(who.By.Name), e.moment(no.Finished.Add(again)))
}

// saidNoToEdit reports that a person just said no to what edits made of an order: a
// no to less of it is one to all of it.
func (e *Engine) saidNoToEdit(tx Tx, asked Record, now time.Time) error {
	last := asked
	for last.ReplacedBy != "" {
		var err error
		if last, err = tx.Order(last.ReplacedBy); err != nil {
			return err
		}
	}
	if last.State() == Rejected && lately(last.Finished, now) {
		return e.saidNoTo(asked, last)
	}
	return nil
}
