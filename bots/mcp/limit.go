package mcp

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxCallers is how many callers are remembered. Known clients are few; the
// rest are addresses without a valid token.
const maxCallers = 4096

// limiter bounds how many requests a minute a caller may send. A caller that
// was quiet may send a minute's worth at once. It is safe for concurrent use.
type limiter struct {
	perMinute int
	now       func() time.Time

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

func newLimiter(perMinute int, now func() time.Time) *limiter {
	return &limiter{perMinute: perMinute, now: now, buckets: map[string]*rate.Limiter{}}
}

// take counts a request and returns 0, or how long the caller has to wait.
func (l *limiter) take(caller string) time.Duration {
	if l.perMinute <= 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	bucket, ok := l.buckets[caller]
	if !ok {
		l.makeRoom()
		bucket = rate.NewLimiter(rate.Limit(float64(l.perMinute)/60), l.perMinute)
		l.buckets[caller] = bucket
	}
	r := bucket.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// makeRoom forgets any caller when there are too many. Who is forgotten may
// send a little more; whoever has so many addresses could do that anyway.
func (l *limiter) makeRoom() {
	for caller := range l.buckets {
		if len(l.buckets) < maxCallers {
			return
		}
		delete(l.buckets, caller)
	}
}
