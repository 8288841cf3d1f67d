// Package incident is the error boundary of the program: it turns a panic
// into an error, and an error that is nobody's business into one with a
// reference, under which the log has the rest.
package incident

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/rs/zerolog"

	"didops/internal/fault"
)

// PanicError is a panic that was contained. Its text is for logs only.
type PanicError struct {
	What  string // what panicked; may be empty
	Value any    // what it panicked with
	Stack []byte // of the goroutine, from where it panicked
}

// Error returns the [PanicError.Summary] and the stack.
func (e *PanicError) Error() string { return e.Summary() + "\n" + string(e.Stack) }

// Summary returns what panicked and with what: the text without the stack.
func (e *PanicError) Summary() string {
	if e.What == "" {
		return fmt.Sprintf("panic: %v", e.Value)
	}
	return fmt.Sprintf("panic in %s: %v", e.What, e.Value)
}

// Guard runs a function and returns its error, or a panic of it as a
// [*PanicError] that names what it was.
func Guard(what string, run func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{What: what, Value: p, Stack: debug.Stack()}
		}
	}()
	return run()
}

// New returns the fault that a caller is shown in place of cause:
// [fault.Internal] with a reference of 10 characters, and the reference, by
// which the log finds the cause.
func New(cause error) (shown *fault.Error, reference string) {
	reference = rand.Text()[:10]
	return fault.New(fault.Internal, "internal error").
		WithHint("the log has the details under reference %s", reference).WithCause(cause), reference
}

// Present returns an error as a caller may see it. One with a code stays as
// it is, unless that is [fault.Internal]; a context that ended is
// [fault.Unavailable]; all else is what [New] makes of it. The reference is
// empty unless there is one.
func Present(ctx context.Context, err error) (shown *fault.Error, reference string) {
	if f, ok := fault.As(err); ok && f.Code != fault.Internal {
		return f, ""
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Unavailable, "it took too long").WithCause(err), ""
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return fault.New(fault.Unavailable, "the request was cancelled").WithCause(err), ""
	}
	return New(err)
}

// Boundary is where a front end contains what went wrong on our side. It is
// safe for concurrent use.
type Boundary struct {
	Log  *zerolog.Logger // needed
	Name string          // the front end, which log lines begin with
}

// Guard is [Guard], except that a panic is logged, and returned as the fault
// of [Boundary.Report]. Other errors are returned as they are.
func (b Boundary) Guard(ctx context.Context, what string, run func() error) error {
	err := Guard(what, run)
	if _, ok := errors.AsType[*PanicError](err); ok {
		return b.Report(ctx, err)
	}
	return err
}

// Report logs an error, of a panic with the stack, and returns the fault that
// is shown instead: it has the reference of the log and no cause, so that it
// can be written anywhere.
func (b Boundary) Report(ctx context.Context, err error) *fault.Error {
	shown, reference := New(nil)
	line, text := b.Log.Error().Ctx(ctx).Str("reference", reference), err.Error()
	if p, ok := errors.AsType[*PanicError](err); ok {
		line, text = line.Bytes("stack", p.Stack), p.Summary()
	}
	line.Msg(b.Name + ": " + text)
	return shown
}
