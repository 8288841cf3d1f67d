package serve_test

import (
	"strings"
	"testing"
	"time"

	"didops/cmd/didops/app"
	"didops/e2e/harness"
	"didops/internal/testing/capture"
	"didops/internal/testing/pgtest"
)

// TestServeWaitsForItsStore starts the program before its database, which has
// no tables yet: it waits for the one, makes the others, and then serves.
func TestServeWaitsForItsStore(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	url := server.Database(t)
	server.Kill()
	g := harness.NewTarget(t, harness.LoopbackConfig+"[store]\nurl = "+harness.Quote(url)+"\n")
	log := capture.New()
	ended, code := make(chan struct{}), 0
	go func() {
		defer close(ended)
		code = app.Run(t.Context(), []string{"serve"}, g.Host(strings.NewReader(""), capture.New(), log))
	}()
	t.Cleanup(func() { <-ended })
	says := func(text string) {
		t.Helper()
		timeout := time.NewTimer(harness.Patience)
		defer timeout.Stop()
		for !strings.Contains(log.String(), text) {
			select {
			case <-log.More:
			case <-ended:
				t.Fatalf("got exit %d: %s", code, log.String())
			case <-timeout.C:
				t.Fatalf("got %s, want %q", log.String(), text)
			}
		}
	}
	says("the store of orders is waited for")
	if strings.Contains(log.String(), `"serving"`) {
		t.Error("it serves without its store")
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	says(`"serving"`)
	if got := strings.TrimSpace(string(pgtest.Run(t, "psql", url, "-Atc", "SELECT count(*) FROM meta"))); got != "1" {
		t.Errorf("got %q keys in the store, want 1", got)
	}
}

// TestServeRefusesAStoreThatIsNone ends at once where waiting would not help.
func TestServeRefusesAStoreThatIsNone(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	g := harness.NewTarget(t, harness.LoopbackConfig+"[store]\nurl = "+harness.Quote(strings.Replace(url, "?", "_missing?", 1))+"\n")
	r := g.Shell(t, "serve")
	if r.Code != 1 || !strings.Contains(r.Err, "does not exist") {
		t.Errorf("got exit %d and %s, want that there is no such database", r.Code, r.Err)
	}
}
