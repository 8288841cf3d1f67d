package deadline

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// Grace is how long something may go on after the end of its context before
// it is no longer waited for.
const Grace = 500 * time.Millisecond

// ErrAbandoned is in the error of what did not end with its context.
var ErrAbandoned = errors.New("it did not end when it was told to, and is not waited for")

// Call returns what fn returns. An fn that goes on for longer than twice
// [Grace] after the end of ctx, though it was told, is left behind: the error
// then is the context's, marked [ErrAbandoned], and fn must hold nothing that
// the caller uses again. A panic of fn is the caller's, as an error with the
// stack.
func Call[T any](ctx context.Context, fn func() (T, error)) (T, error) {
	type outcome struct {
		value    T
		err      error
		panicked error
	}
	ended := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() {
			if p := recover(); p != nil {
				o.panicked = fmt.Errorf("%v\n%s", p, debug.Stack())
			}
			ended <- o
		}()
		o.value, o.err = fn()
	}()
	late := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(2*Grace, func() { close(late) }) })
	defer stop()
	select {
	case o := <-ended:
		if o.panicked != nil {
			panic(o.panicked)
		}
		return o.value, o.err
	case <-late:
		var none T
		return none, fmt.Errorf("%w: %w", ErrAbandoned, ctx.Err())
	}
}
