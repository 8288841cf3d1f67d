package shell_test

import (
	"strings"
	"testing"

	"didops/internal/order"
)

// TestExitByState is the table of the contract: an order that was printed
// decides how the program ends, in every format, and nothing is called an
// error.
func TestExitByState(t *testing.T) {
	t.Parallel()
	want := map[order.State]int{
		order.Completed: 0,
		order.Partial:   1, order.Failed: 1,
		order.Rejected: 3, order.Expired: 3, order.Cancelled: 3, order.Changed: 3,
		order.Pending: 8, order.Executing: 8, order.Scheduled: 8,
		order.Unknown: 9,
	}
	if len(want) != len(order.States()) {
		t.Errorf("got %d states, want the %d there are", len(want), len(order.States()))
	}
	for _, state := range order.States() {
		for _, format := range []string{"", "--json", "--csv"} {
			d := newOrders()
			h := newOrderHarness(t, d, nil)
			h.run(t, "line", "buy", "+971501234567")
			d.Change("o-7k3f", func(o *order.Order) { o.State = state })
			h.out.Reset()
			h.err.Reset()
			if code := h.run(t, strings.Fields("slip show o-7k3f "+format)...); code != want[state] {
				t.Errorf("%s %s: got exit %d, want %d", state, format, code, want[state])
			}
			if !strings.Contains(h.out.String(), string(state)) || strings.Contains(h.err.String(), "didops:") || strings.Contains(h.out.String(), `"error"`) {
				t.Errorf("%s %s: got %q and %q, want the order and no error", state, format, h.out.String(), h.err.String())
			}
		}
	}
}

// TestExitOfLists proves that a list ends well, whatever is on it.
func TestExitOfLists(t *testing.T) {
	t.Parallel()
	h := newOrderHarness(t, newOrders(), nil)
	h.run(t, "line", "buy", "+971501234567")
	if code := h.run(t, "slip", "list"); code != 0 {
		t.Errorf("got exit %d, want 0", code)
	}
}

// TestExitWhereTheOrderCannotBeWritten proves that the state is no excuse.
func TestExitWhereTheOrderCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"--json", "--csv", "--json=false"} {
		h := newOrderHarness(t, newOrders(), nil)
		h.Out = full{}
		if code := h.run(t, "line", "buy", "1", format); code != 1 {
			t.Errorf("%s: got exit %d (%s), want 1", format, code, h.err.String())
		}
	}
}
