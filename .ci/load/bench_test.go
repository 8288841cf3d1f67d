package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/mcp"
	"didops/internal/config"
	"didops/internal/exchange/sandbox"
	"didops/internal/identity"
	"didops/tools"
)

// BenchmarkSearch calls did_search over loopback on one kept connection, one
// of a thousand configured clients: for profiles of what a call costs, with
// caller and server in one process.
func BenchmarkSearch(b *testing.B) {
	market, err := sandbox.New(sandbox.Options{Seed: 1, Numbers: 2000, Login: "sandbox", Key: "sandbox"})
	if err != nil {
		b.Fatal(err)
	}
	exchange := httptest.NewServer(market)
	defer exchange.Close()
	w := &world{dir: b.TempDir(), exchange: &process{address: exchange.Listener.Addr().String()}}
	w.config = filepath.Join(w.dir, "config.toml")
	if err := w.configure(1000); err != nil {
		b.Fatal(err)
	}
	c, err := config.Load(config.Source{Flag: w.config})
	if err != nil {
		b.Fatal(err)
	}
	gate, err := gateOf(c)
	if err != nil {
		b.Fatal(err)
	}
	for _, k := range []kind{didops, sdk} {
		h := sdkHandler(c, gate)
		if k == didops {
			h = didopsHandler(b, w, gate)
		}
		for _, e := range []era{handshake, stateless} {
			b.Run(fmt.Sprintf("%s/%s", k, e), func(b *testing.B) {
				benchmarkSearch(b, h, &client{scenario: scenario{kind: k, era: e}, token: w.tokens[500]})
			})
		}
	}
}

func benchmarkSearch(b *testing.B, h http.Handler, c *client) {
	b.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	address := server.Listener.Addr().String()
	if err := c.open(b.Context(), address, address); err != nil {
		b.Fatal(err)
	}
	defer c.close()
	b.ReportAllocs()
	for b.Loop() {
		body, err := c.search(searches[0])
		if err == nil && c.id == 1 {
			_, err = contentOf(body)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// didopsHandler is how didops serves a gate.
func didopsHandler(b *testing.B, w *world, gate *tools.Gate) http.Handler {
	b.Helper()
	server, err := mcp.New(mcp.Config{
		Gate: gate, Version: "1.0.0", Log: zerolog.Nop(), Now: time.Now,
		Secret: func(context.Context) ([]byte, error) { return []byte("one key for all replicas"), nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	settings := mcp.HTTP{Listen: "127.0.0.1:0", RequestsPerMinute: 1_000_000_000}
	for i, token := range w.tokens {
		settings.Clients = append(settings.Clients, mcp.Client{
			Name: fmt.Sprintf("client-%d", i), TokenSHA256: sha256.Sum256([]byte(token)), Role: identity.Requester,
		})
	}
	h, err := server.Handler(settings)
	if err != nil {
		b.Fatal(err)
	}
	return h
}
