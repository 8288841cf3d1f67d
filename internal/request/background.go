package request

import "context"

type backgroundKey struct{}

// Background returns a context of work that nobody waits for. What is asked of
// the exchange in it gives way to all else.
func Background(ctx context.Context) context.Context {
	return context.WithValue(ctx, backgroundKey{}, true)
}

// InBackground reports whether nobody waits for the work of a context.
func InBackground(ctx context.Context) bool {
	is, _ := ctx.Value(backgroundKey{}).(bool)
	return is
}
