package mcp_test

import (
	"strings"
	"testing"
)

// A number that no float holds is a mistake of the model's like others, and is
// answered where it reads: in a result.
func TestNumbersBeyondFloats(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, w way, s *orderHarness) {
		t.Helper()
		p := w.meet(t, s.server(t, nop()), "")
		for args, want := range map[string]string{
			`{"town":1e600}`:                      "a large exponent",
			`{"limit":1e999}`:                     "limit must be a whole number",
			`{"max_monthly_fee":-1e400}`:          "max_monthly_fee must be an amount",
			`{"tags":["a",1e600]}`:                "tags takes no number",
			`{"nonsense":{"deep":[1e400]}}`:       "there is no parameter",
			`{"town":"x","town":1e400}`:           "with each name once",
			`{"limit":5e-1000}`:                   "limit must be a whole number",
			`{"town":"x","max_monthly_fee":1e-2}`: "",
		} {
			p.call("5", `"name":"line_find","arguments":`+args)
			got := p.hear()
			if want == "" {
				if got.Result.IsError || !strings.Contains(got.Raw, `"structuredContent"`) {
					t.Errorf("%s: got %s, want a result", args, got.Raw)
				}
			} else if !got.Result.IsError || got.Result.Content.Error.Code != "invalid" || !strings.Contains(got.Raw, want) {
				t.Errorf("%s: got %s, want an invalid result with %q", args, got.Raw, want)
			}
		}
		p.call("6", `"name":"line_fin","arguments":{"town":1e400}`)
		if got := p.hear(); !strings.Contains(got.Raw, `"error"`) || !strings.Contains(got.Raw, "line_find") {
			t.Errorf("got %s, want an error about the tool", got.Raw)
		}
	})
}
