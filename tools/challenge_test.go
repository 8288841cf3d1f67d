package tools_test

import (
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/fixture"
	"didops/tools"
)

// TestChallenge holds who is asked to sign a decision, and that what they sign comes
// to where decisions are made.
func TestChallenge(t *testing.T) {
	t.Parallel()
	s := fakeorders.New(fakeorders.Config{Handlers: fixture.Handlers(fixture.Options{}), Now: time.Now})
	g, err := tools.NewGate(tools.GateConfig{Catalog: fixture.Catalog(t, fixture.Options{Orders: s}), Orders: s, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	web, mcp := g.Through(identity.FrontWeb), g.Through(identity.FrontMCP)
	placed, err := web.Call(t.Context(), as("alice", identity.Approver, "line_buy", `{"numbers":["+15550100"]}`))
	if err != nil {
		t.Fatal(err)
	}
	id := placed.Order.ID
	who := as("bob", identity.Approver, "", "")
	if _, err := mcp.Challenge(t.Context(), id, true, who); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("over MCP: got %v, want %s", err, fault.Forbidden)
	}
	if _, err := web.Challenge(t.Context(), "sb-none", true, who); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("no order: got %v, want %s", err, fault.NotFound)
	}
	c, err := web.Challenge(t.Context(), id, true, who)
	if err != nil || len(c.Nonce) == 0 || len(c.Challenge) == 0 || len(c.Options) == 0 {
		t.Fatalf("got %+v, %v", c, err)
	}
	signed := &order.Assertion{Nonce: c.Nonce}
	if _, err := web.Decide(t.Context(), id, who, tools.Answer{Reply: tools.Yes, Assertion: signed}); err != nil {
		t.Fatal(err)
	}
	if d := s.Decisions(); len(d) != 1 || d[0].Assertion != signed || !d[0].Approve {
		t.Errorf("got %+v, want the decision with its signature", d)
	}
}
