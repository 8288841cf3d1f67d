package app

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"didops/tools"
)

// wordings are what people ask for, and the operation that does it.
func wordings() map[string]string {
	return map[string]string{
		"buy a phone number in Dubai": "did_purchase", "buy phone numbers": "did_purchase", "buy a number": "did_purchase",
		"purchase a DID": "did_purchase", "order numbers": "did_purchase",
		"VoIP": "did_search", "virtual number": "did_search", "find a toll free number": "did_search", "SIP number": "did_search",
		"cheapest mobile numbers": "did_search", "available phone numbers": "did_search", "search DIDs": "did_search", "sms number": "did_search",
		"phone number prices": "did_overview", "what do numbers cost": "did_overview",
		"my phone numbers": "did_list", "list our numbers": "did_list",
		"forward calls": "did_update", "change call forwarding of a number": "did_update", "route calls to a SIP address": "did_update", "re-route numbers": "did_update",
		"cancel a phone number": "did_unsubscribe", "release numbers": "did_unsubscribe", "give up a number": "did_unsubscribe",
		"order status": "order_get", "cancel an order": "order_cancel", "orders waiting for approval": "order_list",
	}
}

// TestWordingsFindTheirTool holds the texts of the tools against the rule of
// hosts that keep tools out of the prompt: the words of a search, each as a
// whole word, are counted in the description of a tool, or in its search hint
// where the host reads that; parameters and titles play no part. The right one
// is among the first three, and those that have as many are ahead of it.
func TestWordingsFindTheirTool(t *testing.T) {
	t.Parallel()
	catalog, err := described()
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]func(*tools.Tool) string{
		"description": func(t *tools.Tool) string { return t.Summary() + " " + t.Doc() },
		"hint":        (*tools.Tool).Hint,
	}
	for where, text := range texts {
		for asked, want := range wordings() {
			found := map[string]int{}
			for _, tool := range catalog.Tools() {
				if !tool.People() {
					found[tool.Name().String()] = common(asked, text(tool))
				}
			}
			ahead := 0
			for name, n := range found {
				if name != want && n >= found[want] {
					ahead++
				}
			}
			if found[want] == 0 || ahead > 2 {
				t.Errorf("%q by the %s: got %v, want %s among the first three", asked, where, found, want)
			}
		}
	}
}

var word = regexp.MustCompile(`[a-z0-9_]+`)

// common counts the words of a search that stand in a text.
func common(search, text string) int {
	has := map[string]bool{}
	for _, w := range word.FindAllString(strings.ToLower(text), -1) {
		has[w] = true
	}
	n, seen := 0, map[string]bool{}
	for _, w := range word.FindAllString(strings.ToLower(search), -1) {
		if has[w] && !seen[w] {
			n, seen[w] = n+1, true
		}
	}
	return n
}

// TestBoundsAreSaid holds that bounds and defaults, which converters of schemas
// drop, stand in the words of the parameter.
func TestBoundsAreSaid(t *testing.T) {
	t.Parallel()
	catalog, err := described()
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range catalog.Tools() {
		for _, p := range tool.Params() {
			var want []string
			if p.Min != nil && p.Type == tools.ParamInteger {
				want = append(want, fmt.Sprint(*p.Min))
			}
			if p.Max != nil && p.Type == tools.ParamInteger {
				want = append(want, fmt.Sprint(*p.Max))
			}
			if p.Default != "" {
				want = append(want, p.Default, "default")
			}
			for _, w := range want {
				if !strings.Contains(p.Description, w) {
					t.Errorf("%s: %s is described as %q, want %q in it", tool.Name(), p.Name, p.Description, w)
				}
			}
		}
	}
}

// TestOrdersAreOurOwn holds that what touches nothing but our store says so:
// hosts have been seen to refuse to take an order back otherwise.
func TestOrdersAreOurOwn(t *testing.T) {
	t.Parallel()
	catalog, err := described()
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range catalog.Tools() {
		want := slices.Contains([]string{"order", "watch", "mandate", "approvers"}, tool.Name().Noun) || tool.Name().String() == "did_history"
		reads := slices.Contains([]string{"watch_add", "mandate_add", "order_edit"}, tool.Name().String()) // the market or own numbers
		if want = want && !reads; tool.Inward() != want {
			t.Errorf("%s: got inward %t, want %t", tool.Name(), tool.Inward(), want)
		}
	}
}
