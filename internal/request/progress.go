package request

import "context"

// Progress says how far a long operation is.
type Progress struct {
	Done  int    // units done so far, never less than before
	Total int    // units in all; 0 when not known
	Text  string // for a person: "4,500 numbers read"
}

type progressKey struct{}

// WithProgress is the one value besides cancellation that travels in a
// context: an operation's signature stays free of what only long readings
// need, and work shared by several callers reports to the one that began it.
func WithProgress(ctx context.Context, report func(Progress)) context.Context {
	return context.WithValue(ctx, progressKey{}, report)
}

// Report tells the caller of the running operation how far it is. It does
// nothing where nobody listens.
func Report(ctx context.Context, p Progress) {
	if report, ok := ctx.Value(progressKey{}).(func(Progress)); ok {
		report(p)
	}
}
