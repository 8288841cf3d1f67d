package mcp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	mcpgo "github.com/mark3labs/mcp-go/mcp"
	"github.com/rs/zerolog"

	"didops/bots/mcp"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/store"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/fixture"
)

// market sells every number, and counts how often it was asked to.
type market struct {
	mu    sync.Mutex
	sales map[string]int
}

func (m *market) send(_ context.Context, l order.Line) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sales[l.Number]++
	return nil
}

// process serves the market as a process of its own on the store would, and
// returns its address.
func (m *market) process(t *testing.T, path string) *url.URL {
	t.Helper()
	address, _ := m.start(t, path)
	return address
}

// start is a process with the service of its orders.
func (m *market) start(t *testing.T, path string) (*url.URL, *order.Engine) {
	t.Helper()
	kept, err := store.Open(store.Config{Path: path, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	options := fixture.Options{Send: m.send}
	engine, err := order.New(order.Config{
		Store: kept.Orders(), Audit: kept.Audit(), Cards: kept.Cards(), Prompts: kept.Prompts(), Tasks: kept.Tasks(), Leases: kept.Leases(),
		Handlers: fixture.Handlers(options), Exchange: "lines", Prefix: "o-", Currency: "USD",
		Policy: func() order.Policy {
			return order.Policy{Needed: 1, RequesterMayApprove: true, ExpiresAfter: fakeorders.Life, Realms: map[string]order.RealmPolicy{identity.OS: {Approves: true}}, Elicitation: order.ElicitEverything}
		},
		ReadWithin: time.Second, SendWithin: time.Second, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	options.Orders = engine
	secret := func(ctx context.Context) ([]byte, error) { return engine.Secret(ctx, "sessions") }
	ts := httptest.NewServer(handler(t, sharing(t, harnessOf(t, options), secret, zerolog.Nop()), mcp.HTTP{LoopbackPrincipal: carol()}))
	t.Cleanup(ts.Close)
	address, err := url.Parse(ts.URL)
	if err != nil {
		t.Fatal(err)
	}
	return address, engine
}

// balance is a load balancer that gives each request to the next address.
func balance(t *testing.T, to ...*url.URL) *httptest.Server {
	t.Helper()
	var list []*httputil.ReverseProxy
	for _, address := range to {
		proxy := httputil.NewSingleHostReverseProxy(address)
		proxy.FlushInterval = -1
		link := &http.Transport{}
		t.Cleanup(link.CloseIdleConnections)
		proxy.Transport = link
		list = append(list, proxy)
	}
	var turn atomic.Int64
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		list[int(turn.Add(1))%len(list)].ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return front
}

// Clients of both eras at once behind a load balancer without stickiness: each
// gets what its person said, and what was approved is bought once.
func TestClientsOfReplicasOnOneStore(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("writes to a disk")
	}
	m := &market{sales: map[string]int{}}
	path := filepath.Join(t.TempDir(), "orders.db")
	front := balance(t, m.process(t, path), m.process(t, path), m.process(t, path))
	answers := []struct {
		answer mcpgo.ElicitationResponse
		want   string
		sales  int
	}{
		{mcpgo.ElicitationResponse{Action: mcpgo.ElicitationResponseActionAccept, Content: map[string]any{"decision": "approve"}}, "done", 1},
		{mcpgo.ElicitationResponse{Action: mcpgo.ElicitationResponseActionAccept, Content: map[string]any{"decision": "reject"}}, "rejected", 0},
		{mcpgo.ElicitationResponse{Action: mcpgo.ElicitationResponseActionDecline}, "pending", 0},
	}
	var all sync.WaitGroup
	for i := range 24 {
		tt, number, p := answers[i%3], fmt.Sprintf("9715000%04d", i), &person{answer: answers[i%3].answer}
		c := connectTo(t, front, i%2 == 0, client.WithElicitationHandler(p))
		all.Go(func() {
			result, err := c.CallTool(t.Context(), rpcRequest("line_buy", map[string]any{"numbers": []string{number}}))
			if err != nil || result.IsError {
				t.Errorf("%s: got %+v, %v, want an order", number, result, err)
				return
			}
			var got heard
			if err := json.Unmarshal(result.RawStructuredContent, &got.Result.Content); err != nil {
				t.Error(err)
			}
			if state := got.Result.Content.Order.State; state != tt.want || p.asked.Load() != 1 {
				t.Errorf("%s: got %s and %d questions, want %s and one", number, state, p.asked.Load(), tt.want)
			}
			m.mu.Lock()
			defer m.mu.Unlock()
			if m.sales[number] != tt.sales {
				t.Errorf("%s: got %d sales, want %d", number, m.sales[number], tt.sales)
			}
		})
	}
	all.Wait()
}
