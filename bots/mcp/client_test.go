package mcp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	mcpgo "github.com/mark3labs/mcp-go/mcp"
	"github.com/rs/zerolog"

	"didops/bots/mcp"
	"didops/internal/identity"
	"didops/internal/risk"
)

// connect is mcp-go's own client on a transport of the server. In the
// handshake era it also keeps the stream open that this era has.
func connect(t *testing.T, s *mcp.Server, over string, handshake bool) *client.Client {
	t.Helper()
	return connectAs(t, s, alice(), over, handshake)
}

// connectAs is such a client of somebody's, with options.
func connectAs(t *testing.T, s *mcp.Server, who identity.Principal, over string, handshake bool, options ...client.ClientOption) *client.Client {
	t.Helper()
	if over == "stdio" {
		inR, inW := io.Pipe()
		outR, outW := io.Pipe()
		done := make(chan error, 1)
		go func() { done <- s.Stdio(context.Background(), inR, outW, who) }()
		t.Cleanup(func() {
			if err := <-done; err != nil {
				t.Errorf("stdio: got %v, want nil", err)
			}
			_ = outW.Close()
		})
		t.Cleanup(func() { _ = inW.Close() })
		return greet(t, transport.NewIO(outR, inW, io.NopCloser(strings.NewReader(""))), handshake, options)
	}
	ts := httptest.NewServer(handler(t, s, mcp.HTTP{LoopbackPrincipal: who}))
	t.Cleanup(ts.Close)
	return connectTo(t, ts, handshake, options...)
}

// connectTo is such a client of a server on the network.
func connectTo(t *testing.T, ts *httptest.Server, handshake bool, options ...client.ClientOption) *client.Client {
	t.Helper()
	streams := []transport.StreamableHTTPCOption{
		transport.WithHTTPBasicClient(ts.Client()), transport.WithHTTPLogger(slog.New(slog.DiscardHandler)),
	}
	if handshake {
		streams = append(streams, transport.WithContinuousListening()) //nolint:staticcheck // deprecated with the era
	}
	link, err := transport.NewStreamableHTTP(ts.URL, streams...)
	if err != nil {
		t.Fatal(err)
	}
	return greet(t, link, handshake, options)
}

func greet(t *testing.T, link transport.Interface, handshake bool, options []client.ClientOption) *client.Client {
	t.Helper()
	version := mcpgo.ProtocolVersion20260728
	if handshake {
		version = mcpgo.ProtocolVersion20251125
		options = append(options, client.WithLegacyProtocolOnly()) //nolint:staticcheck // deprecated with the era
	}
	c := client.NewClient(link, options...)
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	agreed, err := c.Initialize(t.Context(), mcpgo.InitializeRequest{Params: mcpgo.InitializeParams{
		ProtocolVersion: mcpgo.LATEST_PROTOCOL_VERSION,
		ClientInfo:      mcpgo.Implementation{Name: "example-client", Version: "1.0.0"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if agreed.ProtocolVersion != version {
		t.Fatalf("got protocol version %s, want %s", agreed.ProtocolVersion, version)
	}
	return c
}

// both runs a test in both eras over both transports.
func both(t *testing.T, run func(*testing.T, *harness, *client.Client)) {
	t.Helper()
	for era, handshake := range map[string]bool{"stateless": false, "handshake": true} {
		for _, over := range []string{"stdio", "http"} {
			t.Run(era+" over "+over, func(t *testing.T) {
				t.Parallel()
				y := newHarness(t)
				run(t, y, connect(t, y.server(t, zerolog.Nop()), over, handshake))
			})
		}
	}
}

func rpcRequest(name string, args any) mcpgo.CallToolRequest {
	return mcpgo.CallToolRequest{Params: mcpgo.CallToolParams{Name: name, Arguments: args}}
}

func TestClients(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, y *harness, c *client.Client) {
		t.Helper()
		list, err := c.ListTools(t.Context(), mcpgo.ListToolsRequest{})
		if err != nil || len(list.Tools) != 7 {
			t.Fatalf("got %v, %v, want 7 tools", list, err)
		}
		result, err := c.CallTool(t.Context(), rpcRequest("line_find", map[string]any{"town": "x"}))
		if err != nil || result.IsError || !strings.Contains(string(result.RawStructuredContent), `"monthly_fee":"`+fee+`"`) {
			t.Errorf("got %+v, %v, want rows", result, err)
		}
		if call := <-y.calls; call.Principal.Client != "example-client 1.0.0" {
			t.Errorf("got client %q", call.Principal.Client)
		}
		result, err = c.CallTool(t.Context(), rpcRequest("note_fail", map[string]any{"code": "conflict"}))
		if err != nil || !result.IsError || !strings.Contains(string(result.RawStructuredContent), `"conflict"`) {
			t.Errorf("got %+v, %v, want a conflict", result, err)
		}
		if _, err = c.CallTool(t.Context(), rpcRequest("line_fnd", nil)); err == nil || !strings.Contains(err.Error(), "did you mean line_find") {
			t.Errorf("got %v, want a near miss", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-y.waits.Begun; cancel() }()
		if _, err = c.CallTool(ctx, rpcRequest("note_wait", nil)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want cancelled", err)
		}
		if err := <-y.waits.Ended; err == nil {
			t.Error("the call was not cancelled")
		}
	})
}

func TestProgressIsNeverLost(t *testing.T) {
	t.Parallel()
	const calls, workers = 2000, 16
	both(t, func(t *testing.T, _ *harness, c *client.Client) {
		t.Helper()
		var got sync.Map
		var count atomic.Int64
		c.OnNotification(func(n mcpgo.JSONRPCNotification) {
			if n.Method == "notifications/progress" {
				if _, twice := got.LoadOrStore(fmt.Sprint(n.Params.AdditionalFields["progressToken"]), true); !twice {
					count.Add(1)
				}
			}
		})
		var all sync.WaitGroup
		for w := range workers {
			all.Go(func() {
				for i := w; i < calls; i += workers {
					r := rpcRequest("line_find", map[string]any{"town": "x"})
					r.Params.Meta = &mcpgo.Meta{ProgressToken: fmt.Sprintf("p%d", i)}
					if _, err := c.CallTool(t.Context(), r); err != nil {
						t.Errorf("call %d: %v", i, err)
						return
					}
				}
			})
		}
		all.Wait()
		if n := count.Load(); n != calls {
			t.Errorf("got progress of %d calls, want %d", n, calls)
		}
	})
}

func TestHintsOfEveryRisk(t *testing.T) {
	t.Parallel()
	tests := []struct {
		risk                              risk.Level
		readOnly, destructive, idempotent bool
	}{
		{risk.Read, true, false, true},
		{risk.Local, false, false, true},
		{risk.Change, false, true, false},
		{risk.Spend, false, true, false},
		{risk.Destroy, false, true, false},
		{0, false, true, false},
	}
	for _, tt := range tests {
		h := mcp.Hints(tt.risk, true)
		got := []bool{*h.ReadOnlyHint, *h.DestructiveHint, *h.IdempotentHint, *h.OpenWorldHint}
		want := []bool{tt.readOnly, tt.destructive, tt.idempotent, true}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", tt.risk, got, want)
		}
	}
}

// What a list says of a tool besides its schemas: its title in both places, the
// words it is found by, and whether it reaches beyond our own store.
func TestListedTools(t *testing.T) {
	t.Parallel()
	c := connectAs(t, newOrderHarness(t).server(t, nop()), carol(), "stdio", false)
	list, err := c.ListTools(t.Context(), mcpgo.ListToolsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	open := map[string]bool{"line_find": true, "line_buy": true, "slip_show": false, "slip_cancel": false}
	for _, tool := range list.Tools {
		if tool.Title == "" || tool.Annotations.Title != tool.Title {
			t.Errorf("%s: got the titles %q and %q, want the same", tool.Name, tool.Title, tool.Annotations.Title)
		}
		if want, known := open[tool.Name]; known && *tool.Annotations.OpenWorldHint != want {
			t.Errorf("%s: got openWorldHint %t, want %t", tool.Name, !want, want)
		}
		hint := ""
		if tool.Meta != nil {
			hint, _ = tool.Meta.AdditionalFields["anthropic/searchHint"].(string)
		}
		if want := map[string]string{"line_find": "find lines: mobile or fixed, cheapest first"}[tool.Name]; hint != want {
			t.Errorf("%s: got the search hint %q, want %q", tool.Name, hint, want)
		}
	}
}
