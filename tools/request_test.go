package tools_test

import (
	"context"
	"fmt"
	"testing"

	"didops/internal/request"
	"didops/tools"
)

// TestRequestsHaveOneID holds that a call has the id that its request was
// given when it came, and one of its own where nobody gave it any.
func TestRequestsHaveOneID(t *testing.T) {
	t.Parallel()
	n := 0
	var seen []string
	g := gate(t, tools.GateConfig{
		NewID:   func() string { n++; return fmt.Sprintf("r%d", n) },
		Observe: func(ctx context.Context, _ tools.Event) { seen = append(seen, request.ID(ctx)) },
	})
	if got := request.ID(t.Context()); got != "" {
		t.Errorf("got %q outside of a request, want nothing", got)
	}
	ctx := g.Begin(t.Context())
	if again := g.Begin(ctx); request.ID(again) != "r1" {
		t.Errorf("got %q when begun again, want it to stay r1", request.ID(again))
	}
	for _, ctx := range []context.Context{ctx, ctx, t.Context()} {
		if _, err := g.Call(ctx, call(`{"word":"x"}`)); err != nil {
			t.Fatal(err)
		}
	}
	if want := "[r1 r1 r2]"; fmt.Sprint(seen) != want {
		t.Errorf("the observer got %v, want %s", seen, want)
	}
	random := gate(t, tools.GateConfig{})
	if a, b := request.ID(random.Begin(t.Context())), request.ID(random.Begin(t.Context())); len(a) != 12 || a == b {
		t.Errorf("got the ids %q and %q, want two of 12 characters", a, b)
	}
}
