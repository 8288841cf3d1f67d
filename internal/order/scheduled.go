package order

import (
	"errors"
	"time"
)

// A scheduled order rests between its approval and the moments at which its
// lines are due. It is in somebody's hands only while a line of it is being
// sent, so that until then anybody who may ask for orders can take it back, and
// a process that dies leaves nothing behind but the line that it was sending.

// inHand reports whether a runner may say something of line n: it has the order
// in hand, or nobody has and the line waits until it is due.
func (r Record) inHand(n int, runner string) bool {
	if r.Phase == PhaseScheduled {
		return r.Lines[n].State == LineWaiting
	}
	return r.Phase == PhaseExecuting && r.Runner == runner
}

// rest takes an order out of everybody's hands until a line of it is due.
func (r *Record) rest() { r.Phase, r.Runner, r.RunnerUntil = PhaseScheduled, "", time.Time{} }

// takeBack leaves out every line that has not been sent. Where a line was sent
// before, its outcome stands beside; one that is being sent is not sent again.
func (r *Record) takeBack(e TakeBack) bool {
	if !r.mayBeTakenBack() || r.TakenBack != nil {
		return false
	}
	back, sent := 0, 0
	for _, l := range r.Lines {
		if l.State == LineWaiting || l.State == LineSending {
			back++
		}
		if l.State != LineWaiting || l.Said == SaidLater {
			sent++
		}
	}
	if back == 0 {
		return false
	}
	r.TakenBack = &TakenBack{e.By, e.At}
	if sent == 0 {
		r.rest()
		r.Phase, r.Finished = PhaseCancelled, e.At
		return true
	}
	for i := range r.Lines {
		if l := &r.Lines[i]; l.State == LineWaiting {
			l.leaveOut(e.At)
		}
	}
	return true
}

// leaveOut leaves a line out that waits, because its order was taken back. Of
// one that was turned away it is to be found out whether that is so.
func (l *LineRecord) leaveOut(at time.Time) {
	switch {
	case l.Said == SaidLater:
		l.State, l.NextLook, l.Pause = LineUnknown, at, firstPause
		l.Message = "it was turned away, and taken back before it was looked for"
	case l.Tries > 0:
		l.State, l.Message = LineSkipped, "it could not be sent, and was taken back before it was tried again"
	default:
		l.State, l.Message = LineSkipped, "taken back before it was sent"
	}
}

// errTakenBack says that an order was taken back after the journal had that a
// line is about to be sent, and before it was.
var errTakenBack = errors.New("taken back before it was sent")
