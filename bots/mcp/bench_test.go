package mcp_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"didops/bots/mcp"
	"didops/internal/identity"
	"didops/tools"
)

// BenchmarkCall shows what the protocol adds to a call of the gate: compare
// the sub-benchmarks with "gate".
func BenchmarkCall(b *testing.B) {
	const args = `"name":"line_find","arguments":{"town":"x","limit":2}`
	b.Run("gate", func(b *testing.B) {
		y := newHarness(b)
		for b.Loop() {
			_, err := y.gate.Call(b.Context(), tools.Call{
				Tool: "line_find", Args: json.RawMessage(`{"town":"x","limit":2}`), Frontend: identity.FrontMCP, Principal: alice(),
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, message := range map[string]string{"handshake": old("1", "tools/call", args), "stateless": modern("1", "tools/call", args)} {
		b.Run("stdio "+name, func(b *testing.B) { benchmarkStdio(b, message) })
	}
	b.Run("http handshake", func(b *testing.B) { benchmarkHTTP(b, old("1", "tools/call", args), true) })
	b.Run("http stateless", func(b *testing.B) { benchmarkHTTP(b, modern("1", "tools/call", args), false) })
}

// benchmarkStdio calls over a pair of the operating system's pipes.
func benchmarkStdio(b *testing.B, message string) {
	b.Helper()
	inR, inW, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error)
	s := newHarness(b).server(b, zerolog.Nop())
	go func() { done <- s.Stdio(b.Context(), inR, outW, alice()) }()
	out := bufio.NewReader(outR)
	for b.Loop() {
		if _, err := io.WriteString(inW, message+"\n"); err != nil {
			b.Fatal(err)
		}
		if line, err := out.ReadString('\n'); err != nil || !strings.Contains(line, `"sandbox":true`) {
			b.Fatalf("got %s, %v", line, err)
		}
	}
	_ = inW.Close()
	if err := <-done; err != nil {
		b.Error(err)
	}
	for _, f := range []*os.File{inR, outR, outW} {
		_ = f.Close()
	}
}

// benchmarkHTTP calls over loopback on one kept connection.
func benchmarkHTTP(b *testing.B, message string, handshake bool) {
	b.Helper()
	h := handler(b, newHarness(b).server(b, zerolog.Nop()), mcp.HTTP{})
	ts := httptest.NewServer(h)
	defer ts.Close()
	headers := []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "line_find"}
	if handshake {
		headers = []string{"Mcp-Session-Id", begin(b, h)}
	}
	for b.Loop() {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, ts.URL, strings.NewReader(message))
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		set(r, headers)
		resp, err := ts.Client().Do(r)
		if err != nil {
			b.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || !strings.Contains(string(body), `"sandbox":true`) {
			b.Fatalf("got %s, %v", body, err)
		}
	}
}
