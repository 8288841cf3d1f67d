package app

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

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
