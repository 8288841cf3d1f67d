package gateway_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"didops/bots/discord/gateway"
	"didops/internal/testing/fakediscord"
)

// lease is a lease in a store that several processes share.
type lease struct {
	mu     sync.Mutex
	holder string
	until  time.Time
	life   time.Duration
	broken bool // the store does not answer
}

func (l *lease) of(name string) func(*fakediscord.Fake, *gateway.Config) {
	return func(_ *fakediscord.Fake, c *gateway.Config) {
		c.Lease = func(context.Context) (bool, error) { return l.take(name) }
		c.Release = func(context.Context) error { return l.release(name) }
	}
}

func (l *lease) take(name string) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return false, errors.New("no store")
	}
	if l.holder != name && time.Now().Before(l.until) {
		return false, nil
	}
	l.holder, l.until = name, time.Now().Add(l.life)
	return true, nil
}

func (l *lease) release(name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holder == name {
		l.holder, l.until = "", time.Time{}
	}
	return nil
}

func (l *lease) set(broken bool, holder string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = broken
	if holder != "" {
		l.holder, l.until = holder, time.Now().Add(time.Hour)
	}
}

func TestOneProcessHoldsTheGateway(t *testing.T) {
	t.Parallel()
	shared := &lease{life: 500 * time.Millisecond}
	w := newWorld(t, shared.of("first"), fakediscord.Lenient)
	first := run(t, w.l, greeter(t))
	w.f.Connected(t, 1)
	other := w.another(t, shared.of("second"))
	second := run(t, other, greeter(t))
	for other.Ready() != nil { // stands by
		w.f.Slash(t, alice(), "did search", nil).Message(t)
	}
	if got := w.f.Sessions(); got != 1 {
		t.Errorf("got %d sessions, want 1", got)
	}
	begun := time.Now()
	first.stop()
	w.f.Connected(t, 2)
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("the second took over after %s, want less than 10 s", took)
	}
	w.f.Slash(t, alice(), "did search", nil).Message(t)
	check(t, w.f, first.end(t), nil)
	second.stop()
	check(t, w.f, second.end(t), nil)
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.holder != "" {
		t.Errorf("the lease is still with %s, want it given back", shared.holder)
	}
}

func TestLeaseOfADeadHolderRunsOut(t *testing.T) {
	t.Parallel()
	shared := &lease{life: 300 * time.Millisecond}
	if mine, err := shared.take("dead"); !mine || err != nil {
		t.Fatal(mine, err)
	}
	w := newWorld(t, shared.of("heir"), fakediscord.Lenient)
	run(t, w.l, greeter(t))
	w.f.Connected(t, 1)
}

func TestGatewayIsGivenUpWithTheLease(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		lose func(*lease)
	}{
		{"taken", func(l *lease) { l.set(false, "another") }},
		{"no store", func(l *lease) { l.set(true, "") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			shared := &lease{life: time.Hour}
			w := newWorld(t, shared.of("holder"), fakediscord.Lenient)
			run(t, w.l, greeter(t))
			w.f.Connected(t, 1)
			tt.lose(shared)
			w.f.Disconnected(t)
			shared.set(false, "holder")
			w.f.Connected(t, 2)
			if !strings.Contains(w.log.String(), "the lease is lost") {
				t.Errorf("got %s, want a word on it", w.log)
			}
		})
	}
}
