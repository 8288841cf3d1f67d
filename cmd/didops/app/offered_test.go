package app

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"didops/tools"
)

// The bytes that a model is sent with every request of what is offered by
// default, of what is about the market and own numbers, and of all operations
// with mandates and talk: 1,800, 2,600 and 3,230 tokens, of four bytes and a little
// more each. They are paid for each time: a wider bound wants a reason.
const (
	usualBytes = 6680
	aboutBytes = 10750
	allBytes   = 13270
)

// TestWhatIsOffered holds which operations are offered over MCP by default and
// by a pick, and what they cost a model.
func TestWhatIsOffered(t *testing.T) {
	t.Parallel()
	catalog, err := described()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		words, want string
		most        int
	}{
		{"", "did_list did_overview did_purchase did_search did_unsubscribe did_update order_cancel order_get order_list", usualBytes},
		{"all", "did_changes did_history did_label did_list did_message did_overview did_purchase did_report did_search did_show did_unsubscribe did_update mandate_add mandate_list mandate_revoke order_answer order_cancel order_get order_list watch_add watch_list watch_remove", allBytes},
		{"market numbers orders watches", "did_changes did_history did_label did_list did_message did_overview did_purchase did_report did_search did_show did_unsubscribe did_update order_cancel order_get order_list watch_add watch_list watch_remove", aboutBytes},
		{"did_update", "did_update order_get", usualBytes}, // what makes orders brings what they are followed by
		{"market watches", "did_history did_overview did_purchase did_search order_get watch_add watch_list watch_remove", usualBytes},
		{"numbers orders", "did_changes did_label did_list did_message did_report did_show did_unsubscribe did_update order_cancel order_get order_list", usualBytes},
	} {
		picked, err := catalog.Picked(strings.Fields(tt.words))
		if got := strings.Join(slices.Sorted(maps.Keys(picked)), " "); err != nil || got != tt.want {
			t.Errorf("%q: got %q, %v, want %q", tt.words, got, err, tt.want)
		}
		cost := 0
		for _, tool := range catalog.Tools() {
			if picked[tool.Name().String()] {
				cost += promptBytes(t, tool)
			}
		}
		if t.Logf("%q: %d bytes", tt.words, cost); cost > tt.most {
			t.Errorf("%q: got %d bytes, want at most %d", tt.words, cost, tt.most)
		}
	}
}

// promptBytes is what a model is sent of an operation.
func promptBytes(t *testing.T, tool *tools.Tool) int {
	t.Helper()
	data, err := json.Marshal(map[string]any{
		"name": tool.Name().String(), "description": strings.TrimSpace(tool.Summary() + " " + tool.Doc()), "input_schema": tool.InputSchema(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return len(data)
}
