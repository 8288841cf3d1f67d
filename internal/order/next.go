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
	Said    Said   // by the exchange
	Words   string // of the exchange, quoted, where it said no
	Message string
	Changed Changes
	Found   Evidence // of a look after the exchange's answer; the zero value: there was none
	At      time.Time
	Until   time.Time

	stop bool // the other lines are better left alone
}

// Hear is what the exchange answered to a line, before it is known what became
// of it, and a sign of life of the runner.
type Hear struct {
	Line   int
	Runner string
	Said   Said
	Until  time.Time
}

// Late is an answer that reached a runner when the order had been taken out of
// its hands: a success corrects what others made of the line meanwhile.
type Late Answer

// Interrupt takes an order out of the hands of a runner that gives no sign of
// life.
type Interrupt struct{ At time.Time }

// Miss has what an order bought looked for again.
type Miss struct {
	Line int
	At   time.Time
}

// GivenBack is that the exchange itself took back what was bought.
type GivenBack struct {
	Line int
	At   time.Time
}

// Observe is what a look at the exchange says of a line that was sent.
type Observe struct {
	Line     int
	Evidence Evidence
	At       time.Time
	After    time.Duration // for how long what is not seen must not be seen
}

func (Decide) event()    {}
func (Expire) event()    {}
func (Cancel) event()    {}
func (Send) event()      {}
func (Answer) event()    {}
func (Hear) event()      {}
func (Late) event()      {}
func (Miss) event()      {}
func (GivenBack) event() {}
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
	case Hear:
		ok = next.hear(e)
	case Late:
		ok = next.late(e)
	case Miss:
		ok = next.miss(e)
	case GivenBack:
		ok = next.givenBack(e)
	case Interrupt:
		ok = next.interrupt(e.At)
	case Observe:
		ok = next.look(e)
	}
	if !ok {
		return r, fmt.Errorf("order %s is %s: %T can't follow", r.ID, r.State(), e)
	}
	next.close(e)
	next.restate(r, e)
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
	if !ok || !l.mayBecome(e.State) {
		return false
	}
	if e.State == LineWaiting && e.Said == SaidNothing {
		e.Said = l.Said // an earlier try may have been carried out
	}
	l.State, l.Said, l.Words, l.Message, l.Changed = e.State, e.Said, e.Words, e.Message, e.Changed
	switch v := e.Found.Verdict; {
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
	if !ok || l.State != LineSending && l.State != LineWaiting {
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
	if r.Phase != PhaseOver || e.Line < 0 || e.Line >= len(r.Lines) {
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
			l.Message = interrupted(l.Said)
		case LineWaiting:
			if l.Said == SaidLater {
				l.State, l.NextLook, l.Pause = LineUnknown, at, firstPause
				l.Message = "it was turned away, and the program ended before it was looked for"
				continue
			}
			l.State = LineSkipped
			l.Message = "the program ended before this was sent: it can be ordered again"
		case LineDone, LineFailed, LineUnknown, LineSkipped, LineChanged:
		}
	}
	return true
}

func interrupted(said Said) string {
	if said == SaidYes {
		return "the exchange said yes, and the program ended before its list showed it"
	}
	return "the program ended while this was being sent"
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
	case Decide, Expire, Cancel, Send, Answer, Hear, Miss, GivenBack, Interrupt:
	}
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
	case Decide, Expire, Cancel, Send, Hear, Late, Miss, GivenBack, Observe:
	}
}
