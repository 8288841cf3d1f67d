package order_test

import (
	"strings"
	"testing"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/view"
)

// TestWaysOfAList holds that every way to decide stands by itself, so that no
// command runs into the next sentence.
func TestWaysOfAList(t *testing.T) {
	t.Parallel()
	for _, ways := range [][]string{
		{"Press the button.", "To say no, type: no"}, {"Press the button", "To say no, type: no."}, {"Press the button. ", "To say no, type: no"},
	} {
		doc := order.OrdersDoc([]order.Order{{ID: "o-1", State: order.Pending, ApproveAt: ways}})
		last := doc.Blocks[len(doc.Blocks)-len(ways):]
		for i, way := range ways {
			if last[i] != any(view.Text(strings.TrimSpace(way))) {
				t.Errorf("got %v, want %q by itself", last[i], way)
			}
		}
	}
}

// TestNoOrderSaysWhereToLook holds that only who can start the program by
// another configuration is told of configurations.
func TestNoOrderSaysWhereToLook(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		d := w.engine("a")
		for range 2 { // without a store, and with one
			for _, tt := range []struct {
				by      identity.Caller
				machine bool
			}{{alice(), true}, {asking(alice()), true}, {asks(discord("7")), false}, {discord("2"), false}, {http("team"), false}} {
				for _, id := range []string{"o-zzzzzz", "sb-zzzzzz", "x"} {
					_, err := d.Order(t.Context(), id, tt.by, 0)
					f, ok := fault.As(err)
					if !ok || f.Code != fault.NotFound || strings.Contains(f.Hint, "--config") != tt.machine || f.Hint == "" || strings.HasPrefix(f.Hint, ";") {
						t.Errorf("%s as %s: got %v with the hint %q", id, tt.by.Principal, err, f.Hint)
					}
				}
			}
			w.x.set("9711", func(n *number) { n.owner = "" })
			d.place(alice(), "purchase", "9711")
		}
	})
}
