package order

import (
	"fmt"
	"time"

	"didops/internal/money"
	"didops/internal/risk"
)

// Grace is how long after its deadline a line, or an order after the last
// sign of life of its runner, is left to the process that has it in hand.
const Grace = 10 * time.Second

// The rules of settling.
const (
	looksNeeded = 3                // complete readings that agree
	looksApart  = 15 * time.Second // from the first to the last of them at least
	firstPause  = 5 * time.Second
	shortPause  = time.Minute // at most, until what is not seen proves something
	longPause   = 10 * time.Minute
	lookedAfter = time.Hour // a settled line is looked at for so long, and an unknown one of an own number holds it
)

// maxTries is how often a line may be sent whose answer proved that nothing
// was done.
const maxTries = 3

// Next returns the record after an event. It changes nothing and knows no
// clock. An event that can't follow is an error, and the record is returned
// as it was.
func Next(r Record, e Event) (Record, error) {
	next := r.Clone()
	if !next.follow(e) {
		return r, fmt.Errorf("order %s is %s: %T can't follow", r.ID, r.State(), e)
	}
	next.close(e)
	next.restate(r, e)
	return next, nil
}

// follow makes of the record what it is after an event, if that may follow.
func (r *Record) follow(e Event) bool {
	switch e := e.(type) {
	case Decide:
		return r.decide(e)
	case Authorize:
		return r.authorize(e)
	case Expire:
		return r.end(PhaseExpired, e.At) && !e.At.Before(r.Expires)
	case Cancel, Aside:
		return r.waited(e)
	case TakeBack:
		return r.takeBack(e)
	case Send:
		return r.send(e)
	case Answer:
		return r.answer(e)
	case Hear:
		return r.hear(e)
	case Late:
		return r.late(e)
	case Miss:
		return r.miss(e)
	case GivenBack:
		return r.givenBack(e)
	case Interrupt:
		return r.interrupt(e.At)
	case Observe:
		return r.look(e)
	}
	return false
}

// end ends a pending order.
func (r *Record) end(as Phase, at time.Time) bool {
	if r.Phase != PhasePending {
		return false
	}
	r.Phase, r.Finished = as, at
	return true
}

func (r *Record) decide(e Decide) bool {
	if r.Phase != PhasePending || !e.At.Before(r.Expires) {
		return false
	}
	approvals := 1
	for _, d := range r.Decisions {
		if e.Approve && d.By.Is(e.By) {
			return false // nobody counts twice, but everybody may think again
		}
		approvals++
	}
	r.Decisions = append(r.Decisions, e.Decision)
	switch {
	case !e.Approve:
		r.Decided = e.At
		return r.end(PhaseRejected, e.At)
	case r.drill(): // it asks who is there, until it is over
	case approvals >= max(r.Asked.Needed, e.Needed):
		r.Phase, r.Decided, r.Dialog = PhaseExecuting, e.At, e.Dialog
		r.Day = e.At.UTC().Format(time.DateOnly)
		r.Runner, r.RunnerUntil = e.Runner, e.Until
		r.SendAfter = e.SendAfter
		if r.scheduled() {
			r.rest()
		}
	}
	return true
}

func (r *Record) authorize(e Authorize) bool {
	if r.Phase != PhasePending || !r.byMandate() || !e.Approve || !e.SendAfter.After(e.At) || !e.At.Before(r.Expires) || len(r.Decisions) > 0 {
		return false
	}
	r.Decisions, r.Decided, r.Day = append(r.Decisions, e.Decision), e.At, e.At.UTC().Format(time.DateOnly)
	r.SendAfter = e.SendAfter
	r.rest()
	return true
}

// line returns a line that the runner may say something of.
func (r *Record) line(n int, runner string) (*LineRecord, bool) {
	if n < 0 || n >= len(r.Lines) || !r.inHand(n, runner) {
		return nil, false
	}
	return &r.Lines[n], true
}

func (r *Record) send(e Send) bool {
	l, ok := r.line(e.Line, e.Runner)
	if !ok || r.TakenBack != nil || l.State != LineWaiting || l.Tries >= maxTries || !r.due(e.Line, e.At, e.Now) {
		return false
	}
	r.Phase, r.Runner = PhaseExecuting, e.Runner
	l.State, l.Owner, l.Deadline, l.Message = LineSending, e.Runner, e.Deadline, ""
	l.Tries++
	r.RunnerUntil = e.Until
	return true
}

func (r *Record) answer(e Answer) bool {
	l, ok := r.line(e.Line, e.Runner)
	if !ok || !l.mayBecome(e.State) {
		return false
	}
	if e.State == LineWaiting && e.Said == SaidNothing {
		e.Said = l.Said // an earlier try may have been carried out
	}
	l.State, l.Said, l.Words, l.Message, l.Changed = e.State, e.Said, e.Words, e.Message, e.Changed
	switch v := e.Found.Verdict; {
	case e.State == LineWaiting && r.TakenBack != nil:
		l.leaveOut(e.At)
	case e.State == LineUnknown:
		l.NextLook, l.Pause, l.Differs = e.At, firstPause, e.Found.Differs
	case e.State == LineDone:
		l.found(e.Found, r.Quote.Lines[e.Line])
		if r.absent(v) { // and lists may lack what is there
			l.Inferred = true
			l.watch(e.At)
		}
	case v == Refuted: // not carried out, as a reading says
		l.watch(e.At)
	}
	r.RunnerUntil = e.Until
	return true
}

func (r *Record) hear(e Hear) bool {
	l, ok := r.line(e.Line, e.Runner)
	if !ok || r.Phase != PhaseExecuting || l.State != LineSending && l.State != LineWaiting {
		return false
	}
	l.Said, r.RunnerUntil = e.Said, e.Until
	return true
}

// absent reports whether what a verdict says was seen by not seeing something.
func (r *Record) absent(v Verdict) bool {
	return v == Presumed || v == Confirmed && r.Risk == risk.Destroy
}

// found keeps what of a line that was carried out is not as quoted.
func (l *LineRecord) found(e Evidence, quoted Line) {
	l.Differs, l.Due = e.Differs, money.Amount{}
	if e.Due.Known() && quoted.DueNow.Known() && e.Due.Cmp(quoted.DueNow) > 0 {
		if _, err := money.Parse(e.Due.String()); err == nil { // else no store could keep it
			l.Due = e.Due
		}
	}
}

// watch has a line that came to something looked at for an hour.
func (l *LineRecord) watch(at time.Time) {
	l.Settled, l.Pause, l.NextLook = at, firstPause, at.Add(firstPause)
}

// late corrects a line that others have settled, or not yet, by the answer of
// the one who sent it.
func (r *Record) late(e Late) bool {
	if r.Phase != PhaseOver && r.Phase != PhaseScheduled || e.Line < 0 || e.Line >= len(r.Lines) {
		return false
	}
	l := &r.Lines[e.Line]
	if l.Owner != e.Runner || e.Said != SaidYes || l.State != LineUnknown && l.State != LineFailed {
		return false
	}
	l.Said, l.Message = e.Said, e.Message
	if e.State == LineDone {
		l.State, l.NextLook, l.Settled = LineDone, time.Time{}, e.At
		l.found(e.Found, r.Quote.Lines[e.Line])
		return true
	}
	l.doubt(e.At)
	return true
}

func (r *Record) miss(e Miss) bool {
	if r.Phase != PhaseOver || e.Line < 0 || e.Line >= len(r.Lines) {
		return false
	}
	l := &r.Lines[e.Line]
	if l.State != LineDone || l.Gone || !l.Missed.IsZero() {
		return false
	}
	l.Missed, l.NextLook = e.At, e.At
	return true
}

// mayBecome says what a runner may make of a line. One that waits after it was
// turned away may turn out to have been carried out.
func (l *LineRecord) mayBecome(is LineState) bool {
	was := l.State
	switch is {
	case LineDone, LineUnknown:
		return was == LineSending || was == LineWaiting && l.Said == SaidLater
	case LineWaiting:
		return was == LineSending
	case LineFailed:
		return was == LineSending || was == LineWaiting
	case LineChanged, LineSkipped:
		return was == LineWaiting
	case LineSending:
	}
	return false
}

// restate moves the end of an order that is over to when its state changed.
func (r *Record) restate(was Record, e Event) {
	if was.Phase != PhaseOver || r.State() == was.State() {
		return
	}
	switch e := e.(type) {
	case Observe:
		r.Finished = e.At
	case Late:
		r.Finished = e.At
	case Decide, Authorize, Expire, Cancel, Aside, TakeBack, Send, Answer, Hear, Miss, GivenBack, Interrupt:
	}
}

// close ends an order that is approved and in which no line waits or is being
// sent. A scheduled one in which none is being sent rests.
func (r *Record) close(e Event) {
	if r.Phase != PhaseExecuting && r.Phase != PhaseScheduled {
		return
	}
	waits := false
	for _, l := range r.Lines {
		if l.State == LineSending {
			return
		}
		waits = waits || l.State == LineWaiting
	}
	switch {
	case waits && r.scheduled():
		r.rest()
		return
	case waits:
		return
	}
	r.Phase, r.Runner, r.RunnerUntil = PhaseOver, "", time.Time{}
	switch e := e.(type) {
	case Answer:
		r.Finished = e.At
	case Interrupt:
		r.Finished = e.At
	case TakeBack:
		r.Finished = e.At
	case Decide, Authorize, Expire, Cancel, Aside, Send, Hear, Late, Miss, GivenBack, Observe:
	}
}
