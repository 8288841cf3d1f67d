package order

import (
	"context"
	"errors"
	"time"

	"didops/internal/fault"
)

// delivered returns what an answer makes of a line that nobody can look for. The
// exchange's proof makes it done; a refusal in the exchange's own words is
// believed, because there is nothing to hold it against. All else proves as little
// as ever: after one that was turned away it is not sent again, and after no
// answer it is unknown and stays so.
func (c *carrying) delivered(proof string, sent error) Answer {
	code := fault.CodeOf(sent)
	switch {
	case sent == nil && proof != "":
		return Answer{State: LineDone, Said: SaidYes, Found: Evidence{Verdict: Confirmed, Why: proof}, Message: proof}
	case sent == nil:
		return Answer{State: LineUnknown, Message: "the exchange said yes without a proof: look in its portal"}
	case code == fault.RateLimited:
		return Answer{State: LineUnknown, Said: SaidLater, Message: "turned away, which exchanges also do with what went through: it is not sent again"}
	case errors.Is(sent, fault.ErrNothingDone):
		return Answer{State: LineWaiting, Message: words(sent)}
	case code == fault.Invalid:
		return Answer{State: LineFailed, Message: c.unsent(words(sent))}
	case code == fault.Refused || code == fault.Unauthorized:
		return Answer{State: LineFailed, Said: SaidNo, Words: words(sent), Message: words(sent), stop: code == fault.Unauthorized}
	}
	return Answer{State: LineUnknown, Message: "no answer that can be trusted came, and nothing that can be read shows it: look in the exchange's portal"}
}

// judge returns what an answer makes of the line. Neither a yes nor a no is
// believed without a look.
func (c *carrying) judge(ctx context.Context, handler *Handler, sent error) Answer {
	code := fault.CodeOf(sent)
	switch {
	case sent == nil:
		return c.accepted(ctx, handler)
	case errors.Is(sent, fault.ErrNothingDone):
		a := Answer{State: LineWaiting, Message: words(sent)}
		if code == fault.RateLimited {
			a.Said, c.doubt = SaidLater, true
		}
		return a
	case code == fault.Invalid:
		return Answer{State: LineFailed, Message: c.unsent(words(sent))}
	case code == fault.Refused || code == fault.Unauthorized:
		return c.refused(ctx, handler, sent)
	}
	return Answer{State: LineUnknown, Message: "no answer that can be trusted came; it is looked for in the lists"}
}

// accepted reads back what the exchange said yes to, and once more where a
// first look does not show it or shows no more than that something is absent.
func (c *carrying) accepted(ctx context.Context, handler *Handler) Answer {
	found := c.look(ctx, handler)
	if !found.shows() || found.Verdict == Presumed {
		c.heard(ctx, SaidYes)
		timer := time.NewTimer(confirmPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		found = c.look(ctx, handler)
	}
	a := Answer{State: LineDone, Said: SaidYes, Found: found, Message: found.outcome("")}
	if !found.shows() {
		a.State, a.Message = LineUnknown, unshown(c.r.Risk)+": "+found.Why
	}
	return a
}

// refused looks for what the exchange turned down: a number that is "already
// sold" may have been sold to us, and what "was an error" may have been done.
// The other lines are left alone where it was our credentials.
func (c *carrying) refused(ctx context.Context, handler *Handler, sent error) Answer {
	found := c.look(ctx, handler)
	a := Answer{State: LineUnknown, Said: SaidNo, Words: words(sent), Found: found, Message: "the exchange said no (" + words(sent) + "), and that is not certain yet: " + found.Why}
	switch {
	case found.Verdict == Confirmed:
		a.State, a.Message = LineDone, found.outcome("the exchange turned it down, but it stands: "+found.Why)
	case found.Verdict == Refuted && !found.Moved:
		a.State, a.Message, a.stop = LineFailed, words(sent), fault.CodeOf(sent) == fault.Unauthorized
	}
	return a
}
