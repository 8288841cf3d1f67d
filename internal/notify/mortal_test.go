package notify_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"didops/internal/lease"
	"didops/internal/notify"
)

var errDead = errors.New("the process is dead")

// mortal is the store as one process has it, which may die: from then on it
// writes nothing and gives back no lease, and of what it was about to write it
// never hears.
type mortal struct {
	store  notify.Store
	leases lease.Store
	dead   atomic.Bool
	writes atomic.Int64
	last   int64  // the write after which it dies; 0 = none
	die    func() // ends what the process does
}

func (m *mortal) kill() {
	m.dead.Store(true)
	m.die()
}

// Read implements [notify.Store].
func (m *mortal) Read(ctx context.Context, fn func(notify.Tx) error) error {
	if m.dead.Load() {
		return errDead
	}
	return m.store.Read(ctx, fn)
}

// Write implements [notify.Store].
func (m *mortal) Write(ctx context.Context, fn func(notify.Tx) error) error {
	if m.dead.Load() {
		return errDead
	}
	err := m.store.Write(ctx, fn)
	if n := m.writes.Add(1); m.last > 0 && n == m.last {
		m.kill()
		return errDead
	}
	return err
}

// Acquire implements [lease.Store].
func (m *mortal) Acquire(ctx context.Context, name, holder string, term time.Duration) (bool, error) {
	if m.dead.Load() {
		return false, errDead
	}
	return m.leases.Acquire(ctx, name, holder, term)
}

// Release implements [lease.Store].
func (m *mortal) Release(ctx context.Context, name, holder string) error {
	if m.dead.Load() {
		return errDead
	}
	return m.leases.Release(ctx, name, holder)
}

// leases are those of processes in one bubble, in memory: that of the store has
// tests of its own.
type leases struct {
	mu   sync.Mutex
	held map[string]held
}

type held struct {
	by    string
	until time.Time
}

// Acquire implements [lease.Store].
func (l *leases) Acquire(_ context.Context, name, holder string, term time.Duration) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.held[name]; h.by != holder && time.Now().Before(h.until) {
		return false, nil
	}
	l.held[name] = held{holder, time.Now().Add(term)}
	return true, nil
}

// Release implements [lease.Store].
func (l *leases) Release(_ context.Context, name, holder string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[name].by == holder {
		delete(l.held, name)
	}
	return nil
}
