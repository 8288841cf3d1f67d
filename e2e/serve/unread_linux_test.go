package serve_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"didops/e2e/harness"
)

// TestALogThatNobodyReads fills the pipe behind standard error: calls are
// answered all the same, and the program ends when it is told to.
func TestALogThatNobodyReads(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	size, err := unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, 4096)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), "didops", "serve", "--log-level", "debug", "--config", listening(t, ""))
	cmd.Env = []string{"HOME=" + t.TempDir(), "USER=alice", "PATH=" + os.Getenv("PATH"), "GORACE=atexit_sleep_ms=0"}
	cmd.Stderr = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	said := make([]byte, 0, 1<<16)
	var address string
	for address == "" {
		n, err := r.Read(said[len(said):cap(said)])
		if err != nil {
			t.Fatalf("it does not serve: %v: %s", err, said)
		}
		said = said[:len(said)+n]
		if found := harness.Serves.FindStringSubmatch(string(said)); found != nil {
			address = found[1]
		}
	}
	message := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{` + harness.Params("did_search", `{"country":"`+strings.Repeat("Nowhereland ", 8)+`"}`) +
		`,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`
	for range 2 * size / 100 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/mcp", strings.NewReader(message))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = harness.HeadersOf(message, "", "", true)
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("got %d, %v", resp.StatusCode, err)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}
