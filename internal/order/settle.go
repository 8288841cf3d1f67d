package order

import (
	"time"

	"didops/internal/risk"
)

// look makes of a line what a look says of it. An unknown line is settled; one
// that was settled by what was not seen, or whose refusal was believed, is
// corrected if it turns out otherwise.
func (r *Record) look(e Observe) bool {
	if !r.mayLook(e.Line) {
		return false
	}
	l, quoted := &r.Lines[e.Line], r.Quote.Lines[e.Line]
	switch {
	case l.State == LineUnknown:
		l.settle(e, quoted, r)
		r.letGo(l, e)
	case !l.Settled.IsZero() && (l.State == LineFailed || l.State == LineChanged || l.Inferred):
		l.correct(e, quoted, r.Risk)
	case l.State == LineDone && !l.Missed.IsZero():
		l.recheck(e)
	case !l.Settled.IsZero() && l.State == LineDone:
		l.NextLook = time.Time{} // what was seen there once was carried out
	default:
		return false
	}
	return true
}

// mayLook reports whether an order's line may be looked at.
func (r *Record) mayLook(n int) bool {
	return n >= 0 && n < len(r.Lines) && (r.Phase == PhaseOver || r.Phase == PhaseExecuting || r.Phase == PhaseScheduled)
}

// letGo lets the number go of a line that has been unknown for long, for good:
// another order may hold it by then. What may have been bought is held on to.
func (r *Record) letGo(l *LineRecord, e Observe) {
	if l.State == LineUnknown && r.Risk != risk.Spend && !e.At.Before(l.Deadline.Add(max(lookedAfter, e.After))) {
		l.Let = true
		if e.Blind {
			l.NextLook = time.Time{}
		}
	}
}

func (l *LineRecord) settle(e Observe, quoted Line, r *Record) {
	as := l.agree(e)
	switch as {
	case LineDone, LineFailed:
	default:
		l.Differs = e.Evidence.Differs
		l.Denied = l.Denied || as == LineUnknown
		if e.Evidence.Why != "" {
			l.Message = l.pending(e.Evidence.Why, r.Risk)
		}
		l.wait(e, longPause)
		return
	}
	l.State, l.Settled, l.Differs = as, e.At, nil
	l.Message = e.Evidence.outcome(e.Evidence.Why)
	switch {
	case as == LineDone:
		l.found(e.Evidence, quoted)
	case l.Words != "":
		l.Message = l.Words + "; " + l.Message
	}
	l.Inferred = as == LineDone && r.absent(e.Evidence.Verdict)
	l.Pause, l.NextLook = 30*time.Second, time.Time{}
	if as == LineFailed || l.Inferred {
		l.wait(e, lookedAfter)
	}
}

// agree returns what a look settles a line as: done or failed; unknown where
// the exchange said yes and its lists have said no for long enough, which
// nobody but a person can settle; "" while nothing can be said.
func (l *LineRecord) agree(e Observe) LineState {
	switch v := e.Evidence.Verdict; {
	case v == Confirmed, l.Said == SaidYes && e.Evidence.shows():
		return LineDone
	case v == Inconclusive, v == Altered:
		return "" // an incomplete reading says nothing, nor does what nobody asked for
	case v == Refuted && l.Said == SaidNo && l.State == LineUnknown && !e.Evidence.Moved:
		return LineFailed // a refusal that a reading bears out
	case e.At.Before(l.Deadline):
		return "" // too early a reading says too little
	case v != l.Seen || e.At.Before(l.FirstLook):
		l.Seen, l.Looks, l.FirstLook = v, 0, e.At
	}
	l.Looks++
	switch {
	case l.Looks < looksNeeded || e.At.Sub(l.FirstLook) < max(looksApart, e.After):
		return ""
	case l.Seen == Presumed:
		return LineDone
	case l.Said == SaidYes:
		return LineUnknown
	}
	return LineFailed
}

func (l *LineRecord) correct(e Observe, quoted Line, is risk.Level) {
	as := l.agree(e)
	switch {
	case e.Evidence.Verdict == Altered && l.State == LineFailed:
		as = LineUnknown // it is not as it was, so that "failed" is not true
	case l.Inferred && e.Evidence.Verdict == Refuted && !e.Evidence.Moved:
		as = LineUnknown // what was thought to be gone is seen
	}
	switch {
	case as == LineUnknown && as != l.State:
		l.doubt(e.At)
		l.Differs, l.Message = e.Evidence.Differs, l.pending(e.Evidence.Why, is)
		return
	case as != "" && as != l.State && (as == LineDone || l.State == LineDone):
		l.State, l.Message, l.NextLook, l.Inferred = as, e.Evidence.outcome(e.Evidence.Why), time.Time{}, false
		if as == LineDone {
			l.found(e.Evidence, quoted)
		}
		return
	}
	if !e.At.Before(l.Settled.Add(lookedAfter)) {
		l.NextLook = time.Time{}
		return
	}
	l.wait(e, lookedAfter)
	if end := l.Settled.Add(lookedAfter); l.NextLook.After(end) {
		l.NextLook = end
	}
}

// doubt makes unknown again what was thought to be settled. It holds no number:
// another order may hold it by now.
func (l *LineRecord) doubt(at time.Time) {
	l.Let = l.Let || l.State != LineUnknown
	l.State, l.Seen, l.Looks, l.FirstLook = LineUnknown, Inconclusive, 0, time.Time{}
	l.NextLook, l.Pause, l.Settled, l.Inferred = at.Add(firstPause), firstPause, time.Time{}, false
}

// goneAfter is for how long at least complete lists must not have what was
// bought until it counts as given up elsewhere.
const goneAfter = 15 * time.Minute

// recheck looks for what was bought and is asked for anew. Lists lag, but not
// for ever: whoever gave it up in the exchange's portal may buy it again.
func (l *LineRecord) recheck(e Observe) {
	switch e.Evidence.Verdict {
	case Confirmed, Altered, Presumed:
		l.Missed, l.NextLook = time.Time{}, time.Time{}
		return
	case Refuted:
		if l.Seen != Refuted || e.At.Before(l.FirstLook) || l.FirstLook.Before(l.Missed) {
			l.Seen, l.Looks, l.FirstLook = Refuted, 0, e.At
		}
		l.Looks++
		l.Gone = l.Looks >= looksNeeded && e.At.Sub(l.FirstLook) >= max(goneAfter, e.After)
	case Inconclusive:
	}
	l.NextLook = e.At.Add(shortPause)
	if l.Gone || !e.At.Before(l.Missed.Add(max(lookedAfter, 2*e.After))) {
		l.Missed, l.NextLook = time.Time{}, time.Time{}
	}
}

// unshown says that an exchange said yes to what its lists do not show as
// carried out.
func unshown(is risk.Level) string {
	if is == risk.Destroy {
		return "the exchange said yes; your list still has the number"
	}
	return "the exchange said yes; your list does not show it yet"
}

// pending says of a line that is not settled what the last look found.
func (l *LineRecord) pending(why string, is risk.Level) string {
	switch {
	case l.Denied && is == risk.Destroy:
		return "the exchange said yes, and its lists still have the number: look it up in the exchange's portal; the last look: " + why
	case l.Denied:
		return "the exchange said yes, and its lists do not show it: look it up in the exchange's portal; the last look: " + why
	case l.Said == SaidYes:
		return unshown(is) + "; the last look: " + why
	case l.Said == SaidNo:
		return "the exchange said no (" + l.Words + "), and that is not certain yet; the last look: " + why
	case l.Said == SaidLater:
		return "turned away, and that is not certain yet; the last look: " + why
	}
	return "not settled yet; the last look: " + why
}

// wait plans the next look, each time later, as far as the bound.
func (l *LineRecord) wait(e Observe, most time.Duration) {
	at := e.At
	counted := l.State == LineUnknown && l.Looks > 0
	settles := l.FirstLook.Add(max(looksApart, e.After))
	if counted && at.Before(settles) {
		most = min(most, shortPause) // complete readings all along
	}
	l.Pause = min(l.Pause, most)
	l.NextLook = at.Add(l.Pause)
	switch {
	case at.Before(l.Deadline):
		if l.NextLook.After(l.Deadline) {
			l.NextLook = l.Deadline // from then on a look counts
		}
		return
	case counted && at.Before(settles) && l.NextLook.After(settles):
		l.NextLook = settles
	}
	if l.Looks == 0 || l.Looks >= looksNeeded {
		l.Pause = min(2*l.Pause, most)
	}
}
