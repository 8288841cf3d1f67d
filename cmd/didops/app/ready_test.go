package app

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/fault"
)

// TestReadinessShowsNoCause holds that nobody outside reads what only the log
// may say.
func TestReadinessShowsNoCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("user=didops at 192.0.2.1")
	for want, err := range map[string]error{
		"the store is away\n": fault.New(fault.Unavailable, "the store is away").WithCause(cause),
		"it is not ready\n":   cause,
	} {
		s := service{ready: []func(context.Context) error{func(context.Context) error { return err }}}
		w := httptest.NewRecorder()
		s.readyz(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
		if got := w.Body.String(); w.Code != http.StatusServiceUnavailable || got != want {
			t.Errorf("got %d %q, want %q", w.Code, got, want)
		}
	}
}

// TestReadinessEnds holds that something which does not answer is not ready,
// and does not keep whoever asks waiting.
func TestReadinessEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := service{ready: []func(context.Context) error{func(context.Context) error {
			<-release
			return nil
		}}}
		began, w := time.Now(), httptest.NewRecorder()
		s.readyz(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
		if took := time.Since(began); w.Code != http.StatusServiceUnavailable || took > 5*time.Second {
			t.Errorf("got %d %q after %s, want 503 soon", w.Code, w.Body.String(), took)
		}
		close(release)
	})
}
