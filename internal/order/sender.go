package order

import (
	"context"
	"errors"
	"sync"
	"time"

	"didops/internal/fault"
	"didops/internal/lease"
	"didops/internal/view"
)

const (
	// sendIdle is how often it is looked for scheduled orders that are due.
	sendIdle = 30 * time.Second

	// sendAgain is how long a line that is due and was not sent is left alone
	// at least before it is tried again.
	sendAgain = 5 * time.Minute

	// clockAgain is how often the exchange is read to learn its clock, while
	// something is scheduled: ours may be slow.
	clockAgain = time.Hour

	// clockUnsure is by how much a clock may be ahead that was never compared
	// with that of the exchange.
	clockUnsure = 7 * 24 * time.Hour

	// useUntil is how long before a line may not be tried any more it is waited for
	// that its use is known.
	useUntil = 30 * time.Minute
)

// UsedSince reports whether a number, by its digits, had calls or messages on the
// UTC day of a moment or later: histories are kept by days. Known is false where
// they were not read up to about now.
type UsedSince func(ctx context.Context, number string, since time.Time) (used, known bool)

// sender is the part of an engine that sends what is scheduled. It runs from
// [Engine.Start] to the end of the engine.
type sender struct {
	lease *lease.Runner // of who sends, in this process or another
	mu    sync.Mutex
	tried map[lineID]pause // of lines that are due and were tried, and not sent
	asked time.Time        // when the exchange was last read to learn its clock
}

// pause is for how long a line is left alone.
type pause struct{ from, until time.Time }

// lineID names a line of an order.
type lineID struct {
	order string
	n     int
}

func (s *sender) begin(e *Engine) {
	s.tried = map[lineID]pause{}
	s.lease = &lease.Runner{
		Store: e.Leases, Name: "send " + e.Exchange, Holder: e.id, Term: reconcilerTerm,
		Observe: func(status lease.Status, err error) {
			if err != nil {
				e.Log.Error().Err(err).Stringer("status", status).Msg("the lease for sending what is scheduled could not be kept or given back")
			}
		},
	}
}

// rests reports whether a line was tried and is left alone yet.
func (s *sender) rests(l lineID, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for l, p := range s.tried {
		if now.Before(p.from) || !now.Before(p.until) { // also where the clock was set back
			delete(s.tried, l)
		}
	}
	_, rests := s.tried[l]
	return rests
}

func (s *sender) note(l lineID, now time.Time, rest time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried[l] = pause{now, now.Add(rest)}
}

// asks reports whether the clock of the exchange is to be learnt again.
func (s *sender) asks(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if since := now.Sub(s.asked); since >= 0 && since < clockAgain {
		return false
	}
	s.asked = now
	return true
}

// askAgain has the clock of the exchange learnt as soon as what is due is tried
// again: it could not be read.
func (s *sender) askAgain(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = now.Add(sendAgain - clockAgain)
}

// clock is the time of day at the exchange, as far as its answers told: what
// is due is due there.
func (e *Engine) clock() time.Time {
	if e.Skew != nil {
		if ahead, known := e.Skew(); known {
			return e.now().Add(ahead)
		}
	}
	return e.now()
}

// sendScheduled sends what is due until the engine leaves or is closed.
func (e *Engine) sendScheduled() {
	for e.leaving.Err() == nil {
		e.witness(e.life)
		timer := time.NewTimer(e.sendDue(e.life))
		select {
		case <-timer.C:
		case <-e.leaving.Done():
		}
		timer.Stop()
	}
}

// sendDue sends what is due by now, unless another process does, and returns
// how long to wait before the next look. Of two clocks the later one tells what
// is looked at; that of the exchange, as it was read last, what is sent.
func (e *Engine) sendDue(ctx context.Context) time.Duration {
	now, wait := later(e.now(), e.clock()), sendIdle
	var ids []string
	var first string
	err := e.read(ctx, func(tx Tx) error {
		var err error
		if ids, err = tx.ToSend(e.Exchange, now); err != nil {
			return err
		}
		id, next, err := tx.NextToSend(e.Exchange)
		if until := next.Sub(now); err == nil && until > 0 {
			wait = min(wait, until)
		}
		if first = id; errors.Is(err, ErrNone) {
			return nil
		}
		return err
	})
	switch {
	case err != nil:
	case len(ids) > 0:
		_, err = e.sender.lease.Try(ctx, func(ctx context.Context) error {
			var all error
			for _, id := range ids {
				all = errors.Join(all, e.sendOrder(ctx, id))
			}
			return all
		})
	case first != "" && e.Skew != nil && e.sender.asks(e.now()):
		if err = e.learnClock(ctx, first); err != nil {
			e.sender.askAgain(e.now())
		}
	}
	if err != nil && ctx.Err() == nil {
		e.Log.Error().Err(err).Msg("what is scheduled could not be sent")
	}
	return wait
}

// learnClock reads a line of an order, of which only the exchange's clock is
// wanted.
func (e *Engine) learnClock(ctx context.Context, id string) error {
	r, err := e.current(ctx, id)
	if err != nil {
		return err
	}
	handler, err := e.handler(r.Tool)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, e.ReadWithin)
	defer cancel()
	_, err = handler.Requote(ctx, r.Quote.Lines[0])
	return err
}

// sendOrder sends the lines of an order that are due, one after another.
func (e *Engine) sendOrder(ctx context.Context, id string) error {
	for n := 0; ; n++ {
		var r Record
		if ended(ctx.Done()) || ended(e.leaving.Done()) {
			return nil // another process goes on
		}
		err := e.Store.Read(ctx, func(tx Tx) (err error) {
			r, err = tx.Order(id)
			return err
		})
		if err != nil || n >= len(r.Lines) || r.Phase != PhaseScheduled {
			return err
		}
		if r.Lines[n].State != LineWaiting || r.early(n, later(e.now(), e.clock()), e.now()) || e.sender.rests(lineID{id, n}, e.now()) {
			continue
		}
		// What has begun is not cut off: whether it was done would not be known.
		if stop, err := e.sendLine(context.WithoutCancel(ctx), r, n); stop || err != nil {
			return err
		}
	}
}

// sendLine sends a line that is due, and says whether the others of its order
// are better left alone for now.
func (e *Engine) sendLine(ctx context.Context, r Record, n int) (stop bool, err error) {
	x := &execution{Engine: e, news: make(chan struct{}, 1), latest: r}
	stop, rest, err := x.line(r, n).sendOnce(ctx)
	switch x.record().Lines[n].State {
	case LineWaiting:
		e.sender.note(lineID{r.ID, n}, e.now(), rest)
	case LineUnknown, LineFailed, LineSending:
		e.reconcileSoon()
	case LineDone, LineSkipped, LineChanged:
	}
	if errors.Is(err, errTaken) {
		return true, nil
	}
	return stop, err
}

// scheduled reports whether the line is sent when it is due.
func (c *carrying) scheduled() bool { return c.r.scheduled() }

// windowed reports whether the line has a window of its own, by the clock of
// the exchange.
func (c *carrying) windowed() bool { return !c.quoted.Send.IsZero() }

// until returns when the line may not be tried any more, by [Engine.clock].
func (c *carrying) until() time.Time {
	if c.scheduled() {
		return c.r.window(c.n).Until.Add(-c.SendWithin)
	}
	return c.r.Expires
}

// tooLate says that it is too late to try once more.
func (c *carrying) tooLate() string {
	if c.windowed() {
		return "it renews before it could be tried again"
	}
	return "the order expired before it could be tried again"
}

// time is the time of day by the clock that until is of.
func (c *carrying) time() time.Time {
	if c.windowed() {
		return c.clock()
	}
	return c.now()
}

// rest returns how long to wait before the next try.
func (c *carrying) rest(sent error) time.Duration {
	if c.scheduled() {
		return max(sendAgain, restFor(sent, c.tries))
	}
	return restFor(sent, c.tries)
}

// sendOnce carries out a line of a scheduled order that is due, with one try at
// most, and says whether the others are better left alone for now, and for how
// long this one is where it waits. An error is one of the journal.
func (c *carrying) sendOnce(ctx context.Context) (stop bool, rest time.Duration, err error) {
	handler, err := c.handler(c.r.Tool)
	if err != nil {
		return true, sendAgain, err
	}
	l := c.r.Lines[c.n]
	c.tries, c.doubt = l.Tries, l.Said == SaidLater
	ready, stop, err := c.ready(ctx, handler)
	if !ready || err != nil {
		return stop, sendAgain, err
	}
	sent, a, err := c.attempt(ctx, handler)
	return err != nil || a.State == LineWaiting || a.State == LineUnknown && a.Said != SaidYes || a.stop, c.rest(sent), err
}

// due reports whether a line whose facts are as approved may be sent now. The
// facts were read just before, so that the clock of the exchange is known as
// well as it can be. What renews before it can be sent is not, nor what was
// used since the approval, or may have been.
func (c *carrying) due(ctx context.Context, a Answer) (ready, stop bool, err error) {
	if !c.scheduled() {
		return true, false, nil
	}
	if c.r.early(c.n, c.clock(), c.now()) {
		return false, false, nil
	}
	used, known := false, true
	if c.Used != nil && c.windowed() && c.clock().Before(c.until()) {
		asking, stop := context.WithCancel(ctx)
		defer context.AfterFunc(c.leaving, stop)() //nolint:contextcheck // what is asked ends with the program too
		used, known = c.Used(asking, c.quoted.Number, c.r.Decided)
		stop()
	}
	now := c.time()
	if !now.Before(c.until()) {
		return false, false, c.keep(ctx, c.unsentInTime(a), "changed")
	}
	is := "since " + c.r.Decided.UTC().Format("2 Jan 2006")
	switch {
	case used:
		a.Message = c.unsent("it had calls or messages on the day of its approval or later")
	case known:
		return true, false, nil
	case now.Before(c.until().Add(-useUntil)), ended(c.leaving.Done()):
		return false, false, nil // it may be known soon, or to another process
	default:
		a.Message, is = c.unsent("whether it had calls or messages since its approval is not known"), "not known"
	}
	a.State = LineChanged
	a.Changed = Changes{"used": {new("no"), new(is)}}
	return false, false, c.keep(ctx, a, "changed")
}

// missed reports whether a scheduled line renews before it can be sent, also
// where the exchange can't be read. A clock that was not compared with that of
// the exchange is believed later.
func (c *carrying) missed() bool {
	if !c.scheduled() {
		return false
	}
	end := c.until()
	if c.Skew != nil && c.windowed() {
		if _, known := c.Skew(); !known {
			end = end.Add(clockUnsure)
		}
	}
	return !c.time().Before(end)
}

// unsentInTime ends a line that was not sent in time.
func (c *carrying) unsentInTime(a Answer) Answer {
	a.State = LineChanged
	if !c.windowed() {
		a.Message = c.unsent("nothing could be sent before " + minute(c.r.window(c.n).Until) + ", and its approval counts no longer")
		return a
	}
	a.Message = c.unsent("nothing could be sent before it renews at " + minute(c.quoted.Send.Until) + ", so that another period may be charged")
	return a
}

// outdated reports that a scheduled order would not be approved any more: there
// are limits on its day, or more approvals are needed, that it is beyond now.
func (c *carrying) outdated(tx Tx, r Record) error {
	policy := c.Policy()
	day, err := tx.Day(c.Exchange, r.Day)
	if err != nil {
		return err
	}
	given := 0
	for _, d := range day {
		if d.Operation == r.Tool {
			given += d.Lines
		}
	}
	if bound := policy.PerDay[r.Tool]; bound.Most > 0 && given > bound.Most {
		return &barredError{because: limit(bound.Setting, "%d numbers of the day that it was approved on are over the %d of a day", given, bound.Most), event: "over a limit"}
	}
	if err := policy.strict(r).refused(); err != nil {
		return &barredError{because: err, event: "over a limit"}
	}
	if needed := policy.needed(r); len(r.Decisions) < needed {
		return &barredError{because: fault.New(fault.Forbidden, "it needs %s by now, and has %d", view.Plural(needed, "approval"), len(r.Decisions)), event: "over a limit"}
	}
	return nil
}

// minute writes a moment of a plan for a person.
func minute(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04 UTC") }
