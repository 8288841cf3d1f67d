package deadline_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/deadline"
)

func TestCall(t *testing.T) {
	t.Parallel()
	failed := errors.New("failed")
	for name, tt := range map[string]struct {
		value string
		err   error
	}{"a value": {"it", nil}, "an error": {"", failed}} {
		if got, err := deadline.Call(t.Context(), func() (string, error) { return tt.value, tt.err }); got != tt.value || !errors.Is(err, tt.err) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

// TestCallIsLeftBehind holds that what does not mind its context is waited for
// no longer than twice the grace, and what minds it is.
func TestCallIsLeftBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began, release := time.Now(), make(chan struct{})
		_, err := deadline.Call(ctx, func() (int, error) {
			<-release
			return 1, nil
		})
		if took := time.Since(began); !errors.Is(err, deadline.ErrAbandoned) || !errors.Is(err, context.DeadlineExceeded) || took != time.Minute+2*deadline.Grace {
			t.Errorf("got %v after %s", err, took)
		}
		close(release)
		got, err := deadline.Call(ctx, func() (int, error) {
			time.Sleep(deadline.Grace)
			return 1, ctx.Err()
		})
		if got != 1 || errors.Is(err, deadline.ErrAbandoned) {
			t.Errorf("got %d, %v, want what was returned in time", got, err)
		}
	})
}

func TestCallPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if p := fmt.Sprint(recover()); !strings.Contains(p, "boom") || !strings.Contains(p, "call_test.go") {
			t.Errorf("got %s, want the panic and where it was", p)
		}
	}()
	_, _ = deadline.Call(t.Context(), func() (int, error) { panic("boom") })
}
