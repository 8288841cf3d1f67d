package chat

import (
	"context"
	"errors"
	"time"
)

const (
	passWithin = 20 * time.Second // how long a pass may take
	idle       = 10 * time.Second // how long is waited at most before there is looked again
	otherwise  = 5 * time.Second  // how soon it is tried again after an error
)

// step does what there is to do, and returns the last entry that it has seen
// to and how soon it wants to be called again at the latest.
type step func(ctx context.Context) (seen int64, again time.Duration, err error)

// repeat calls a step whenever something has changed, until ctx ends. It
// returns an error only where the chat refuses the program; everything else is
// tried again.
func (s *Service) repeat(ctx context.Context, name string, wake <-chan struct{}, work step) error {
	for ctx.Err() == nil {
		seen, again, err := s.once(ctx, work)
		if errors.Is(err, ErrUnauthorized) {
			return err
		}
		s.logLimited(ctx, name, err)
		if err != nil {
			s.await(ctx, otherwise, func(ctx context.Context) { <-ctx.Done() }, nil)
			continue
		}
		s.await(ctx, again, func(ctx context.Context) { s.c.Feed.Changed(ctx, seen) }, wake)
	}
	return nil
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

// await returns when there are news, when it is woken, when a time is over, or
// when ctx ends.
func (s *Service) await(ctx context.Context, long time.Duration, news func(context.Context), wake <-chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	changed := make(chan struct{})
	go func() {
		defer close(changed)
		news(ctx)
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
