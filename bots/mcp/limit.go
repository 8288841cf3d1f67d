package mcp

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"didops/internal/cache"
)

// maxCallers is how many callers are remembered, those that were here last.
// Known clients are few; the rest are addresses without a valid token. Who is
// forgotten may send a little more; whoever has so many addresses could do
// that anyway.
const maxCallers = 4096

// limiter bounds how many requests a minute a caller may send. A caller that
// was quiet may send a minute's worth at once. It is safe for concurrent use.
type limiter struct {
	perMinute int
	now       func() time.Time

	mu      sync.Mutex // so that a caller has one bucket
	buckets *cache.Cache[string, *rate.Limiter]
}

func newLimiter(perMinute int, now func() time.Time) *limiter {
	return &limiter{
		perMinute: perMinute, now: now,
		buckets: cache.New[string](cache.Config[*rate.Limiter]{MaxEntries: maxCallers}),
	}
}

// take counts a request and returns 0, or how long the caller has to wait.
func (l *limiter) take(caller string) time.Duration {
	if l.perMinute <= 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	bucket, ok := l.buckets.Get(caller)
	if !ok {
		bucket = rate.NewLimiter(rate.Limit(float64(l.perMinute)/60), l.perMinute)
		l.buckets.Put(caller, bucket)
	}
	r := bucket.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}
