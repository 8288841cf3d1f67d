package request

import (
	"context"
	"time"
)

type leaveByKey struct{}

// LeaveBy returns a context whose requests may not leave after a moment of the
// program's clock. The context's own deadline does not count the time in which
// the machine slept.
func LeaveBy(ctx context.Context, t time.Time) context.Context {
	return context.WithValue(ctx, leaveByKey{}, t.Round(0))
}

// Late reports whether it is too late for a request of the context to leave;
// never where nothing was said about that.
func Late(ctx context.Context, now time.Time) bool {
	t, ok := ctx.Value(leaveByKey{}).(time.Time)
	return ok && now.Round(0).After(t)
}
