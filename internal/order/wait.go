package order

import (
	"slices"
	"time"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/schedule"
)

// sendable is for how long at least an order may be sent that had to wait after
// its approval.
const sendable = 10 * time.Minute

// scheduled reports whether the order's lines are sent when they are due, and
// not right after the approval.
func (r Record) scheduled() bool { return !r.SendAfter.IsZero() || r.Quote.scheduled() }

// SendFrom returns when line n may be sent at the earliest; zero = right after
// the approval.
func (r Record) SendFrom(n int) time.Time { return later(r.Quote.Lines[n].Send.From, r.SendAfter) }

// window returns when line n may be sent: within its own window, and not before
// the order may be. An approval that had to wait counts for as long after that
// as it could be waited for.
func (r Record) window(n int) schedule.Window {
	w := r.Quote.Lines[n].Send
	if r.SendAfter.IsZero() {
		return w
	}
	if w.IsZero() {
		w.Until = r.SendAfter.Add(max(r.Expires.Sub(r.Created), sendable))
	}
	w.From = r.SendFrom(n)
	return w
}

// early reports whether it is too early for line n, by the clock that windows
// are of and by our own.
func (r Record) early(n int, at, now time.Time) bool {
	return r.Quote.Lines[n].Send.Early(at) || now.Before(r.SendAfter)
}

// due reports whether line n may be sent, by the clock that windows are of and
// by our own.
func (r Record) due(n int, at, now time.Time) bool {
	switch own := r.Quote.Lines[n].Send; {
	case r.SendAfter.IsZero():
		return own.Open(at)
	case own.IsZero():
		return r.window(n).Open(now)
	default:
		return own.Open(at) && !now.Before(r.SendAfter)
	}
}

// clockOf is the time of day by the clock that the window of line n is of.
func (e *Engine) clockOf(r Record, n int) time.Time {
	if r.Quote.Lines[n].Send.IsZero() {
		return e.now()
	}
	return e.clock()
}

// sendAfter returns when an order may be sent that a decision completes: zero
// where no rule has it wait. What could not be sent any more by then is not
// approved, nor is anything by an approval that is weaker than rules want it.
func (p Policy) sendAfter(r Record, made Decision) (time.Time, error) {
	rules := p.strict(r)
	if err := rules.weak(made); err != nil {
		return time.Time{}, err
	}
	needs := rules.Needs
	if needs == nil || needs.Wait == 0 || !made.Approve {
		return time.Time{}, nil
	}
	after := made.At.Add(needs.Wait)
	if by, bound := p.approvedBy(r, needs.Wait); bound && !made.At.Before(by) {
		return after, p.waitsTooLong(r, *needs, made.At)
	}
	return after, nil
}

// approvedBy returns before when an order must be approved so that each of its
// lines can still be sent in its own window after a wait; false where nothing
// waits, or no line has one. Windows of others are counted from the end of the
// wait.
func (p Policy) approvedBy(r Record, wait time.Duration) (by time.Time, bound bool) {
	if wait == 0 || !r.Quote.scheduled() {
		return by, false
	}
	return p.sentBy(r.Quote.closes()).Add(-wait), true
}

// sentBy returns by when it must have begun that a line is sent.
func (p Policy) sentBy(l Line) time.Time { return l.Send.Until.Add(-max(p.sendWithin, sendable)) }

// closes returns the line whose window closes first.
func (q Quote) closes() Line {
	return slices.MinFunc(q.Lines, func(a, b Line) int { return a.Send.Until.Compare(b.Send.Until) })
}

// waitsTooLong reports an order that nobody could carry out any more if it was
// approved at a moment.
func (p Policy) waitsTooLong(r Record, needs approval.Needs, at time.Time) error {
	l := r.Quote.closes()
	return fault.New(fault.Conflict, "%s would have to wait until %s, and is to be sent before %s",
		shown(l.Number), minute(at.Add(needs.Wait)), minute(p.sentBy(l))).
		WithField("approval.rules").WithHint("the time is that of rule %s (wait)", ruleNames(needs))
}

// inTime reports whether an order could still be carried out that is approved now,
// as the stricter of what it was asked under and what holds at present has it wait.
func (p Policy) inTime(r Record) bool {
	by, bound := p.approvedBy(r, p.needs(r).Wait)
	return !bound || p.at.Before(by)
}
