package order

import (
	"fmt"
	"time"

	"didops/internal/risk"
)

// Grace is how long after its deadline a line, or an order after the last
// sign of life of its runner, is left to the process that has it in hand.
const Grace = 10 * time.Second

// The rules of settling.
const (
	looksNeeded = 3                // complete readings that agree
	looksApart  = 15 * time.Second // from the first to the last of them
	firstPause  = 5 * time.Second
	longPause   = 10 * time.Minute
	lookedAfter = time.Hour // a settled line is looked at for so long, and an unknown one of an own number holds it
)

// maxTries is how often a line may be sent whose answer proved that nothing
// was done.
const maxTries = 3

// Event is something that happens to an order. The set is sealed.
//
//sumtype:decl
type Event interface{ event() }

// Decide is a person's decision that counts. Needed is how many approvals the
// order needs at present; the record may ask for more. Of an approval that
// completes them Runner and Until begin the execution.
type Decide struct {
	Decision
	Needed int
	Runner string
	Until  time.Time
}

// Expire ends an order that nobody decided in time.
type Expire struct{ At time.Time }

// Cancel takes a pending order back.
type Cancel struct{ At time.Time }

// Send says that a line is about to be sent.
type Send struct {
	Line     int
	Runner   string
	Deadline time.Time // no answer is waited for after it
	Until    time.Time // the runner's next sign of life
}

// Answer says what became of a line. A sending line becomes done, failed,
// unknown, or, where nothing was done, waiting again; a waiting line becomes
// changed, failed or skipped.
type Answer struct {
	Line    int
	Runner  string
	State   LineState
	Message string
	Changed Changes
	At      time.Time
	Until   time.Time

	stop bool // the other lines are better left alone
}

// Interrupt takes an order out of the hands of a runner that gives no sign of
// life.
type Interrupt struct{ At time.Time }

// Observe is what a look at the exchange says of a line that was sent.
type Observe struct {
	Line     int
	Evidence Evidence
	At       time.Time
}

func (Decide) event()    {}
func (Expire) event()    {}
func (Cancel) event()    {}
func (Send) event()      {}
func (Answer) event()    {}
func (Interrupt) event() {}
func (Observe) event()   {}

// Next returns the record after an event. It changes nothing and knows no
// clock. An event that can't follow is an error, and the record is returned
// as it was.
func Next(r Record, e Event) (Record, error) {
	next := r.Clone()
	var ok bool
	switch e := e.(type) {
	case Decide:
		ok = next.decide(e)
	case Expire:
		ok = next.end(PhaseExpired, e.At) && !e.At.Before(r.Expires)
	case Cancel:
		ok = next.end(PhaseCancelled, e.At)
	case Send:
		ok = next.send(e)
	case Answer:
		ok = next.answer(e)
	case Interrupt:
		ok = next.interrupt(e.At)
	case Observe:
		if ok = next.look(e); ok && next.Phase == PhaseOver && next.State() != r.State() {
			next.Finished = e.At
		}
	}
	if !ok {
		return r, fmt.Errorf("order %s is %s: %T can't follow", r.ID, r.State(), e)
	}
	next.close(e)
	return next, nil
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
		if e.Approve && d.By.Realm == e.By.Realm && d.By.ID == e.By.ID {
			return false // nobody counts twice, but everybody may think again
		}
		approvals++
	}
	r.Decisions = append(r.Decisions, e.Decision)
	switch {
	case !e.Approve:
		r.Decided = e.At
		return r.end(PhaseRejected, e.At)
	case approvals >= max(r.Asked.Needed, e.Needed):
		r.Phase, r.Decided, r.Dialog = PhaseExecuting, e.At, e.Dialog
		r.Day = e.At.UTC().Format(time.DateOnly)
		r.Runner, r.RunnerUntil = e.Runner, e.Until
	}
	return true
}

// line returns a line of an order that the runner has in hand.
func (r *Record) line(n int, runner string) (*LineRecord, bool) {
	if r.Phase != PhaseExecuting || r.Runner != runner || n < 0 || n >= len(r.Lines) {
		return nil, false
	}
	return &r.Lines[n], true
}

func (r *Record) send(e Send) bool {
	l, ok := r.line(e.Line, e.Runner)
	if !ok || l.State != LineWaiting || l.Tries >= maxTries {
		return false
	}
	l.State, l.Owner, l.Deadline, l.Message = LineSending, e.Runner, e.Deadline, ""
	l.Tries++
	r.RunnerUntil = e.Until
	return true
}

func (r *Record) answer(e Answer) bool {
	l, ok := r.line(e.Line, e.Runner)
	if !ok || !follows(l.State, e.State) {
		return false
	}
	l.State, l.Message, l.Changed = e.State, e.Message, e.Changed
	if e.State == LineUnknown {
		l.NextLook, l.Pause = e.At, firstPause
	}
	r.RunnerUntil = e.Until
	return true
}

// follows says what a runner may make of a line.
func follows(was, is LineState) bool {
	switch is {
	case LineDone, LineUnknown, LineWaiting:
		return was == LineSending
	case LineFailed:
		return was == LineSending || was == LineWaiting
	case LineChanged, LineSkipped:
		return was == LineWaiting
	case LineSending:
	}
	return false
}

// Silent reports whether the runner of an executing order has given no sign
// of life for so long that others may take it out of its hands.
func (r Record) Silent(now time.Time) bool {
	if r.Phase != PhaseExecuting || now.Before(r.RunnerUntil.Add(Grace)) {
		return false
	}
	for _, l := range r.Lines {
		if l.State == LineSending && now.Before(l.Deadline.Add(Grace)) {
			return false
		}
	}
	return true
}

func (r *Record) interrupt(at time.Time) bool {
	if !r.Silent(at) {
		return false
	}
	for i := range r.Lines {
		l := &r.Lines[i]
		switch l.State {
		case LineSending:
			l.State, l.NextLook, l.Pause = LineUnknown, at, firstPause
			l.Message = "the program ended while this was being sent"
		case LineWaiting:
			l.State = LineSkipped
			l.Message = "the program ended before this was sent: it can be ordered again"
		case LineDone, LineFailed, LineUnknown, LineSkipped, LineChanged:
		}
	}
	return true
}

// close ends an executing order in which no line waits or is being sent.
func (r *Record) close(e Event) {
	if r.Phase != PhaseExecuting {
		return
	}
	for _, l := range r.Lines {
		if l.State == LineWaiting || l.State == LineSending {
			return
		}
	}
	r.Phase, r.Runner, r.RunnerUntil = PhaseOver, "", time.Time{}
	switch e := e.(type) {
	case Answer:
		r.Finished = e.At
	case Interrupt:
		r.Finished = e.At
	case Decide, Expire, Cancel, Send, Observe:
	}
}

// look makes of a line what a look says of it. An unknown line is settled; one
// that was settled as failed is corrected if it turns out to be done.
func (r *Record) look(e Observe) bool {
	if e.Line < 0 || e.Line >= len(r.Lines) || (r.Phase != PhaseOver && r.Phase != PhaseExecuting) {
		return false
	}
	l := &r.Lines[e.Line]
	switch {
	case l.State == LineUnknown:
		l.settle(e)
		if l.State == LineUnknown && r.Risk != risk.Spend && !e.At.Before(l.Deadline.Add(lookedAfter)) {
			l.Let = true // for good: another order may hold the number by now
		}
	case !l.Settled.IsZero() && (l.State == LineFailed || l.Inferred):
		l.correct(e)
	case !l.Settled.IsZero() && l.State == LineDone:
		l.NextLook = time.Time{} // what was seen there once was carried out
	default:
		return false
	}
	return true
}

func (l *LineRecord) settle(e Observe) {
	as := l.agree(e)
	if as == "" {
		if e.Evidence.Why != "" {
			l.Message = "not settled yet; the last look: " + e.Evidence.Why
		}
		l.wait(e.At, longPause)
		return
	}
	l.State, l.Message, l.Settled = as, e.Evidence.Why, e.At
	l.Inferred = as == LineDone && e.Evidence.Verdict == Presumed
	l.Pause, l.NextLook = 30*time.Second, time.Time{}
	if as == LineFailed || l.Inferred {
		l.wait(e.At, lookedAfter)
	}
}

// agree returns what a look settles an unknown line as; "" while it does not.
func (l *LineRecord) agree(e Observe) LineState {
	v := e.Evidence.Verdict
	if v == Confirmed {
		return LineDone
	}
	if v == Inconclusive || e.At.Before(l.Deadline) {
		return "" // an incomplete reading says nothing, one that is too early too little
	}
	if v != l.Seen || e.At.Before(l.FirstLook) {
		l.Seen, l.Looks, l.FirstLook = v, 0, e.At
	}
	l.Looks++
	switch {
	case l.Looks < looksNeeded || e.At.Sub(l.FirstLook) < looksApart:
		return ""
	case v == Presumed:
		return LineDone
	}
	return LineFailed
}

func (l *LineRecord) correct(e Observe) {
	if as := l.agree(e); as != "" && as != l.State {
		l.State, l.Message, l.NextLook, l.Inferred = as, e.Evidence.Why, time.Time{}, false
		return
	}
	if !e.At.Before(l.Settled.Add(lookedAfter)) {
		l.NextLook = time.Time{}
		return
	}
	l.wait(e.At, lookedAfter)
	if end := l.Settled.Add(lookedAfter); l.NextLook.After(end) {
		l.NextLook = end
	}
}

// wait plans the next look, each time later, as far as the bound.
func (l *LineRecord) wait(at time.Time, most time.Duration) {
	l.NextLook = at.Add(l.Pause)
	if at.Before(l.Deadline) && l.NextLook.After(l.Deadline) {
		l.NextLook = l.Deadline // from then on a look counts
	}
	if !at.Before(l.Deadline) && (l.Looks == 0 || l.Looks >= looksNeeded) {
		l.Pause = min(2*l.Pause, most)
	}
}
