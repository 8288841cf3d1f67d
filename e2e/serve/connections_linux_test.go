package serve_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"didops/cmd/didops/app"
	"didops/e2e/harness"
	"didops/internal/testing/capture"
)

// TestThousandsOfIdleConnections opens more connections to the program than
// it keeps, and says nothing on them: it holds no more than it may, whoever
// has something to ask is answered, and so is everybody when they are gone.
func TestThousandsOfIdleConnections(t *testing.T) {
	const want = 10_000
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	idle := min(want, int(files.Cur)-2000)
	if idle <= app.MaxConnections+100 {
		t.Skipf("this process may have %d files: too few for more connections than are kept", files.Cur)
	}
	address, pid := background(t, "")
	before := residentKiB(t, pid)
	for range idle {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
	}
	begun := time.Now()
	for range 20 {
		healthyNow(t, address)
	}
	took := time.Since(begun) / 20
	open := openFiles(t, pid)
	for deadline := time.Now().Add(harness.Patience); open > app.MaxConnections+100 && time.Now().Before(deadline); open = openFiles(t, pid) {
		healthyNow(t, address) // what was closed last may not be gone yet
	}
	if open > app.MaxConnections+100 || open < app.MaxConnections {
		t.Errorf("got %d open files, want those of %d connections and few others", open, app.MaxConnections)
	}
	after := residentKiB(t, pid)
	t.Logf("%d idle connections: %d files open, %d MiB before and %d MiB after; a good client waits %v", idle, open, before>>10, after>>10, took)
}

// background starts the program in a process of its own, with further settings.
func background(t *testing.T, settings string) (address string, pid int) {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), "didops", "serve", "--config", listening(t, settings))
	cmd.Env = []string{"HOME=" + t.TempDir(), "USER=alice", "PATH=" + os.Getenv("PATH"), "GORACE=atexit_sleep_ms=0"}
	log := capture.New()
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("serve: %v: %s", err, log.String())
		}
	})
	deadline := time.After(harness.Patience)
	for {
		if found := harness.Serves.FindStringSubmatch(log.String()); found != nil {
			return found[1], cmd.Process.Pid
		}
		select {
		case <-log.More:
		case <-deadline:
			t.Fatalf("it does not serve: %s", log.String())
		}
	}
}

// listening writes a configuration of a program that listens on loopback.
func listening(t *testing.T, settings string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, []byte("[http]\nlisten = \"127.0.0.1:0\"\n"+settings), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func healthyNow(t *testing.T, address string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatalf("a good client: %v", err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("a good client: got %d, %v, want 200", resp.StatusCode, err)
	}
}

func openFiles(t *testing.T, pid int) int {
	t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// residentKiB is the memory that a process has.
func residentKiB(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib
}
