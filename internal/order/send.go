package order

import (
	"cmp"
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
	silent, unnoted := errors.AsType[*unnotedError](err)
	switch {
	case unnoted:
		a, err = c.unnoted(ctx, silent.because)
		return silent.because, a, err
	case errors.Is(err, errTakenBack):
		a = Answer{State: LineWaiting, Message: c.unsent("it was taken back")}
		return nil, a, c.keep(ctx, a, "")
	case errors.Is(err, errTooLate):
		a = c.turnedAway(ctx, handler, c.tooLate())
		return nil, a, c.keep(ctx, a, turnedAway)
	case barred:
		a = Answer{State: cmp.Or(no.state, LineFailed), Message: c.unsent(words(no.because))}
		return nil, a, c.keep(ctx, a, no.event)
	case err != nil:
		return nil, a, err
	}
	proof, sent := c.transmit(ctx, handler, c.quoted, deadline)
	if handler.Deliver != nil {
		a = c.delivered(proof, sent)
	} else {
		a = c.judge(ctx, handler, sent)
	}
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
	return c.tries < maxTries && fault.CodeOf(sent) != fault.Unauthorized && c.time().Add(c.rest(sent)).Before(c.until())
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
		if c.scheduled() && found.Verdict == Inconclusive && !c.missed() {
			return false, true, nil // it is looked for again while there is time
		}
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
	if err != nil && c.missed() {
		return false, false, c.keep(ctx, c.unsentInTime(a), "changed")
	}
	if err != nil && c.scheduled() {
		c.Log.Warn().Ctx(ctx).Err(err).Str("order", c.r.ID).Str("line", shown(c.quoted.Number)).Msg("a line that is due could not be read again; it is tried again")
		return false, true, nil
	}
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
	return c.due(ctx, a)
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
	event   string    // of the trail
	state   LineState // of the line; "" = failed
}

func (e *barredError) Error() string { return e.because.Error() }

// send writes into the journal that the line is about to be sent. Only when
// that is on disk may it be.
func (c *carrying) send(ctx context.Context) (deadline time.Time, err error) {
	try := 0
	var approved Record
	foreseen := theOrder(c.r.ID)
	if c.r.Risk == risk.Spend {
		foreseen.Past = []string{c.quoted.Number}
	}
	err = c.persist(ctx, foreseen, func(tx Tx, attempt int) error {
		r, err := tx.Order(c.r.ID)
		if err != nil {
			return err
		}
		l := r.Lines[c.n]
		if c.scheduled() && (!r.inHand(c.n, c.id) || l.State != LineWaiting) {
			switch {
			case attempt == 1 || l.State != LineSending || l.Owner != c.id || !l.Deadline.Equal(deadline):
				return errTaken
			case r.TakenBack != nil:
				return errTakenBack
			}
			return nil // it was kept, and nobody could say so
		}
		if err := errors.Join(sealed(tx, r), c.asApproved(tx, r), c.barred(tx, r)); err != nil {
			return err
		}
		approved = r
		now := c.now()
		if l.Tries > 0 && !c.time().Before(c.until()) {
			return errTooLate
		}
		deadline, try = now.Add(c.SendWithin), l.Tries+1
		entry := r.about(c.n, "sent", now, fmt.Sprintf("try %d", try))
		entry.Line = string(LineSending)
		_, err = c.step(tx, r, Send{Line: c.n, Runner: c.id, At: c.clock(), Now: now, Deadline: deadline, Until: deadline.Add(c.ReadWithin)}, entry)
		return err
	})
	if err == nil {
		c.tries = try
		err = c.seeSent(ctx, approved)
	}
	return deadline, err
}

// barred reports what has come to be known since the approval: that another
// order bought the number after all, or that lines of this one cost so much
// more than quoted that its rest would break a limit.
func (c *carrying) barred(tx Tx, r Record) error {
	if c.scheduled() {
		if err := c.outdated(tx, r); err != nil {
			return err
		}
	}
	if r.byMandate() {
		if err := c.mandateBars(tx, r, c.n); err != nil {
			return err
		}
	}
	if r.Risk != risk.Spend {
		return nil
	}
	err := c.bought(tx, c.quoted.Number, r.ID)
	if fault.CodeOf(err) == fault.Conflict {
		return &barredError{because: err, event: "bought already"}
	}
	if err != nil || !r.dearer() && !c.scheduled() {
		return err
	}
	return c.overBounds(tx, r)
}

// overBounds reports that lines of the order, or limits that have changed since
// its approval, keep the rest of it from being sent.
func (c *carrying) overBounds(tx Tx, r Record) error {
	policy := c.Policy()
	if r.overrun() {
		day, err := tx.Day(c.Exchange, r.Day)
		if err != nil {
			return err
		}
		if err := policy.overrun(r, day); err != nil {
			return &barredError{because: err, event: "over a limit"}
		}
	}
	err := c.capped(tx, policy, r, c.now())
	if err == nil {
		err = c.monthly(tx, policy, r, c.now())
	}
	if fault.CodeOf(err) == fault.Forbidden {
		return &barredError{because: err, event: "over a limit"}
	}
	return err
}

// transmit sends the line, once, and returns the proof of what was delivered.
func (x *execution) transmit(ctx context.Context, handler *Handler, l Line, deadline time.Time) (proof string, err error) {
	// A machine that slept since has been given up on by others: the time of
	// day tells, and not how long the process ran.
	ctx, cancel := context.WithTimeout(request.LeaveBy(ctx, deadline), deadline.Sub(x.now()))
	defer cancel()
	failpoint.Here("send")
	if handler.Deliver != nil {
		proof, err = handler.Deliver(ctx, l)
	} else {
		err = handler.Send(ctx, l)
	}
	failpoint.Here("answered")
	return proof, err
}
