package cache

import (
	"context"
	"sync"

	"didops/internal/incident"
)

// Flight is a cache with single flight: callers who want the same at the same
// time wait for one load, whose result is kept. A caller that gives up does
// not disturb the others; when the last one has given up, the load is
// cancelled. Failed loads are not kept. It is safe for concurrent use.
type Flight[K comparable, V any] struct {
	kept *Cache[K, V] // may be nil

	mu    sync.Mutex
	loads map[K]*load[V]
}

// load is one that is under way, or was when its callers came.
type load[V any] struct {
	done    chan struct{} // closed when value and err are there
	cancel  context.CancelFunc
	callers int
	value   V
	err     error
}

// NewFlight returns a flight whose results are kept in a cache; nil keeps
// none, so that only those share a load who wait for it at the same time.
func NewFlight[K comparable, V any](kept *Cache[K, V]) *Flight[K, V] {
	return &Flight[K, V]{kept: kept, loads: map[K]*load[V]{}}
}

// Get returns what is kept under key if usable accepts it, waits for the load
// that is under way, whatever it brings, or begins one. The load has the
// values of its first caller's context and ends with its last caller; a panic
// in it is an [incident.PanicError] for all of them. The error is the load's,
// or ctx's where ctx ends first. usable is quick and does not call the flight.
func (f *Flight[K, V]) Get(ctx context.Context, key K, usable func(V) bool, fetch func(context.Context) (V, error)) (V, error) {
	l, value := f.join(ctx, key, usable, fetch)
	if l == nil {
		return value, nil
	}
	defer f.leave(key, l)
	select {
	case <-l.done:
		return l.value, l.err
	case <-ctx.Done():
		return value, ctx.Err()
	}
}

// Values returns what is kept, the least recently used first.
func (f *Flight[K, V]) Values() []V {
	if f.kept == nil {
		return nil
	}
	return f.kept.Values()
}

// join returns the load to wait for; nil where the value is known.
func (f *Flight[K, V]) join(ctx context.Context, key K, usable func(V) bool, fetch func(context.Context) (V, error)) (*load[V], V) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var none V
	if f.kept != nil {
		if value, ok := f.kept.Get(key); ok && usable(value) {
			return nil, value
		}
	}
	l, ok := f.loads[key]
	if !ok {
		loading, cancel := context.WithCancel(context.WithoutCancel(ctx))
		l = &load[V]{done: make(chan struct{}), cancel: cancel}
		f.loads[key] = l
		go func() {
			defer cancel()
			f.run(loading, key, l, fetch)
		}()
	}
	l.callers++
	return l, none
}

func (f *Flight[K, V]) run(ctx context.Context, key K, l *load[V], fetch func(context.Context) (V, error)) {
	var value V
	err := incident.Guard("a load of the cache", func() error {
		var err error
		value, err = fetch(ctx)
		return err
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	l.value, l.err = value, err
	if f.loads[key] == l {
		delete(f.loads, key)
		if err == nil && f.kept != nil {
			f.kept.Put(key, value)
		}
	}
	close(l.done)
}

// leave cancels a load that nobody waits for any more. Whoever comes later
// begins another.
func (f *Flight[K, V]) leave(key K, l *load[V]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l.callers--; l.callers > 0 {
		return
	}
	l.cancel()
	if f.loads[key] == l {
		delete(f.loads, key)
	}
}
