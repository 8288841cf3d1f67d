package order

import "time"

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
			if r.scheduled() {
				continue // it is sent when it is due, by whoever runs then
			}
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
