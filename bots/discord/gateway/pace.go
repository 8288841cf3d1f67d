package gateway

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// pace holds back calls with the bot's token that Discord has said it will not
// take yet. Calls that belong to an interaction have limits of their own and
// never wait here.
type pace struct {
	mu    sync.Mutex
	all   time.Time            // no call before this
	until map[string]time.Time // none of a route before this
}

// maxRoutes is how many routes are remembered before those that may go again
// are forgotten.
const maxRoutes = 256

func (c call) route() string { return c.method + " " + c.path }

// wait waits until a call may go. It fails at once when the context would end
// before.
func (p *pace) wait(ctx context.Context, now time.Time, c call) error {
	if !c.bot {
		return nil
	}
	p.mu.Lock()
	until := p.until[c.route()]
	if p.all.After(until) {
		until = p.all
	}
	p.mu.Unlock()
	if d := until.Sub(now); d > 0 && !sleep(ctx, d) {
		return fmt.Errorf("%s: %w", c.what, ErrBusy)
	}
	return nil
}

// learn remembers what an answer says about the calls after it.
func (p *pace) learn(now time.Time, c call, r result) {
	if !c.bot || r.status == 0 {
		return
	}
	var wait time.Duration
	global := false
	switch {
	case r.status == 429:
		wait = r.retryAfter()
		global = r.header.Get("X-RateLimit-Global") != "" || r.header.Get("X-RateLimit-Scope") == "global"
	case r.header.Get("X-RateLimit-Remaining") == "0":
		s, err := strconv.ParseFloat(r.header.Get("X-RateLimit-Reset-After"), 64)
		if err != nil {
			return
		}
		wait = seconds(s)
	default:
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if global {
		p.all = now.Add(wait)
		return
	}
	if p.until == nil || len(p.until) >= maxRoutes {
		p.forget(now)
	}
	p.until[c.route()] = now.Add(wait)
}

// forget drops the routes that may go again.
func (p *pace) forget(now time.Time) {
	kept := map[string]time.Time{}
	for route, until := range p.until {
		if until.After(now) {
			kept[route] = until
		}
	}
	p.until = kept
}
