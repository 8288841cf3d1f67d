package did

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// shelf keeps the results of expensive readings for a while and lets callers
// who want the same at the same time wait for one reading. A caller that
// gives up does not disturb the others; when the last one has given up, the
// reading is cancelled. Failed readings are not kept. Safe for concurrent use.
type shelf[V any] struct {
	keep time.Duration
	most int // readings kept at the most
	now  func() time.Time

	mu    sync.Mutex
	books map[string]*book[V]
}

type book[V any] struct {
	key     string
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	value   V
	err     error
	until   time.Time // zero while the reading is under way
}

func newShelf[V any](keep time.Duration, most int, now func() time.Time) *shelf[V] {
	return &shelf[V]{keep: keep, most: most, now: now, books: map[string]*book[V]{}}
}

// get returns what stands under key, waits for a reading that is under way,
// or begins one. A kept value that usable refuses is read anew.
func (s *shelf[V]) get(ctx context.Context, key string, usable func(V) bool, read func(context.Context) (V, error)) (V, error) {
	s.mu.Lock()
	b, ok := s.books[key]
	if ok && !b.until.IsZero() && (s.now().After(b.until) || !usable(b.value)) {
		ok = false
	}
	if !ok {
		b = s.begin(ctx, key, read)
	}
	b.waiting++
	s.mu.Unlock()

	select {
	case <-b.done:
		s.leave(b)
		return b.value, b.err
	case <-ctx.Done():
		s.leave(b)
		var none V
		return none, ctx.Err()
	}
}

func (s *shelf[V]) leave(b *book[V]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.waiting--; b.waiting > 0 {
		return
	}
	b.cancel()
	if b.until.IsZero() && s.books[b.key] == b {
		delete(s.books, b.key)
	}
}

// begin starts a reading that outlives its first caller. The lock is held.
func (s *shelf[V]) begin(ctx context.Context, key string, read func(context.Context) (V, error)) *book[V] {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	b := &book[V]{key: key, done: make(chan struct{}), cancel: cancel}
	s.books[key] = b
	go func() {
		defer cancel()
		value, err := guarded(ctx, read)
		s.mu.Lock()
		defer s.mu.Unlock()
		b.value, b.err, b.until = value, err, s.now().Add(s.keep)
		if (err != nil || s.keep <= 0) && s.books[key] == b {
			delete(s.books, key)
		}
		s.tidy()
		close(b.done)
	}()
	return b
}

// guarded turns a panic of read into an error: nobody above this goroutine
// could.
func guarded[V any](ctx context.Context, read func(context.Context) (V, error)) (value V, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic while reading: %v\n%s", p, debug.Stack())
		}
	}()
	return read(ctx)
}

// tidy removes what is too old, and the oldest of what is too much. The lock
// is held.
func (s *shelf[V]) tidy() {
	now := s.now()
	for {
		var oldest string
		kept := 0
		for key, b := range s.books {
			switch {
			case b.until.IsZero():
			case now.After(b.until):
				delete(s.books, key)
			default:
				kept++
				if oldest == "" || b.until.Before(s.books[oldest].until) {
					oldest = key
				}
			}
		}
		if kept <= s.most {
			return
		}
		delete(s.books, oldest)
	}
}

// values returns what is kept at the moment.
func (s *shelf[V]) values() []V {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []V
	for _, b := range s.books {
		if !b.until.IsZero() && b.err == nil {
			list = append(list, b.value)
		}
	}
	return list
}
