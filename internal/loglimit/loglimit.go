// Package loglimit is a deduplicating rate limiter for logs: it lets the same
// through at most once in a while, so that what is tried over and over does
// not fill the log.
package loglimit

import (
	"time"

	"didops/internal/cache"
)

// remembered is how many different things are told apart. What was forgotten
// may come through again too early.
const remembered = 1000

// Limiter remembers what it let through. It is safe for concurrent use.
type Limiter[K comparable] struct{ seen *cache.Cache[K, struct{}] }

// New returns a limiter that lets the same through once in every such time,
// which is positive.
func New[K comparable](every time.Duration, now func() time.Time) *Limiter[K] {
	return &Limiter[K]{cache.New[K](cache.Config[struct{}]{
		MaxEntries: remembered, TTL: every - 1, Now: now, // the next may come when the time is exactly over
	})}
}

// Allow reports whether it is time for this, and counts it if so.
func (l *Limiter[K]) Allow(what K) bool { return l.seen.Add(what, struct{}{}) }
