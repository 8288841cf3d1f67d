package request

import (
	"context"

	"didops/internal/identity"
)

type callerKey struct{}

// WithCaller returns a context whose work is done for the caller.
func WithCaller(ctx context.Context, by identity.Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, by)
}

// Caller returns who called the running operation; nobody, who may see
// nothing, outside of one.
func Caller(ctx context.Context) identity.Caller {
	by, _ := ctx.Value(callerKey{}).(identity.Caller)
	return by
}
