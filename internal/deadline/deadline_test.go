package deadline_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/deadline"
)

func TestAllows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		wait time.Duration
		want bool
	}{
		{"shorter", 59 * time.Second, true},
		{"as long", time.Minute, false},
		{"longer", time.Hour, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if got := deadline.Allows(ctx, tt.wait); got != tt.want {
					t.Errorf("got %v, want %v", got, tt.want)
				}
				if !deadline.Allows(t.Context(), tt.wait) {
					t.Error("without a deadline: got false, want true")
				}
			})
		})
	}
}

func TestInIsUntil(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		at := deadline.In(time.Minute)
		time.Sleep(time.Minute + time.Second)
		if got, want := deadline.Until(at), -time.Second; got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}
