package fakediscord

import (
	"fmt"
	"hash/fnv"
	"math"
	"net/http"
	"strconv"
	"time"
)

// Limited makes a Fake hold to the limits of Discord: a bucket for each route
// and channel or interaction, with the headers that tell of it, and one for all
// that the bot's token is good for. What is beyond them is answered with 429
// and not carried out, and an identify within five seconds of the one before is a
// violation.
func Limited(f *Fake) { f.limits = &limits{buckets: map[string]*bucket{}} }

// identifyApart is how long after an identify Discord takes the next: its
// max_concurrency is 1.
const identifyApart = 5 * time.Second

// limits are the buckets of a Fake that is [Limited].
type limits struct {
	all     bucket
	buckets map[string]*bucket // by route and what is limited for itself
}

// bucket counts the requests of a window, which begins with the first.
type bucket struct {
	count int
	until time.Time
}

// rate is how many requests a bucket takes in a window.
type rate struct {
	most   int
	window time.Duration
}

// rateOf returns the limit of a route. Discord names none in its
// documentation; those of messages and of interactions are what its headers
// say.
func rateOf(route string) (rate, bool) {
	switch route {
	case "POST /channels/{channel_id}/messages", "PATCH /channels/{channel_id}/messages/{message_id}":
		return rate{5, 5 * time.Second}, true
	case "GET /channels/{channel_id}/messages", "GET /channels/{channel_id}/messages/{message_id}":
		return rate{5, time.Second}, true
	case "POST /webhooks/{webhook_id}/{webhook_token}",
		"PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original",
		"PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}":
		return rate{5, 2 * time.Second}, true
	}
	return rate{}, false
}

// global is the limit of all requests with the bot's token.
func global() rate { return rate{50, time.Second} }

// take counts a request, and returns how long it is too early; 0 if it is in
// time.
func (b *bucket) take(now time.Time, r rate) time.Duration {
	if !now.Before(b.until) {
		b.count, b.until = 0, now.Add(r.window)
	}
	if b.count >= r.most {
		return b.until.Sub(now)
	}
	b.count++
	return 0
}

// throttle sets the headers of an answer that tell of limits, and returns the
// fault that a request is answered with which is beyond them; nil for none. The
// lock is held.
func (f *Fake) throttle(h http.Header, c *call) *injected {
	if f.limits == nil {
		return nil
	}
	now := f.now()
	if !c.inter {
		if wait := f.limits.all.take(now, global()); wait > 0 {
			h.Set("X-Ratelimit-Scope", "global")
			return early(wait, true)
		}
	}
	r, ok := rateOf(c.Route)
	if !ok {
		return nil
	}
	b := f.bucket(c)
	wait := b.take(now, r)
	h.Set("X-Ratelimit-Limit", strconv.Itoa(r.most))
	h.Set("X-Ratelimit-Remaining", strconv.Itoa(r.most-b.count))
	h.Set("X-Ratelimit-Reset", fmt.Sprintf("%.3f", float64(b.until.UnixMilli())/1000))
	h.Set("X-Ratelimit-Reset-After", fmt.Sprintf("%.3f", math.Ceil(b.until.Sub(now).Seconds()*1000)/1000))
	name := fnv.New64a()
	_, _ = name.Write([]byte(c.Route))
	h.Set("X-Ratelimit-Bucket", strconv.FormatUint(name.Sum64(), 16))
	if wait == 0 {
		return nil
	}
	h.Set("X-Ratelimit-Scope", "user")
	return early(wait, false)
}

// bucket returns the bucket of a request: of its route, in its channel or of
// its interaction. The lock is held.
func (f *Fake) bucket(c *call) *bucket {
	key := c.Route + " " + c.path("channel_id") + c.path("webhook_token")
	if f.limits.buckets[key] == nil {
		f.limits.buckets[key] = &bucket{}
	}
	return f.limits.buckets[key]
}

func early(wait time.Duration, all bool) *injected {
	return &injected{Fault: Fault{Status: http.StatusTooManyRequests, RetryAfter: wait, Global: all}}
}

// Refused is how many requests were answered with 401, 403 or 429, which
// Discord counts: at ten thousand in ten minutes it closes its doors.
func (f *Fake) Refused() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, r := range f.requests {
		switch r.Status {
		case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
			n++
		}
	}
	return n
}
