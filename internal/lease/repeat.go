package lease

import (
	"context"
	"errors"
	"time"
)

// Step does what there is to do, and returns how soon it wants to be called
// again at the latest. After an error it is called again when [Runner.Retry]
// is over, whatever it returned; an error of [Permanent] ends the repetition.
// It reports its errors itself.
type Step func(ctx context.Context) (again time.Duration, err error)

// Repeat runs a step over and over while the lease is ours, as [Runner.Run]
// runs work: after each one it waits for news or until the step wants to be
// called again. news returns when there is something to do, and when its
// context ends; nil = there are none. Repeat returns nil when ctx ends, and the
// error that a step made [Permanent].
func (r *Runner) Repeat(ctx context.Context, step Step, news func(context.Context)) error {
	return r.Run(ctx, func(ctx context.Context) error {
		for ctx.Err() == nil {
			again, err := step(ctx)
			if final, ok := errors.AsType[*permanentError](err); ok {
				return final.error
			}
			if err != nil {
				pause(ctx, r.retry())
				continue
			}
			await(ctx, again, news)
		}
		return nil
	})
}

// await returns when there are news or time is up.
func await(ctx context.Context, long time.Duration, news func(context.Context)) {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	if news == nil {
		<-ctx.Done()
		return
	}
	news(ctx)
}

// permanentError is an error that another step can't mend.
type permanentError struct{ error }

func (e *permanentError) Unwrap() error { return e.error }

// Permanent marks an error of a step with which nothing is left to do; nil
// stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}
