package lease_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"didops/internal/lease"
)

// TestEndIsBounded holds that a store that does not answer keeps nobody from
// ending.
func TestEndIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t)
		w := start(t, s, "holder")
		<-w.begun
		s.set(func(s *store) { s.hangs = true })
		began := time.Now()
		w.finish(t, "held", "released!")
		if took := time.Since(began); took != term/3 {
			t.Errorf("it ended after %v, want %v", took, term/3)
		}
	})
}

// late gives a lease, and its answer after the end of the context only.
type late struct{ *store }

func (l late) Acquire(ctx context.Context, name, holder string, term time.Duration) (bool, error) {
	_, _ = l.store.Acquire(ctx, name, holder, term)
	<-ctx.Done()
	return false, ctx.Err()
}

func TestLeaseOfALostAnswerIsGivenBackAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t)
		w := start(t, late{s}, "holder")
		time.Sleep(time.Second)
		w.finish(t)
		if !s.free() {
			t.Error("the lease was not given back")
		}
	})
}

// TestNeverTwoAtOnce lets processes come and go on a store that fails, and
// holds that no two are at work at a time.
func TestNeverTwoAtOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		type step struct {
			pause       time.Duration
			down, hangs bool
			switched    int // the process that is started or stopped
		}
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
			return step{
				time.Duration(rapid.IntRange(0, 60_000).Draw(t, "ms")) * time.Millisecond,
				rapid.Bool().Draw(t, "down"), rapid.Bool().Draw(t, "hangs"), rapid.IntRange(0, 2).Draw(t, "process"),
			}
		}), 1, 20).Draw(rt, "steps")
		synctest.Test(t, func(t *testing.T) {
			s := newStore(t)
			var atWork atomic.Int32
			var all sync.WaitGroup
			stops := make([]context.CancelFunc, 3)
			toggle := func(i int) {
				if stops[i] != nil {
					stops[i]()
					stops[i] = nil
					return
				}
				ctx, cancel := context.WithCancel(t.Context())
				stops[i] = cancel
				r := &lease.Runner{Store: s, Name: "x", Term: term}
				all.Go(func() {
					_ = r.Run(ctx, func(ctx context.Context) error {
						if atWork.Add(1) > 1 {
							t.Errorf("two are at work after %v", steps)
						}
						<-ctx.Done()
						time.Sleep(term/6 - time.Millisecond) // as long as the end of work may take
						atWork.Add(-1)
						return nil
					})
				})
			}
			for _, step := range steps {
				s.set(func(s *store) { s.down, s.hangs = step.down, step.hangs && !step.down })
				toggle(step.switched)
				time.Sleep(step.pause)
			}
			for i := range stops {
				if stops[i] != nil {
					stops[i]()
				}
			}
			all.Wait()
		})
	})
}
