package tcxc_test

import (
	"testing"
	"time"

	"didops/internal/exchange/sandbox"
)

// TestSkew holds that the clock of the exchange is known from whatever it
// answers, refusals too, and is never thought to be ahead of what it is.
func TestSkew(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{0, 3 * time.Hour, -50 * 24 * time.Hour} {
		s := newExchange(t, sandbox.Options{Numbers: 100})
		c := client(t, s)
		if _, known := c.Skew(); known {
			t.Error("it is known before anything was answered")
		}
		s.Script(sandbox.Fault{Kind: sandbox.Skew, Delay: ahead, Times: sandbox.Forever})
		_, _, _ = c.ReadWriter().FindOwned(t.Context(), "9711") // a refusal tells as much
		got, known := c.Skew()
		if late := ahead - got; !known || late < 0 || late > 30*time.Second {
			t.Errorf("got %s, %v, want at most %s, and not much less", got, known, ahead)
		}
	}
}
