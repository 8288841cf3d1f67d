package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"didops/bots/discord/gateway"
	"didops/internal/testing/fakediscord"
)

// leaseStore is a lease in a store that several processes share.
type leaseStore struct {
	mu     sync.Mutex
	holder string
	until  time.Time
	life   time.Duration
	broken bool // the store does not answer
}

// of is a process that takes its part in it.
func (l *leaseStore) of(name string) func(*fakediscord.Fake, *gateway.Config) {
	return func(_ *fakediscord.Fake, c *gateway.Config) {
		c.Leases, c.Times.Renew = lessee{l, name}, 100*time.Millisecond
	}
}

// lessee is the store as one process sees it.
type lessee struct {
	*leaseStore
	name string
}

func (l lessee) Acquire(context.Context, string, string, time.Duration) (bool, error) {
	return l.take(l.name)
}

func (l lessee) Release(context.Context, string, string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holder == l.name {
		l.holder, l.until = "", time.Time{}
	}
	return nil
}

func (l *leaseStore) take(name string) (bool, error) {
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

func (l *leaseStore) set(broken bool, holder string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = broken
	if holder != "" {
		l.holder, l.until = holder, time.Now().Add(time.Hour)
	}
}

func TestOneProcessHoldsTheGateway(t *testing.T) {
	t.Parallel()
	shared := &leaseStore{life: 500 * time.Millisecond}
	w := newHarness(t, shared.of("first"), fakediscord.Lenient)
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
	shared := &leaseStore{life: 300 * time.Millisecond}
	if mine, err := shared.take("dead"); !mine || err != nil {
		t.Fatal(mine, err)
	}
	w := newHarness(t, shared.of("heir"), fakediscord.Lenient)
	run(t, w.l, greeter(t))
	w.f.Connected(t, 1)
}

func TestGatewayIsGivenUpWithTheLease(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		lose func(*leaseStore)
	}{
		{"taken", func(l *leaseStore) { l.set(false, "another") }},
		{"no store", func(l *leaseStore) { l.set(true, "") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			shared := &leaseStore{life: time.Hour}
			w := newHarness(t, shared.of("holder"), fakediscord.Lenient)
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

// TestOneProcessDoesWhatOneDoes holds that the work of the holder goes with
// the lease: with a gateway, and where interactions arrive by HTTP.
func TestOneProcessDoesWhatOneDoes(t *testing.T) {
	t.Parallel()
	for _, byHTTP := range []bool{false, true} {
		t.Run(fmt.Sprint("by HTTP ", byHTTP), func(t *testing.T) {
			t.Parallel()
			shared := &leaseStore{life: 500 * time.Millisecond}
			begun, ended := make(chan string, 9), make(chan string, 9)
			of := func(name string) func(*fakediscord.Fake, *gateway.Config) {
				return func(f *fakediscord.Fake, c *gateway.Config) {
					shared.of(name)(f, c)
					c.Holding = func(ctx context.Context) error {
						begun <- name
						<-ctx.Done()
						ended <- name
						return nil
					}
					if byHTTP {
						c.PublicKey = f.PublicKey()
					}
				}
			}
			w := newHarness(t, of("first"))
			first := run(t, w.l, greeter(t))
			if got := <-begun; got != "first" {
				t.Fatalf("got %s at work, want the first", got)
			}
			run(t, w.another(t, of("second")), greeter(t))
			if up, holder := w.l.Standing(); byHTTP && !up || !holder {
				t.Errorf("got up %v, holder %v, want the lease", up, holder)
			}
			first.stop()
			if got := <-ended; got != "first" {
				t.Errorf("got the end of %s", got)
			}
			if got := <-begun; got != "second" {
				t.Errorf("got %s at work, want the second", got)
			}
			check(t, w.f, first.end(t), nil)
		})
	}
}

// TestWorkThatFailsEndsAll holds that an error of the holder's work is that of
// the link.
func TestWorkThatFailsEndsAll(t *testing.T) {
	t.Parallel()
	w := newHarness(t, func(_ *fakediscord.Fake, c *gateway.Config) {
		c.Holding = func(context.Context) error { return gateway.ErrUnauthorized }
	})
	if err := run(t, w.l, greeter(t)).end(t); !errors.Is(err, gateway.ErrUnauthorized) {
		t.Errorf("got %v, want the error of the work", err)
	}
}
