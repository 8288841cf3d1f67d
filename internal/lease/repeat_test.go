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

// TestRepeat holds when steps are done: by their wish, by news, and after
// errors.
func TestRepeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken, final := errors.New("broken"), errors.New("final")
		results := []struct {
			again time.Duration
			err   error
		}{
			{time.Second, nil},
			{time.Minute, nil}, // there are news after 20 s
			{0, nil},
			{time.Second, broken}, // no news count then
			{time.Hour, lease.Permanent(final)},
		}
		wake := make(chan struct{}, 1)
		time.AfterFunc(21*time.Second, func() { wake <- struct{}{} })
		began := time.Now()
		var at []time.Duration
		r := &lease.Runner{Store: newStore(t), Name: "x", Term: term, Retry: 5 * time.Second}
		err := r.Repeat(t.Context(), func(context.Context) (time.Duration, error) {
			at = append(at, time.Since(began))
			result := results[len(at)-1]
			if errors.Is(result.err, broken) {
				wake <- struct{}{}
			}
			return result.again, result.err
		}, func(ctx context.Context) {
			select {
			case <-wake:
			case <-ctx.Done():
			}
		})
		if !errors.Is(err, final) || err.Error() != "final" {
			t.Errorf("got %v, want the permanent error as it is", err)
		}
		want := []time.Duration{0, time.Second, 21 * time.Second, 21 * time.Second, 26 * time.Second}
		if diff := cmp.Diff(want, at); diff != "" {
			t.Errorf("steps (-want +got):\n%s", diff)
		}
	})
}

func TestRepeatEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t)
		ctx, cancel := context.WithTimeout(t.Context(), 55*time.Minute)
		defer cancel()
		steps := 0
		r := &lease.Runner{Store: s, Name: "x"}
		err := r.Repeat(ctx, func(context.Context) (time.Duration, error) {
			steps++
			return 10 * time.Minute, nil
		}, nil)
		if err != nil || steps != 6 || !s.free() {
			t.Errorf("got %v after %d steps, given back %v; want no error after 6", err, steps, s.free())
		}
	})
}

// TestRepeatGoesOnAfterALoss holds that a step is cancelled when the lease is
// lost, and that steps go on when it is ours again.
func TestRepeatGoesOnAfterALoss(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t)
		final := errors.New("final")
		steps := 0
		r := &lease.Runner{Store: s, Name: "x", Term: term}
		err := r.Repeat(t.Context(), func(ctx context.Context) (time.Duration, error) {
			if steps++; steps == 2 {
				return 0, lease.Permanent(final)
			}
			s.set(func(s *store) { s.holder, s.until = "another", time.Now().Add(time.Minute) })
			<-ctx.Done()
			return 0, context.Cause(ctx)
		}, nil)
		if !errors.Is(err, final) || errors.Is(err, lease.ErrLost) || steps != 2 {
			t.Errorf("got %v after %d steps, want the error of the second", err, steps)
		}
	})
}

func TestPermanentOfNothingIsNothing(t *testing.T) {
	t.Parallel()
	if err := lease.Permanent(nil); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}
