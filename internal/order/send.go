package order

import (
	"context"
	"errors"
	"fmt"
	"time"

	"didops/internal/failpoint"
	"didops/internal/fault"
	"didops/internal/request"
	"didops/internal/risk"
)

// confirmPause is how long after a first look that does not show what the
// exchange said yes to a second one is made.
const confirmPause = 2 * time.Second

// carrying is one line that this process carries out. It is used by one
// goroutine.
type carrying struct {
	*execution
	r      Record // as it was approved
	n      int
	quoted Line
	tries  int  // that were made
	doubt  bool // a try was turned away in a way that proves little
}

func (x *execution) line(r Record, n int) *carrying {
	return &carrying{execution: x, r: r, n: n, quoted: r.Quote.Lines[n]}
}

// carryOut carries out the line and says whether the others are better left
// alone. An error is one of the journal.
func (c *carrying) carryOut(ctx context.Context) (stop bool, err error) {
	handler, err := c.handler(c.r.Tool)
	if err != nil {
		return true, err
	}
	for {
		ready, stop, err := c.ready(ctx, handler)
		if !ready || err != nil {
			return stop, err
		}
		sent, a, err := c.attempt(ctx, handler)
		if err != nil || a.State != LineWaiting {
			// A list that lags is no failure of the exchange; a lost answer is.
			return err != nil || a.State == LineUnknown && a.Said != SaidYes || a.stop, err
		}
		if err := c.pause(ctx, c.r.ID, restFor(sent, c.tries)); err != nil {
			return true, err
		}
	}
}

// keep records what became of the line.
func (c *carrying) keep(ctx context.Context, a Answer, event string) error {
	a.Line = c.n
	if event == "" || a.State == LineDone || a.State == LineUnknown {
		event = string(a.State)
	}
	return c.answer(ctx, c.r.ID, a, event)
}

// attempt sends the line once and records what became of it: waiting where it
// may be tried again.
func (c *carrying) attempt(ctx context.Context, handler *Handler) (sent error, a Answer, err error) {
	deadline, err := c.send(ctx)
	no, barred := errors.AsType[*barredError](err)
	switch {
	case errors.Is(err, errTooLate):
		a = c.turnedAway(ctx, handler, "the order expired before it could be tried again")
		return nil, a, c.keep(ctx, a, turnedAway)
	case barred:
		a = Answer{State: LineFailed, Message: c.unsent(words(no.because))}
		return nil, a, c.keep(ctx, a, no.event)
	case err != nil:
		return nil, a, err
	}
	sent = c.transmit(ctx, handler, c.quoted, deadline)
	a = c.judge(ctx, handler, sent)
	switch {
	case a.State == LineWaiting && !c.mayRepeat(sent):
		a = c.turnedAway(ctx, handler, a.Message)
		return sent, a, c.keep(ctx, a, turnedAway)
	case a.Said == SaidLater:
		return sent, a, c.keep(ctx, a, turnedAway)
	}
	return sent, a, c.keep(ctx, a, "")
}

// turnedAway is the event of a line that was turned away in a way that proves
// little, or is not sent any more after it was turned away.
const turnedAway = "turned away"

// turnedAway ends a line that was turned away. It is failed, but where that
// proves little and a look shows otherwise.
func (c *carrying) turnedAway(ctx context.Context, handler *Handler, why string) Answer {
	if !c.doubt {
		return Answer{State: LineFailed, Message: "turned away, and nothing was done: " + why, stop: true}
	}
	c.heard(ctx, SaidLater)
	a := c.unlessDone(c.look(ctx, handler))
	if a.State == LineWaiting {
		a.State, a.Message, a.stop = LineFailed, "turned away: "+why, true
	}
	return a
}

// unlessDone judges a look for a line that was turned away in a way that proves
// little: waiting where it shows the line as it was before.
func (c *carrying) unlessDone(found Evidence) Answer {
	a := Answer{State: LineUnknown, Said: SaidLater, Found: found, Message: "turned away, and that is not certain yet: " + found.Why}
	switch {
	case found.Verdict == Confirmed:
		a.State, a.Message = LineDone, found.outcome("the exchange turned it away, but it stands: "+found.Why)
	case found.Verdict == Refuted && !found.Moved:
		a.State = LineWaiting
	}
	return a
}

// mayRepeat reports whether a line whose answer proved that nothing was done
// is tried again: not for ever, not after the order's end, and not with
// credentials that were just refused.
func (c *carrying) mayRepeat(sent error) bool {
	return c.tries < maxTries && fault.CodeOf(sent) != fault.Unauthorized && c.Now().Add(restFor(sent, c.tries)).Before(c.r.Expires)
}

// unsent says why a line is not sent (any more).
func (c *carrying) unsent(why string) string {
	if c.tries > 0 {
		return "turned away, and not sent again: " + why
	}
	return "nothing was sent: " + why
}

// look looks at the exchange for the line. What can't be read says nothing.
func (c *carrying) look(ctx context.Context, handler *Handler) Evidence {
	ctx, cancel := context.WithTimeout(ctx, c.ReadWithin)
	defer cancel()
	found, err := handler.Reconcile(ctx, c.quoted)
	if err != nil {
		return Evidence{Why: words(err)}
	}
	return found
}

// ready reads a line's facts again and reports whether it may be sent: what is
// worse than what was approved, or over a limit, is not, nor what an earlier
// try may have done.
func (c *carrying) ready(ctx context.Context, handler *Handler) (ready, stop bool, err error) {
	var found Evidence
	if c.doubt {
		c.heard(ctx, SaidLater)
		found = c.look(ctx, handler)
		if a := c.unlessDone(found); a.State != LineWaiting {
			return false, true, c.keep(ctx, a, "")
		}
	}
	failpoint.Here("again")
	reading, cancel := context.WithTimeout(ctx, c.ReadWithin)
	now, err := handler.Requote(reading, c.quoted)
	cancel()
	failpoint.Here("read again")
	a := Answer{State: LineFailed, Found: found}
	if err != nil {
		a.Message = c.unsent("it could not be read again: " + words(err))
		return false, true, c.keep(ctx, a, "not read again")
	}
	if differences := c.quoted.Differences(now); len(differences) > 0 {
		a.State, a.Message, a.Changed = LineChanged, c.unsent("it is not what was approved any more"), changesOf(differences)
		if now.Gone != "" {
			a.Message = c.unsent(now.Gone)
		}
		return false, false, c.keep(ctx, a, "changed")
	}
	if err := c.Policy().line(now, c.r.Risk, c.r.Currency); err != nil {
		a.Message = c.unsent(words(err))
		return false, false, c.keep(ctx, a, "over a limit")
	}
	return true, false, nil
}

// changesOf is a list of differences as orders show it.
func changesOf(list []Difference) Changes {
	changes := Changes{}
	for _, d := range list {
		if d.Now == d.Quoted {
			d.Now += " (another secret)" // which is shown on neither side
		}
		changes[d.Field] = [2]*string{said(d.Quoted), said(d.Now)}
	}
	return changes
}

// said returns nil for what is not stated.
func said(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// errTooLate says that a line may not be tried once more, because its order
// has expired meanwhile.
var errTooLate = errors.New("too late to try again")

// barredError says why a line may not be sent, though its facts are as
// approved.
type barredError struct {
	because error
	event   string // of the trail
}

func (e *barredError) Error() string { return e.because.Error() }

// send writes into the journal that the line is about to be sent. Only when
// that is on disk may it be.
func (c *carrying) send(ctx context.Context) (deadline time.Time, err error) {
	try := 0
	err = c.persist(ctx, func(tx Tx, _ int) error {
		r, err := tx.Order(c.r.ID)
		if err != nil {
			return err
		}
		if err := errors.Join(sealed(tx, r), c.barred(tx, r)); err != nil {
			return err
		}
		now := c.now()
		if r.Lines[c.n].Tries > 0 && !now.Before(r.Expires) {
			return errTooLate
		}
		deadline, try = now.Add(c.SendWithin), r.Lines[c.n].Tries+1
		entry := r.about(c.n, "sent", now, fmt.Sprintf("try %d", try))
		entry.Line = string(LineSending)
		_, err = c.step(tx, r, Send{Line: c.n, Runner: c.id, Deadline: deadline, Until: deadline.Add(c.ReadWithin)}, entry)
		return err
	})
	if err == nil {
		c.tries = try
	}
	return deadline, err
}

// barred reports what has come to be known since the approval: that another
// order bought the number after all, or that lines of this one cost so much
// more than quoted that its rest would break a limit.
func (c *carrying) barred(tx Tx, r Record) error {
	if r.Risk != risk.Spend {
		return nil
	}
	err := c.bought(tx, c.quoted.Number, r.ID)
	if fault.CodeOf(err) == fault.Conflict {
		return &barredError{err, "bought already"}
	}
	if err != nil || !r.overrun() {
		return err
	}
	day, err := tx.Day(c.Exchange, r.Day)
	if err != nil {
		return err
	}
	if err := c.Policy().overrun(r, day); err != nil {
		return &barredError{err, "over a limit"}
	}
	return nil
}

// transmit sends the line, once.
func (x *execution) transmit(ctx context.Context, handler *Handler, l Line, deadline time.Time) error {
	// A machine that slept since has been given up on by others: the time of
	// day tells, and not how long the process ran.
	ctx, cancel := context.WithTimeout(request.LeaveBy(ctx, deadline), deadline.Sub(x.now()))
	defer cancel()
	failpoint.Here("send")
	err := handler.Send(ctx, l)
	failpoint.Here("answered")
	return err
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
