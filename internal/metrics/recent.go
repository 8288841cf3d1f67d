package metrics

import (
	"context"
	"sync"
	"time"
)

const (
	// keepFor is how long an answer of the store, or that there was none, is
	// good for: scrapes can't load it.
	keepFor = 5 * time.Second

	// readWithin bounds the reading of it, which a scrape waits for.
	readWithin = 2 * time.Second
)

// recent is what a reading of the store has told. It is read again at most every
// [keepFor], by one goroutine at a time, and nobody waits for it for longer than
// it was given: a scrape tells what else is known. It is safe for concurrent use.
type recent[T any] struct {
	read   func(context.Context) (T, error)
	now    func() time.Time
	within time.Duration

	mu      sync.Mutex
	looked  time.Time // when the last reading began; zero = never
	good    bool      // it told something
	last    T         // what was told last
	reading *visit    // that is under way; nil = none
}

// visit is a reading under way.
type visit struct {
	ended chan struct{}
	late  context.Context // ends when it is not waited for any more
}

func newRecent[T any](m *Metrics, read func(context.Context) (T, error)) *recent[T] {
	return &recent[T]{read: read, now: m.now, within: max(readWithin, m.patience)}
}

// get returns what was told last, and whether it still holds: not where the last
// reading failed, or has not ended in time.
func (r *recent[T]) get() (last T, good bool) {
	if v := r.visit(); v != nil {
		select {
		case <-v.ended:
		case <-v.late.Done():
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last, r.good && r.reading == nil
}

// visit returns the reading that is to be waited for, which it begins if it is
// time for one; nil = what is known is good enough.
func (r *recent[T]) visit() *visit {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if age := now.Sub(r.looked); r.reading != nil || !r.looked.IsZero() && age >= 0 && age < keepFor {
		return r.reading
	}
	ctx, cancel := context.WithTimeout(context.Background(), r.within)
	r.looked, r.reading = now, &visit{make(chan struct{}), ctx}
	go func(v *visit) {
		defer cancel()
		told, err := r.read(ctx)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.good = err == nil; r.good {
			r.last = told
		}
		r.reading = nil
		close(v.ended)
	}(r.reading)
	return r.reading
}
