package lease_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"didops/internal/lease"
)

const term = 30 * time.Second

var errDown = errors.New("the store is down")

// store keeps one lease. Its tests run in a bubble, whose clock it goes by.
type store struct {
	mu       sync.Mutex
	holder   string
	until    time.Time
	down     bool // it refuses
	hangs    bool // it does not answer, whatever happens to the context
	quits    chan struct{}
	asked    int
	released int
}

func newStore(t *testing.T) *store {
	t.Helper()
	s := &store{quits: make(chan struct{})}
	t.Cleanup(sync.OnceFunc(func() { close(s.quits) }))
	return s
}

func (s *store) Acquire(_ context.Context, _, holder string, term time.Duration) (bool, error) {
	if err := s.reach(&s.asked); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder != holder && time.Now().Before(s.until) {
		return false, nil
	}
	s.holder, s.until = holder, time.Now().Add(term)
	return true, nil
}

func (s *store) Release(ctx context.Context, _, holder string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.reach(&s.released); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder == holder {
		s.holder, s.until = "", time.Time{}
	}
	return nil
}

func (s *store) reach(count *int) error {
	s.mu.Lock()
	*count++
	down, hangs := s.down, s.hangs
	s.mu.Unlock()
	if hangs {
		<-s.quits
	}
	if down || hangs {
		return errDown
	}
	return nil
}

func (s *store) set(change func(*store)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *store) free() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.holder == ""
}

// diary is what a runner told, each repetition once.
type diary struct {
	mu   sync.Mutex
	said []string
}

func (d *diary) observe(s lease.Status, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	text := s.String()
	if err != nil {
		text += "!"
	}
	if n := len(d.said); n == 0 || d.said[n-1] != text {
		d.said = append(d.said, text)
	}
}

func (d *diary) entries() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.said
}
