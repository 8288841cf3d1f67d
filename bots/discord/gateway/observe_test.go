package gateway_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"didops/bots/discord/gateway"
	"didops/internal/testing/fakediscord"
)

// TestAcksAndThrottlingAreTold holds what metrics are made of.
func TestAcksAndThrottlingAreTold(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var acks []error
	throttled := 0
	w := newHarness(t, func(_ *fakediscord.Fake, c *gateway.Config) {
		c.Acked = func(took time.Duration, err error) {
			mu.Lock()
			defer mu.Unlock()
			if acks = append(acks, err); took <= 0 || took > 5*time.Second {
				t.Errorf("got an answer after %s, want a moment", took)
			}
		}
		c.Throttled = func() {
			mu.Lock()
			defer mu.Unlock()
			throttled++
		}
	}, fakediscord.Lenient)
	reply := replies(t, w)
	r := reply(w.f.Slash(t, alice(), "did search", nil))
	check(t, w.f, r.Ack(t.Context(), deferred()), nil)
	check(t, w.f, r.Ack(t.Context(), deferred()), gateway.ErrAcknowledged) // not tried
	w.f.Inject(fakediscord.Fault{Route: "POST /interactions/", Status: http.StatusTooManyRequests, Times: 1})
	r = reply(w.f.Slash(t, alice(), "did search", nil))
	check(t, w.f, r.Ack(t.Context(), deferred()), nil)
	mu.Lock()
	defer mu.Unlock()
	if len(acks) != 2 || errors.Join(acks...) != nil || throttled != 1 {
		t.Errorf("got the answers %v and %d times 429, want two good ones and one 429", acks, throttled)
	}
}

// TestStandingOfHolderAndStandby tells the process with the gateway from the
// one that stands by.
func TestStandingOfHolderAndStandby(t *testing.T) {
	t.Parallel()
	shared := &leaseStore{life: time.Hour}
	w := newHarness(t, shared.of("first"), fakediscord.Lenient)
	standing := func(what string, l *gateway.Link, up, holder bool) {
		t.Helper()
		if u, h := l.Standing(); u != up || h != holder {
			t.Errorf("%s: got up %v and holder %v, want %v and %v", what, u, h, up, holder)
		}
	}
	standing("before", w.l, false, false)
	first := run(t, w.l, greeter(t))
	w.f.Connected(t, 1)
	for w.l.Ready() != nil {
		w.f.Slash(t, alice(), "did search", nil).Message(t)
	}
	standing("the holder", w.l, true, true)
	other := w.another(t, shared.of("second"))
	run(t, other, greeter(t))
	for other.Ready() != nil { // stands by
		w.f.Slash(t, alice(), "did search", nil).Message(t)
	}
	standing("who stands by", other, false, false)
	first.stop()
	check(t, w.f, first.end(t), nil)
	standing("after the end", w.l, false, false)
	w.f.Connected(t, 2)
	for other.Ready() != nil {
		w.f.Slash(t, alice(), "did search", nil).Message(t)
	}
	standing("the heir", other, true, true)
}
