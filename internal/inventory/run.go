package inventory

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/fault"
	"didops/internal/lease"
	"didops/internal/loglimit"
	"didops/internal/request"
)

const (
	// peek is how soon it is looked again whether orders did something.
	peek = 5 * time.Second
	// settle is how long after the last thing that an order did the list is looked
	// at, and longest how long after the first one at the latest.
	settle  = 5 * time.Second
	longest = time.Minute
	// Pauses after failures double from the first to the longest.
	firstPause   = 30 * time.Second
	longestPause = 15 * time.Minute
	// longestWait is how long an exchange may ask for.
	longestWait = time.Hour
	// complainEvery is how often the log is told the same.
	complainEvery = 10 * time.Minute
)

// Run looks as often as configured, soon after orders that changed numbers, and
// again soon where numbers were missed, in one process at a time, until ctx ends.
// What it asks of the exchange gives way to all else.
func (s *Service) Run(ctx context.Context) error {
	if s.c.Every <= 0 || s.c.Reader == nil {
		<-ctx.Done()
		return nil
	}
	r := &lease.Runner{Store: s.c.Leases, Name: "inventory " + s.c.Exchange}
	w := &watcher{s: s, limit: loglimit.New[string](complainEvery, s.c.Now)}
	return r.Repeat(ctx, w.step, nil)
}

// watcher decides when to look. It is for one goroutine.
type watcher struct {
	s        *Service
	limit    *loglimit.Limiter[string]
	failures int
	resume   time.Time // nothing is read before
	entry    int64     // of the trail, up to which doings are known
	first    time.Time // when the first doing that no look has followed was seen
	latest   time.Time // when the last one happened
}

// step looks if a look is due, and returns when to come again.
func (w *watcher) step(ctx context.Context) (time.Duration, error) {
	wait, err := w.wait(ctx)
	if err != nil {
		w.complain(ctx, err)
		return peek, err
	}
	if wait > 0 {
		return min(wait, peek), nil
	}
	look, err := w.s.Look(request.Background(ctx))
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err == nil && !look.Complete && look.Reason != superseded {
		err = fmt.Errorf("the own numbers could not be read completely: %s", look.Reason)
	}
	w.settle(err)
	w.complain(ctx, err)
	return peek, nil
}

// settle draws from the outcome of a look when the next one is made.
func (w *watcher) settle(err error) {
	if err == nil {
		w.failures, w.resume, w.first, w.latest = 0, time.Time{}, time.Time{}, time.Time{}
		return
	}
	pause := min(firstPause<<min(w.failures, 10), longestPause)
	w.failures++
	pause = pause/2 + rand.N(pause/2)
	if f, ok := fault.As(err); ok {
		pause = max(pause, min(f.RetryAfter, longestWait))
	}
	w.resume = w.s.now().Add(pause)
}

// wait returns how long it is until a look is due.
func (w *watcher) wait(ctx context.Context) (time.Duration, error) {
	now := w.s.now()
	if rest := w.resume.Sub(now); rest > 0 && rest <= longestWait {
		return rest, nil
	}
	h, err := w.s.head(ctx)
	if err != nil {
		return 0, err
	}
	age := now.Sub(h.Clock)
	if h.First.IsZero() || age < 0 || age >= w.s.c.Every {
		return 0, nil
	}
	rest := w.s.c.Every - age
	if h.Missed > 0 {
		rest = min(rest, max(0, w.s.c.Proof-age))
	}
	if err := w.hear(ctx, h, now); err != nil {
		return 0, err
	}
	if !w.first.IsZero() {
		rest = min(rest, max(0, min(w.latest.Add(settle).Sub(now), w.first.Add(longest).Sub(now))))
	}
	return rest, nil
}

// hear notes what orders did since the last look, unless nothing was recorded
// since it asked last.
func (w *watcher) hear(ctx context.Context, h Head, now time.Time) error {
	if w.s.c.Head != nil {
		entry, err := w.s.c.Head(ctx)
		if err != nil || entry == w.entry && w.first.IsZero() {
			return err
		}
		w.entry = entry
	}
	moved, err := w.s.moved(ctx, h.Clock)
	if err != nil {
		return err
	}
	switch {
	case moved.IsZero():
		w.first, w.latest = time.Time{}, time.Time{}
	case w.first.IsZero():
		w.first, w.latest = now, moved
	default:
		w.latest = moved
	}
	return nil
}

// complain tells the log what went wrong, the same seldom.
func (w *watcher) complain(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil || !w.limit.Allow(err.Error()) {
		return
	}
	level := zerolog.WarnLevel
	if f, ok := fault.As(err); ok && f.Code == fault.Internal {
		level = zerolog.ErrorLevel
	}
	w.s.c.Log.WithLevel(level).Err(err).Msg("the own numbers could not be looked at: it is tried again")
}
