package order

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/audit"
	"didops/internal/failpoint"
	"didops/internal/lease"
)

const (
	// reconcilerTerm is how long a process may be silent before another settles
	// in its place.
	reconcilerTerm = time.Minute

	// settleIdle is how often a settler that has nothing to do looks whether
	// another process has left it something.
	settleIdle = 5 * time.Second

	// settleLeast is how long it waits at least before it looks again.
	settleLeast = 100 * time.Millisecond
)

// reconciler is the part of an engine that does what is due by itself. It runs
// from the first time it is needed to the end of the engine.
type reconciler struct {
	mu      sync.Mutex
	started bool
	wake    chan struct{}
	lease   *lease.Runner // of who attends to orders, in this process or another
	pulse   pulse
}

// Start begins to settle what other processes left open, to look once more at
// what was settled lately, and to send what is scheduled. Programs that run for
// long call it at their start. Where there is no store nothing is made.
func (e *Engine) Start() {
	e.others.Go(func() {
		var due bool
		err := e.read(e.life, func(tx Tx) error {
			_, err := tx.NextDue(e.Exchange)
			due = err == nil
			if errors.Is(err, ErrNone) {
				return nil
			}
			return err
		})
		if err == nil && due {
			err = e.write(e.life, func(tx Tx) error { return tx.Looked(e.Exchange, e.now()) })
		}
		if err != nil && e.life.Err() == nil {
			e.Log.Error().Err(err).Msg("the orders left open could not be read")
		}
	})
	e.reconcileSoon()
	e.others.Go(e.sendScheduled)
	if e.Nudges != nil {
		e.others.Go(e.nudgeAll)
	}
}

// reconcileSoon starts the settler, or wakes it.
func (e *Engine) reconcileSoon() {
	s := &e.reconciler
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started {
		select {
		case s.wake <- struct{}{}:
		default:
		}
		return
	}
	if e.life.Err() != nil {
		return
	}
	s.started, s.wake = true, make(chan struct{}, 1)
	e.others.Go(e.reconcileLoop)
}

func (e *Engine) reconcileLoop() {
	var before []string
	for e.life.Err() == nil {
		e.reconciler.pulse.beat(e.Now())
		wait := settleIdle
		ids, done := e.attendDue(e.life)
		if done {
			wait = e.untilDue(e.life)
		}
		if wait == settleLeast && slices.Equal(ids, before) { // the store calls due what is not
			wait = settleIdle
		}
		before = ids
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-e.reconciler.wake:
		case <-e.life.Done():
		}
		timer.Stop()
	}
}

// untilDue returns how long nothing is due.
func (e *Engine) untilDue(ctx context.Context) time.Duration {
	wait := settleIdle
	err := e.read(ctx, func(tx Tx) error {
		at, err := tx.NextDue(e.Exchange)
		if err == nil {
			wait = min(wait, at.Sub(e.Now()))
		}
		return err
	})
	if err != nil {
		return settleIdle
	}
	return max(wait, settleLeast)
}

// attendDue does what is due by now, for the orders that it returns, and reports
// whether that went well and no other process was at it.
func (e *Engine) attendDue(ctx context.Context) (ids []string, done bool) {
	var ahead []string
	err := e.read(ctx, func(tx Tx) error {
		var err error
		if ids, err = tx.Due(e.Exchange, e.now()); err == nil {
			ahead, err = e.ahead(tx, e.now())
		}
		return err
	})
	for _, id := range ahead {
		err = errors.Join(err, e.bound(ctx, id))
	}
	if err != nil && ctx.Err() == nil {
		e.Log.Error().Err(err).Msg("what is due could not be read")
	}
	return ids, err == nil && (len(ids) == 0 || e.attend(ctx, ids...))
}

// attend does what is due for orders: ends what is out of time, takes over
// what a dead process left, and looks for unknown lines. One process at a time
// does it for an exchange. It reports whether all of it was done.
func (e *Engine) attend(ctx context.Context, ids ...string) bool {
	held, err := e.reconciler.lease.Try(ctx, func(ctx context.Context) error {
		var all error
		for _, id := range ids {
			err := e.attendTo(ctx, id)
			if all = errors.Join(all, err); err != nil && ctx.Err() == nil {
				e.Log.Error().Ctx(ctx).Err(err).Str("order", id).Msg("an order could not be attended to")
			}
		}
		return all
	})
	if err != nil && !held && ctx.Err() == nil {
		e.Log.Error().Err(err).Msg("the lease for settling could not be asked for")
	}
	return held && err == nil
}

// reconcilerLease returns the lease of who settles the orders of the exchange.
func (e *Engine) reconcilerLease() *lease.Runner {
	return &lease.Runner{
		Store: e.Leases, Name: "settle " + e.Exchange, Holder: e.id, Term: reconcilerTerm,
		Observe: func(s lease.Status, err error) {
			if err != nil {
				e.Log.Error().Err(err).Stringer("status", s).Msg("the lease for settling could not be kept or given back")
			}
		},
	}
}

// sweep ends what is out of time and takes over what a dead process left, so
// that what is said of orders is true. It reads nothing of the exchange, and
// writes only where there is something to end.
func (e *Engine) sweep(ctx context.Context) error {
	var stale []string
	err := e.read(ctx, func(tx Tx) error {
		var err error
		stale, err = e.stale(tx, e.now())
		return err
	})
	if err != nil {
		return err
	}
	return e.concludeAll(ctx, stale)
}

// stale returns the orders that are out of time, or whose runner is dead.
func (e *Engine) stale(tx Tx, now time.Time) ([]string, error) {
	ids, err := tx.Due(e.Exchange, now)
	if err != nil {
		return nil, err
	}
	var stale []string
	for _, id := range ids {
		r, err := tx.Order(id)
		if err != nil {
			return nil, err
		}
		if r.Phase == PhasePending && !now.Before(r.Expires) || r.Silent(now) {
			stale = append(stale, id)
		}
	}
	return stale, nil
}

func (e *Engine) concludeAll(ctx context.Context, ids []string) error {
	for _, id := range ids {
		if _, err := e.conclude(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// conclude ends an order that is out of time, or whose runner is dead.
func (e *Engine) conclude(ctx context.Context, id string) (Record, error) {
	var r Record
	err := e.writing(ctx, theOrder(id), func(tx Tx) error {
		now := e.now()
		var err error
		if r, err = e.expire(tx, id, now); err != nil || !r.Silent(now) {
			return err
		}
		r, err = e.step(tx, r, Interrupt{At: now}, audit.Entry{Event: "interrupted", At: now, Result: "the program that carried it out has ended"})
		return err
	})
	return r, err
}

func (e *Engine) attendTo(ctx context.Context, id string) error {
	r, err := e.conclude(ctx, id)
	if err != nil {
		return err
	}
	for n := range r.Lines {
		if next := r.Lines[n].NextLook; !next.IsZero() && !next.After(e.Now()) {
			if err := e.lookFor(ctx, r, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// lookFor looks at the exchange for a line that was sent, and records what
// that says.
func (e *Engine) lookFor(ctx context.Context, r Record, n int) error {
	handler, err := e.handler(r.Tool)
	if err != nil {
		return err
	}
	e.reconciler.pulse.beat(e.Now())
	failpoint.Here("look")
	reading, cancel := context.WithTimeout(ctx, e.ReadWithin)
	found, err := handler.Reconcile(reading, r.Quote.Lines[n])
	cancel()
	failpoint.Here("looked")
	if err != nil {
		found = Evidence{Why: words(err)}
	}
	var before, after LineState
	told := false
	err = e.write(ctx, func(tx Tx) error {
		now := e.now()
		r, err := tx.Order(r.ID)
		if err != nil || r.Lines[n].NextLook.IsZero() {
			return err
		}
		look := Observe{Line: n, Evidence: found, At: now, After: e.SettleAfter, Blind: handler.blind()}
		if look.Evidence.Verdict, err = e.ours(tx, r, n, found.Verdict); err != nil {
			return err
		}
		if look.Evidence.Verdict != found.Verdict {
			look.Evidence = Evidence{Verdict: look.Evidence.Verdict, Why: "another order was about the number since"}
		}
		next, err := Next(r, look)
		if err != nil {
			return err
		}
		before, after = r.Lines[n].State, next.Lines[n].State
		same, err := r.bindsSame(next)
		switch {
		case err != nil:
			return err
		case same:
			return tx.Save(next)
		}
		var entry audit.Entry
		entry, told = r.turned(next.Lines[n], look)
		_, err = e.step(tx, r, look, entry)
		return err
	})
	if err == nil && told {
		e.announce(ctx, r, n, before, after)
	}
	return err
}

// turned returns the entry on what a look made of a line, and whether that is
// news: more than what was found this time.
func (r Record) turned(is LineRecord, look Observe) (entry audit.Entry, news bool) {
	was := r.Lines[look.Line]
	entry = r.about(look.Line, eventAfter(was.State), look.At, is.Message)
	entry.Line = string(is.State)
	switch {
	case is.Gone && !was.Gone:
		entry.Event, entry.Result = "gone", look.Evidence.Why
	case is.State == was.State && is.Denied && !was.Denied:
		entry.Event = "contradicted"
	case is.State == was.State && is.Let && !was.Let:
		entry.Event, entry.Result = "let go", "other orders may be about the number again: "+is.Message
		return entry, false
	case is.State == was.State:
		entry.Event = "looked for"
		return entry, false
	case is.State == LineDone:
		entry.Differs = audit.Differences(is.Differs)
	}
	return entry, true
}

// ours returns the verdict on a line that keeps no other order off its number:
// what another one did to it since is not this one's doing.
func (e *Engine) ours(tx Tx, r Record, n int, v Verdict) (Verdict, error) {
	asBefore := v == Refuted || v == Inconclusive
	switch r.Lines[n].State {
	case LineFailed, LineChanged:
		if asBefore {
			return v, nil
		}
	case LineDone:
		if !asBefore {
			return v, nil
		}
	case LineUnknown:
		if !r.Lines[n].Let {
			return v, nil
		}
	default:
		return v, nil
	}
	number := r.Quote.Lines[n].Number
	other, err := tx.DoneSince(r.Exchange, []string{number}, r.Created, r.ID)
	if other || err != nil {
		return Inconclusive, err
	}
	holder, err := tx.Holder(r.Exchange, number)
	if errors.Is(err, ErrNone) {
		return v, nil
	}
	if err != nil {
		return Inconclusive, err
	}
	now, err := tx.Order(holder)
	if now.Phase == PhaseExecuting {
		return Inconclusive, err // what is seen may be what it has just sent
	}
	return v, err
}

// eventAfter is the event of a line that turns out to be something else than
// it was.
func eventAfter(before LineState) string {
	if before == LineUnknown {
		return "settled"
	}
	return "corrected"
}

func (e *Engine) announce(ctx context.Context, r Record, n int, before, after LineState) {
	level, what := zerolog.InfoLevel, eventAfter(before)
	switch {
	case before == after && after == LineDone:
		what = "given up elsewhere"
	case before == after:
		what = "contradicted by the exchange's lists"
	}
	if what != "settled" {
		level = zerolog.WarnLevel
	}
	e.Log.WithLevel(level).Ctx(ctx).Str("order", r.ID).Str("kind", r.Kind).Str("line", shown(r.Quote.Lines[n].Number)).
		Str("was", string(before)).Str("is", string(after)).Msg("a line was " + what)
}
