package cache_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/cache"
	"didops/internal/incident"
)

func always(int) bool { return true }

// source is loaded from: it takes a second and counts.
type source struct {
	mu               sync.Mutex
	loads, cancelled int
}

func (s *source) fetch(ctx context.Context) (int, error) {
	s.mu.Lock()
	s.loads++
	n := s.loads
	s.mu.Unlock()
	select {
	case <-time.After(time.Second):
		return n, nil
	case <-ctx.Done():
		s.mu.Lock()
		s.cancelled++
		s.mu.Unlock()
		return 0, ctx.Err()
	}
}

func (s *source) check(t *testing.T, loads, cancelled int) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loads != loads || s.cancelled != cancelled {
		t.Errorf("got %d loads and %d of them cancelled, want %d and %d", s.loads, s.cancelled, loads, cancelled)
	}
}

// flight is one that keeps two results for a minute.
func flight() *cache.Flight[string, int] {
	return cache.NewFlight(cache.New[string](cache.Config[int]{MaxEntries: 2, TTL: time.Minute, Now: time.Now}))
}

// result is what a caller got.
type result struct {
	value int
	err   error
	took  time.Duration
}

// get calls a flight in the background.
func get(ctx context.Context, f *cache.Flight[string, int], s *source) <-chan result {
	got, began := make(chan result, 1), time.Now()
	go func() {
		v, err := f.Get(ctx, "key", always, s.fetch)
		got <- result{v, err, time.Since(began)}
	}()
	return got
}

func want(t *testing.T, who string, got <-chan result, value int, err error, took time.Duration) {
	t.Helper()
	if r := <-got; r.value != value || !errors.Is(r.err, err) || r.took != took {
		t.Errorf("%s: got %d, %v after %v; want %d, %v after %v", who, r.value, r.err, r.took, value, err, took)
	}
}

func TestCallersShareALoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, s := flight(), &source{}
		first := get(t.Context(), f, s)
		time.Sleep(400 * time.Millisecond)
		second := get(t.Context(), f, s)
		want(t, "first", first, 1, nil, time.Second)
		want(t, "second", second, 1, nil, 600*time.Millisecond)
		want(t, "third", get(t.Context(), f, s), 1, nil, 0)
		s.check(t, 1, 0)
		time.Sleep(time.Minute) // from the end of the load
		want(t, "at the last moment", get(t.Context(), f, s), 1, nil, 0)
		time.Sleep(time.Nanosecond)
		want(t, "too late", get(t.Context(), f, s), 2, nil, time.Second)
		if got := f.Values(); len(got) != 1 || got[0] != 2 {
			t.Errorf("got %v kept, want 2", got)
		}
	})
}

func TestLoadEndsWithItsLastCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, s := flight(), &source{}
		ctx, cancel := context.WithCancel(t.Context())
		first := get(ctx, f, s)
		synctest.Wait()
		second := get(t.Context(), f, s)
		synctest.Wait()
		cancel()
		want(t, "who gives up", first, 0, context.Canceled, 0)
		s.check(t, 1, 0)
		want(t, "who stays", second, 1, nil, time.Second)

		f = flight()
		ctx, cancel = context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		first, second = get(ctx, f, s), get(ctx, f, s)
		want(t, "first of all who give up", first, 0, context.DeadlineExceeded, 500*time.Millisecond)
		want(t, "last of all who give up", second, 0, context.DeadlineExceeded, 500*time.Millisecond)
		s.check(t, 2, 1)
		want(t, "the next", get(t.Context(), f, s), 3, nil, time.Second)
	})
}

// TestAbandonedLoadIsNotKept holds that what a load brings that minds no
// cancelling is neither kept nor disturbs the one after it.
func TestAbandonedLoadIsNotKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, s := flight(), &source{}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := f.Get(ctx, "key", always, func(context.Context) (int, error) {
				time.Sleep(500 * time.Millisecond)
				return 7, nil
			})
			done <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want cancelled", err)
		}
		want(t, "the next", get(t.Context(), f, s), 1, nil, time.Second)
		want(t, "the one after", get(t.Context(), f, s), 1, nil, 0)
	})
}

func TestFailedLoadIsNotKept(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, tt := range []struct {
		name  string
		fetch func(context.Context) (int, error)
		check func(error) bool
	}{
		{"error", func(context.Context) (int, error) { return 1, broken }, func(err error) bool { return errors.Is(err, broken) }},
		{"panic", func(context.Context) (int, error) { panic("oops") }, func(err error) bool {
			p, ok := errors.AsType[*incident.PanicError](err)
			return ok && strings.Contains(p.Error(), "oops")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := flight()
			if _, err := f.Get(t.Context(), "key", always, tt.fetch); !tt.check(err) {
				t.Errorf("got %v", err)
			}
			v, err := f.Get(t.Context(), "key", always, func(context.Context) (int, error) { return 2, nil })
			if v != 2 || err != nil {
				t.Errorf("afterwards: got %d, %v, want 2", v, err)
			}
		})
	}
}

func TestUnusableValueIsLoadedAgain(t *testing.T) {
	t.Parallel()
	f := flight()
	get := func(want int, usable func(int) bool, next int) {
		t.Helper()
		got, err := f.Get(t.Context(), "key", usable, func(context.Context) (int, error) { return next, nil })
		if got != want || err != nil {
			t.Errorf("got %d, %v, want %d", got, err, want)
		}
	}
	get(1, always, 1)
	get(1, always, 2)
	get(3, func(v int) bool { return v != 1 }, 3)
	get(3, always, 4)
}

func TestNothingIsKeptWithoutACache(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, s := cache.NewFlight[string, int](nil), &source{}
		first, second := get(t.Context(), f, s), get(t.Context(), f, s)
		want(t, "first", first, 1, nil, time.Second)
		want(t, "second", second, 1, nil, time.Second)
		want(t, "third", get(t.Context(), f, s), 2, nil, time.Second)
		if got := f.Values(); got != nil {
			t.Errorf("got %v kept, want nothing", got)
		}
	})
}

type contextKey struct{}

// TestLoadHasTheValuesOfItsFirstCaller holds that a load can report to the
// one that began it.
func TestLoadHasTheValuesOfItsFirstCaller(t *testing.T) {
	t.Parallel()
	ctx := context.WithValue(t.Context(), contextKey{}, 5)
	got, err := flight().Get(ctx, "key", always, func(ctx context.Context) (int, error) {
		n, _ := ctx.Value(contextKey{}).(int)
		return n, nil
	})
	if got != 5 || err != nil {
		t.Errorf("got %d, %v, want 5", got, err)
	}
}
