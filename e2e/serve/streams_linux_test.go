package serve_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"didops/cmd/didops/app"
)

// TestOneClientsStreamsLeaveRoom has one client open more event streams than
// there are connections: another is served, and health is told.
func TestOneClientsStreamsLeaveRoom(t *testing.T) {
	t.Parallel()
	const streams = app.MaxConnections + 200
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	if int(files.Cur) < streams+1000 {
		t.Skipf("this process may have %d files: too few for %d streams", files.Cur, streams)
	}
	settings := "requests_per_minute = 1000000\n"
	for _, name := range []string{"greedy", "modest"} {
		settings += fmt.Sprintf("[[http.clients]]\nname = %q\ntoken_sha256 = \"%x\"\n", name, sha256.Sum256([]byte(name)))
	}
	address, _ := background(t, settings)
	session := opened(t, address, "greedy")
	for range streams {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := fmt.Fprintf(conn, "GET /mcp HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\nAuthorization: Bearer greedy\r\nMcp-Session-Id: %s\r\n\r\n", address, session); err != nil {
			continue // made room for another
		}
	}
	for range 20 {
		healthyNow(t, address)
		opened(t, address, "modest")
	}
	opened(t, address, "greedy") // may still call
}

// opened opens a session of a client's, on a connection of its own.
func opened(t *testing.T, address, token string) string {
	t.Helper()
	const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"example-client","version":"1"}}}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/mcp", strings.NewReader(hello))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Authorization": {"Bearer " + token},
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s: %v", token, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: got %d %s, %v, want 200", token, resp.StatusCode, text, err)
	}
	return resp.Header.Get("Mcp-Session-Id")
}
