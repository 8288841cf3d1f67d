package lease_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/lease"
)

func untilEnd(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// work is in the background, and says when it begins and ends.
type work struct {
	d            diary
	begun, ended chan time.Time
	stop         context.CancelFunc
	done         chan error
}

// start runs work under the lease of a store until it is stopped.
func start(t *testing.T, s lease.Store, holder string) *work {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &work{begun: make(chan time.Time, 100), ended: make(chan time.Time, 100), stop: cancel, done: make(chan error, 1)}
	r := &lease.Runner{Store: s, Name: "x", Holder: holder, Term: term, Retry: 5 * time.Second, Observe: w.d.observe}
	go func() {
		w.done <- r.Run(ctx, func(ctx context.Context) error {
			w.begun <- time.Now()
			<-ctx.Done()
			w.ended <- time.Now()
			return nil
		})
	}()
	return w
}

func (w *work) finish(t *testing.T, want ...string) {
	t.Helper()
	w.stop()
	if err := <-w.done; err != nil {
		t.Errorf("got %v, want no error", err)
	}
	if diff := cmp.Diff(want, w.d.entries()); diff != "" {
		t.Errorf("what it told (-want +got):\n%s", diff)
	}
}

func TestLeaseIsKeptAndHandedOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t)
		first := start(t, s, "first")
		<-first.begun
		second := start(t, s, "second")
		time.Sleep(time.Hour)
		select {
		case at := <-second.begun:
			t.Fatalf("the second began at %v, want the first to keep the lease", at)
		case at := <-first.ended:
			t.Fatalf("the first ended at %v, want it to keep the lease", at)
		default:
		}
		at := time.Now()
		first.finish(t, "held", "released")
		if took := (<-second.begun).Sub(at); took > 5*time.Second {
			t.Errorf("the second took over after %v, want it to at its next try", took)
		}
		second.finish(t, "standby", "held", "released")
		if !s.free() {
			t.Error("the lease was not given back")
		}
	})
}

func TestLeaseOfADeadHolderRunsOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t)
		s.set(func(s *store) { s.holder, s.until = "dead", time.Now().Add(term) })
		began := time.Now()
		w := start(t, s, "heir")
		if took := (<-w.begun).Sub(began); took != term {
			t.Errorf("began after %v, want %v", took, term)
		}
		w.finish(t, "standby", "held", "released")
	})
}

func TestOneFailedRenewalIsLetPass(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fails func(*store)
	}{
		{"refused", func(s *store) { s.down = true }},
		{"no answer", func(s *store) { s.hangs = true }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStore(t)
				w := start(t, s, "holder")
				<-w.begun
				s.set(tt.fails)
				time.Sleep(12 * time.Second) // the renewal after 10 s has begun
				s.set(func(s *store) { s.down, s.hangs = false, false })
				time.Sleep(time.Hour)
				w.finish(t, "held", "released")
				if len(w.ended) != 1 {
					t.Errorf("the work ended %d times, want it to go on", len(w.ended))
				}
			})
		})
	}
}

// TestWorkEndsBeforeTheLeaseDoes holds that nobody else can have the lease
// while the work goes on, and that it is done anew when the store is back.
func TestWorkEndsBeforeTheLeaseDoes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fails func(*store)
		told  []string
	}{
		{"refused", func(s *store) { s.down = true }, []string{"held", "lost!", "released!", "unreachable!", "held", "released"}},
		{"no answer", func(s *store) { s.hangs = true }, []string{"held", "lost!", "released!", "unreachable!", "held", "released"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStore(t)
				w := start(t, s, "holder")
				<-w.begun
				time.Sleep(time.Hour)
				s.set(tt.fails)
				ended := <-w.ended
				if left := s.until.Sub(ended); left != term/6 {
					t.Errorf("it ended %v before the lease, want %v", left, term/6)
				}
				time.Sleep(time.Minute)
				s.set(func(s *store) { s.down, s.hangs = false, false })
				<-w.begun
				w.finish(t, tt.told...)
			})
		})
	}
}

func TestWorkEndsWhenAnotherHasTheLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t)
		w := start(t, s, "holder")
		began := <-w.begun
		s.set(func(s *store) { s.holder, s.until = "another", began.Add(time.Minute) })
		if took := (<-w.ended).Sub(began); took != term/3 {
			t.Errorf("it ended after %v, want it to at the next renewal", took)
		}
		if took := (<-w.begun).Sub(began); took != time.Minute {
			t.Errorf("it began anew after %v, want it when the lease ran out", took)
		}
		w.finish(t, "held", "lost", "released", "standby", "held", "released")
	})
}

func TestTry(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	taken := func(s *store) { s.holder, s.until = "another", time.Now().Add(time.Hour) }
	for _, tt := range []struct {
		name    string
		before  func(*store)
		work    func(context.Context) error
		held    bool
		is, not error
	}{
		{"well", nil, func(context.Context) error { return nil }, true, nil, nil},
		{"its error", nil, func(context.Context) error { return broken }, true, broken, lease.ErrLost},
		{"another's", taken, untilEnd, false, nil, nil},
		{"no store", func(s *store) { s.down = true }, untilEnd, false, errDown, nil},
		{"lost", func(s *store) { time.AfterFunc(time.Second, func() { s.set(taken) }) }, untilEnd, true, lease.ErrLost, nil},
		{"lost with an error", func(s *store) { time.AfterFunc(time.Second, func() { s.set(taken) }) }, func(ctx context.Context) error {
			<-ctx.Done()
			return errors.Join(broken, context.Cause(ctx))
		}, true, broken, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStore(t)
				if tt.before != nil {
					s.set(tt.before)
				}
				r := &lease.Runner{Store: s, Name: "x"}
				held, err := r.Try(t.Context(), tt.work)
				if held != tt.held || !errors.Is(err, tt.is) || tt.not != nil && errors.Is(err, tt.not) {
					t.Errorf("got held %v and %v, want %v and %v", held, err, tt.held, tt.is)
				}
			})
		})
	}
}

func TestRunReturnsTheErrorOfItsWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, broken := newStore(t), errors.New("broken")
		r := &lease.Runner{Store: s, Name: "x"}
		if err := r.Run(t.Context(), func(context.Context) error { return broken }); !errors.Is(err, broken) {
			t.Errorf("got %v, want the error of the work", err)
		}
		if !s.free() {
			t.Error("the lease was not given back")
		}
	})
}

func TestOneWorkAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &lease.Runner{Store: newStore(t), Name: "x"}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Run(ctx, untilEnd) }()
		synctest.Wait()
		if held, err := r.Try(t.Context(), untilEnd); held || err != nil {
			t.Errorf("got held %v, %v; want neither while the runner is at work", held, err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if held, err := r.Try(t.Context(), func(context.Context) error { return nil }); !held || err != nil {
			t.Errorf("afterwards: got held %v, %v", held, err)
		}
	})
}

// TestWithoutAStoreNothingIsLost holds that one process alone is not bound to
// any time.
func TestWithoutAStoreNothingIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := start(t, nil, "")
		<-w.begun
		time.Sleep(time.Hour)
		w.finish(t, "held", "released")
		if len(w.ended) != 1 {
			t.Errorf("the work ended %d times, want once", len(w.ended))
		}
	})
}

func TestLeaseIsGivenBackAfterAPanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t)
		r := &lease.Runner{Store: s, Name: "x"}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_, _ = r.Try(t.Context(), func(context.Context) error { panic("oops") })
		}()
		if !s.free() {
			t.Error("the lease was not given back")
		}
	})
}
