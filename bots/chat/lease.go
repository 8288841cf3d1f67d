package chat

import (
	"context"
	"errors"
	"time"

	"didops/internal/lease"
)

const (
	leaseFor   = 30 * time.Second // how long a lease is taken for
	passWithin = 20 * time.Second // how long a pass may take
	idle       = 10 * time.Second // how long is waited at most before there is looked again
	otherwise  = 5 * time.Second  // how soon it is tried again to get a lease, and after an error of the store
)

// step does what there is to do, and returns the last entry that it has seen
// to and how soon it wants to be called again at the latest.
type step func(ctx context.Context) (seen int64, again time.Duration, err error)

// runWithLease calls a pass whenever something has changed, while this process
// holds the lease of that name, until ctx ends. It returns an error only where
// the chat refuses the program; everything else is tried again.
func (s *Service) runWithLease(ctx context.Context, name string, wake <-chan struct{}, work step) error {
	var seen int64
	r := &lease.Runner{
		Store: s.c.Leases, Name: name, Term: leaseFor, Retry: otherwise,
		Observe: func(_ lease.Status, err error) { s.logLimited(ctx, name, err) },
	}
	pass := func(ctx context.Context) (again time.Duration, err error) {
		seen, again, err = s.once(ctx, work)
		if errors.Is(err, ErrUnauthorized) {
			return 0, lease.Permanent(err)
		}
		s.logLimited(ctx, name, err)
		return again, err
	}
	return r.Repeat(ctx, pass, func(ctx context.Context) { s.await(ctx, seen, wake) })
}

// once bounds a pass.
func (s *Service) once(ctx context.Context, work step) (seen int64, again time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, passWithin)
	defer cancel()
	err = s.boundary().Guard(ctx, "a loop", func() error {
		var err error
		seen, again, err = work(ctx)
		return err
	})
	return seen, again, err
}

// await returns when there is an entry after the one seen, when it is woken,
// or when ctx ends.
func (s *Service) await(ctx context.Context, seen int64, wake <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changed := make(chan struct{})
	go func() {
		defer close(changed)
		s.c.Feed.Changed(ctx, seen)
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
func (s *Service) logLimited(ctx context.Context, about string, err error) {
	if err != nil && ctx.Err() == nil && s.limiter.Allow(about+": "+kindOf(err)) {
		s.c.Log.Error().Err(err).Msg(s.c.Realm + ": " + about + ": it is tried again")
	}
}

func kindOf(err error) string {
	for _, kind := range []error{ErrGone, ErrForbidden, ErrInvalid} {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	return "other"
}
