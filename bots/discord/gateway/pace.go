package gateway

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// pace holds back calls with the bot's token that Discord would not take yet:
// it counts along with Discord's buckets, of which the headers of every answer
// tell, so that a call waits here, in turn, instead of being turned away there.
// Calls that belong to an interaction have limits of their own and never wait
// here. It is safe for concurrent use.
type pace struct {
	mu      sync.Mutex
	all     time.Time // no call before this
	buckets map[string]*bucket
}

// bucket is what is known of one of Discord's. What its calls may do is
// decided when they leave, and made good by the answers.
type bucket struct {
	known  bool          // something is known of it
	limit  int           // calls in a window; 0 = as many as come
	left   int           // of them
	window time.Duration // the longest that was seen
	reset  time.Time     // when left is the limit again; zero = the window has not begun
	flying int           // calls without an answer yet
	queue  []chan struct{}
	armed  bool // the queue is looked at when the window ends
}

const (
	// maxBuckets is how many buckets are remembered before those that are full
	// again are forgotten.
	maxBuckets = 256

	// atFirst is how many calls go at once to a bucket of which nothing is
	// known: the least that Discord allows messages is five.
	atFirst = 4
)

// bucket names the bucket of a call: its route, in which only the channel,
// the server or the application counts of what it names.
func (c call) bucket() string {
	path, _, _ := strings.Cut(c.path, "?")
	parts := strings.Split(path, "/")
	for n := 3; n < len(parts); n++ {
		if parts[n] != "" && strings.Trim(parts[n], "0123456789") == "" {
			parts[n] = "*"
		}
	}
	return c.method + " " + strings.Join(parts, "/")
}

// wait waits until a call may go. It fails at once when the context would end
// before. For a call that may go, learn is called when it has ended.
func (p *pace) wait(ctx context.Context, now func() time.Time, c call) error {
	if !c.bot {
		return nil
	}
	if p.rest(ctx, now) && p.turn(ctx, now, c) {
		if p.rest(ctx, now) {
			return nil
		}
		p.learn(now, c, result{})
	}
	return fmt.Errorf("%s: %w", c.what, ErrBusy)
}

// rest waits for the limit of all calls, and reports whether that can be
// waited for.
func (p *pace) rest(ctx context.Context, now func() time.Time) bool {
	p.mu.Lock()
	d := p.all.Sub(now())
	p.mu.Unlock()
	return d <= 0 || sleep(ctx, d)
}

// turn waits for the call's turn in its bucket, and reports whether it came.
func (p *pace) turn(ctx context.Context, now func() time.Time, c call) bool {
	p.mu.Lock()
	b := p.bucket(c.bucket(), now())
	if len(b.queue) == 0 && b.admits(now()) {
		b.leave()
		p.mu.Unlock()
		return true
	}
	if end, ok := ctx.Deadline(); ok && b.limit > 0 && end.Before(b.reset.Add(b.window*time.Duration(len(b.queue)/b.limit))) {
		p.mu.Unlock()
		return false
	}
	turn := make(chan struct{})
	b.queue = append(b.queue, turn)
	p.arm(b, now)
	p.mu.Unlock()
	select {
	case <-turn:
		return true
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.Index(b.queue, turn)
	if at < 0 {
		return true // it came at the same moment
	}
	b.queue = slices.Delete(b.queue, at, at+1)
	return false
}

// learn remembers what the answer to a call says about those after it, and
// lets go who waits for it.
func (p *pace) learn(now func() time.Time, c call, r result) {
	if !c.bot {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.bucket(c.bucket(), now())
	b.flying = max(0, b.flying-1)
	b.learn(now(), r)
	if r.status == http.StatusTooManyRequests && r.global() {
		p.all = now().Add(r.retryAfter())
	}
	p.pump(b, now)
}

// bucket returns the bucket with a name. The lock is held.
func (p *pace) bucket(name string, now time.Time) *bucket {
	if b := p.buckets[name]; b != nil {
		return b
	}
	if p.buckets == nil {
		p.buckets = map[string]*bucket{}
	}
	if len(p.buckets) >= maxBuckets {
		maps.DeleteFunc(p.buckets, func(_ string, b *bucket) bool {
			return b.flying == 0 && len(b.queue) == 0 && !now.Before(b.reset)
		})
	}
	b := &bucket{}
	p.buckets[name] = b
	return b
}

// pump lets go who waits and may. The lock is held.
func (p *pace) pump(b *bucket, now func() time.Time) {
	for len(b.queue) > 0 && b.admits(now()) {
		b.leave()
		close(b.queue[0])
		b.queue = b.queue[1:]
	}
	p.arm(b, now)
}

// arm looks at the queue again when the window ends. The lock is held.
func (p *pace) arm(b *bucket, now func() time.Time) {
	d := b.reset.Sub(now())
	if len(b.queue) == 0 || b.armed || d <= 0 {
		return // an answer that is on its way tells more
	}
	b.armed = true
	time.AfterFunc(d, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		b.armed = false
		p.pump(b, now)
	})
}

// admits reports whether a call may go.
func (b *bucket) admits(now time.Time) bool {
	if !b.reset.IsZero() && !now.Before(b.reset) {
		b.left, b.reset = b.limit, time.Time{}
	}
	switch {
	case !b.known:
		return b.flying < atFirst
	case b.limit == 0:
		return true
	}
	return b.left > 0
}

// leave counts a call that goes.
func (b *bucket) leave() {
	b.flying++
	b.left--
}

// learn takes what an answer says. Answers come in another order than calls
// leave, so that the lesser of what is known and what is said is believed.
func (b *bucket) learn(now time.Time, r result) {
	after, errAfter := strconv.ParseFloat(r.header.Get("X-RateLimit-Reset-After"), 64)
	left, errLeft := strconv.Atoi(r.header.Get("X-RateLimit-Remaining"))
	limit, _ := strconv.Atoi(r.header.Get("X-RateLimit-Limit")) // absent: 0
	switch {
	case r.status == http.StatusTooManyRequests:
		if !r.global() {
			b.known, b.limit, b.left, b.reset = true, max(1, b.limit, limit), 0, now.Add(r.retryAfter())
		}
		return
	case errAfter == nil && errLeft == nil:
		if !b.known || b.limit == 0 {
			b.left = left - b.flying
		}
		b.known, b.limit, b.left = true, max(1, limit), min(b.left, left)
		b.window = max(b.window, seconds(after))
		b.reset = now.Add(seconds(after))
	case r.status >= 200 && r.status < 500 && r.header != nil:
		*b = bucket{known: true, flying: b.flying, queue: b.queue, armed: b.armed} // whoever answers tells no limit
	case b.reset.IsZero() && b.flying == 0:
		b.reset = now.Add(b.window) // nothing was heard of the window
	}
}

// global reports whether a 429 is of the limit of all calls.
func (r result) global() bool {
	return r.header.Get("X-RateLimit-Global") != "" || r.header.Get("X-RateLimit-Scope") == "global"
}
