package serve_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"didops/e2e/harness"
	"didops/internal/testing/pgtest"
)

// TestTheMarketIsReadAhead starts "didops serve", which reads the whole market
// without being asked. From then on a shell's search asks the exchange nothing,
// and neither does a second "didops serve" on the same store.
func TestTheMarketIsReadAhead(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]func(*testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { t.Helper(); return fmt.Sprintf("[store]\nurl = %q\n", pgtest.Database(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := harness.NewTarget(t, harness.LoopbackConfig+store(t))
			s := g.Serve(t)
			status := func() string { return g.Shell(t, "market", "status", "--json").Out }
			for deadline := time.Now().Add(harness.Patience); !strings.Contains(status(), `"fresh":2000`); {
				if time.Now().After(deadline) {
					t.Fatalf("the market is not read ahead: %s%s", status(), s.Log.String())
				}
			}
			g.Forward(10 * time.Second) // metrics are read anew every five
			shows(t, s.Address, `market_rows_fresh 2000`, `market_parts_due 0`, `market_readable 1`, `market_readings_total{outcome="ok"} 1`)
			asked := len(g.Market.Requests())
			if got := g.Shell(t, "did", "search", "--country", "UAE", "--json"); got.Code != 0 || !strings.Contains(got.Out, `"complete":true`) {
				t.Errorf("got exit %d: %s%s", got.Code, got.Out, got.Err)
			}
			if got := g.Shell(t, "market", "sync", "--json"); got.Code != 0 || !strings.Contains(got.Out, `"parts":0`) {
				t.Errorf("got exit %d: %s%s", got.Code, got.Out, got.Err)
			}
			g.Serve(t).Stop()
			s.Stop()
			if now := g.Market.Requests(); len(now) != asked {
				t.Errorf("got %+v asked for of what is remembered", now[asked:])
			}
		})
	}
}
