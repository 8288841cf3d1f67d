package audit_test

import (
	"strings"
	"testing"

	"didops/internal/audit"
)

// TestSentences holds that every entry reads as a sentence.
func TestSentences(t *testing.T) {
	t.Parallel()
	team := &audit.Actor{Realm: "http", ID: "team", Name: "claude-team", Via: "mcp"}
	for want, e := range map[string]audit.Entry{
		"purchase: request refused, by “claude-team” (mcp), for +971501234567, “forbidden: one costs too much”": {
			Event: "request refused", Kind: "purchase", Actor: team, Number: "+971501234567", Result: "forbidden: one costs too much",
		},
		"request refused, by “claude-team” (mcp), for +1, +2, +3 and 2 more, “conflict: no”": {
			Event: "request refused", Actor: team, Number: "+1 +2 +3 +4 +5", Result: "conflict: no",
		},
		"request refused, by http:team (mcp)": {Event: "request refused", Actor: &audit.Actor{Realm: "http", ID: "team", Via: "mcp"}},
		"o-1 purchase: sent, +971501234567 is sending, “try 1”": {
			Event: "sent", Order: "o-1", Kind: "purchase", Number: "+971501234567", Line: "sending", State: "executing", Result: "try 1",
		},
		"o-1 purchase: approved, by “claude-team” (mcp), it is executing": {
			Event: "approved", Order: "o-1", Kind: "purchase", Actor: team, State: "executing",
		},
		"o-1: decision refused, by “claude-team” (mcp), “expired: too late”": {
			Event: "decision refused", Order: "o-1", Actor: team, Result: "expired: too late",
		},
	} {
		if got := e.Sentence(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	long := audit.Entry{Event: "failed", Result: strings.Repeat("because ", 100)}
	if got := long.Sentence(); len(got) > 400 || !strings.HasSuffix(got, "…”") {
		t.Errorf("got %s, want it shortened", got)
	}
}
