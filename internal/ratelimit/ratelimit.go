// Package ratelimit bounds how often each caller is served: a token bucket for
// each, in a bounded cache.
package ratelimit

import (
	"net/netip"
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

// Limiter bounds how many requests a minute a caller may send. A caller that
// was quiet may send a minute's worth at once. It is safe for concurrent use.
type Limiter struct {
	perMinute int
	now       func() time.Time

	mu      sync.Mutex // so that a caller has one bucket
	buckets *cache.Cache[string, *rate.Limiter]
}

// New returns a limiter of so many requests a minute; 0 = no bound.
func New(perMinute int, now func() time.Time) *Limiter {
	return &Limiter{
		perMinute: perMinute, now: now,
		buckets: cache.New[string](cache.Config[*rate.Limiter]{MaxEntries: maxCallers}),
	}
}

// Take counts a request and returns 0, or how long the caller has to wait.
func (l *Limiter) Take(caller string) time.Duration {
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

// Caller is a remote address as far as it names one customer of a network:
// an IPv4 address, or the first half of an IPv6 address.
func Caller(remote string) string {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return "unknown"
	}
	addr := ap.Addr().Unmap()
	if addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}
