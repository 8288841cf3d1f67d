package discord

import (
	"context"
	"errors"
	"sync"
	"time"

	"didops/bots/discord/gateway"
)

const (
	leaseFor  = 30 * time.Second // how long a lease is taken for
	renewed   = 10 * time.Second // how long is waited at most before it is kept on
	otherwise = 5 * time.Second  // how soon it is tried again to get one, and after an error of the store
)

// step does what there is to do, and returns the last entry that it has seen
// to and how soon it wants to be called again at the latest.
type step func(ctx context.Context) (seen int64, again time.Duration, err error)

// runWithLease calls a pass whenever something has changed, while this process holds
// the lease of that name, until ctx ends. It returns an error only where the
// token is refused; everything else is tried again.
func (b *Bot) runWithLease(ctx context.Context, name string, wake <-chan struct{}, work step) error {
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), otherwise)
		defer cancel()
		_ = b.Board.Release(ctx, name) // it ends by itself soon
	}()
	for ctx.Err() == nil {
		mine, err := b.Board.Lease(ctx, name, leaseFor)
		if err != nil || !mine {
			b.logLimited(ctx, name, err)
			pause(ctx, otherwise)
			continue
		}
		seen, again, err := b.once(ctx, work)
		switch {
		case errors.Is(err, gateway.ErrUnauthorized):
			return err
		case err != nil:
			b.logLimited(ctx, name, err)
			again = otherwise
		}
		b.await(ctx, seen, min(again, renewed), wake, err != nil)
	}
	return nil
}

// once bounds a pass so that the lease is kept on in time.
func (b *Bot) once(ctx context.Context, work step) (seen int64, again time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, leaseFor-renewed)
	defer cancel()
	err = b.guarded(ctx, func() error {
		var err error
		seen, again, err = work(ctx)
		return err
	})
	return seen, again, err
}

// await returns when there is an entry after the one seen, when it is woken,
// or when time is up. After an error only time counts.
func (b *Bot) await(ctx context.Context, seen int64, long time.Duration, wake <-chan struct{}, failed bool) {
	if failed {
		pause(ctx, long)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	changed := make(chan struct{})
	go func() {
		defer close(changed)
		b.Board.Changed(ctx, seen)
	}()
	select {
	case <-changed:
	case <-wake:
		cancel()
		<-changed
	}
}

// logLimited logs what went wrong, each thing once a minute: what is repaired
// over and over would fill the log otherwise.
func (b *Bot) logLimited(ctx context.Context, about string, err error) {
	if err != nil && ctx.Err() == nil && b.limiter.may(about+": "+kindOf(err)) {
		b.Log.Error().Err(err).Msg("discord: " + about + ": it is tried again")
	}
}

func kindOf(err error) string {
	for _, kind := range []error{gateway.ErrGone, gateway.ErrForbidden, gateway.ErrInvalid, gateway.ErrBusy, gateway.ErrUnavailable} {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	return "other"
}

// logLimiter remembers what was logged. It is safe for concurrent use.
type logLimiter struct {
	now  func() time.Time
	mu   sync.Mutex
	last map[string]time.Time
}

func newLogLimiter(now func() time.Time) *logLimiter {
	return &logLimiter{now: now, last: map[string]time.Time{}}
}

func (g *logLimiter) may(what string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	for key, at := range g.last {
		if now.Sub(at) >= time.Minute {
			delete(g.last, key)
		}
	}
	if _, said := g.last[what]; said {
		return false
	}
	g.last[what] = now
	return true
}
