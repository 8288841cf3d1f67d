package market_test

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/exchange"
	"didops/internal/market"
)

// TestAFullDisk has a process that may let no file grow, as on a full disk,
// remember more than there is room for: it is told so, what was there before
// stays, and is thrown away by nobody.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	if path := os.Getenv(roleVariable + "_FULL"); path != "" {
		cramped(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "market.db")
	m, _ := newMirror(t, path, false)
	read(t, m, exchange.MarketQuery{}, some(200), whole)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAFullDisk$", "-test.v")
	cmd.Env = append(os.Environ(), roleVariable+"_FULL="+path)
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "thrown away") {
		t.Errorf("%v: %s", err, out)
	}
	read(t, m, exchange.MarketQuery{}, some(300), whole)
	if n, err := count(t, path); n != 300 || err != nil {
		t.Errorf("got %d rows, %v, want 300 once there is room", n, err)
	}
}

// cramped is a process on a full disk.
func cramped(t *testing.T, path string) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	file := market.NewFile(path, zerolog.New(os.Stderr))
	defer func() { _ = file.Close() }()
	m := market.New(file, market.Config{Scope: scope, Now: time.Now})
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 16, Max: 1 << 16}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r := m.Record(exchange.MarketQuery{})
		r.Take(t.Context(), some(5000))
		if _, err := r.End(t.Context(), exchange.Reading{End: true, Rows: 5000}); err == nil {
			t.Error("got no error of a full disk")
		}
		if n, err := count(t, path); n != 200 || err != nil {
			t.Errorf("got %d rows, %v, want the 200 of before", n, err)
		}
	}
}
