// Package deadline reckons with the deadlines of contexts and connections, and
// holds to them what would not keep them by itself: a call ([Call]), a request
// over HTTP ([Transport]) and a stream that is written ([Writer]). These are times of the system's clock,
// whatever clock a program is given: so this is no place to learn what time it
// is.
package deadline

import (
	"context"
	"time"
)

// In returns the deadline of what may take so long from now on.
func In(d time.Duration) time.Time { return now().Add(d) }

// Until returns how much time a deadline leaves; it is negative where the
// deadline is over.
func Until(t time.Time) time.Duration { return t.Sub(now()) }

// Allows reports whether a context ends later than after so long, or has no
// deadline.
func Allows(ctx context.Context, d time.Duration) bool {
	t, ok := ctx.Deadline()
	return !ok || Until(t) > d
}

func now() time.Time { return time.Now() } //nolint:forbidigo // see the package
