package cli_test

import (
	"encoding/json"
	"strings"
	"testing"

	"didops/e2e/harness"
)

// TestSandboxIsShared buys in one process and looks in others.
func TestSandboxIsShared(t *testing.T) {
	t.Parallel()
	m := harness.NewMachine(t)
	number := m.BuyInSandbox(t, "sip:971500000000@sip.example.net:5060", "smpp:login:marked-password:971500000000@smpp.example.net:2776")

	if code := m.Run(t, "did", "list", "--json"); code != 0 {
		t.Fatalf("list: got exit %d: %s", code, m.Err.String())
	}
	var list struct {
		Sandbox bool             `json:"sandbox"`
		Matched int              `json:"matched"`
		Numbers []map[string]any `json:"numbers"`
	}
	if err := json.Unmarshal(m.Out.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	if !list.Sandbox || list.Matched != 1 || len(list.Numbers) != 1 {
		t.Fatalf("got %s, want the one number that was bought", m.Out.String())
	}
	row := list.Numbers[0]
	for key, want := range map[string]any{"number": number, "state": "active", "smpp_contact": "smpp:login:***:971500000000@smpp.example.net:2776"} {
		if row[key] != want {
			t.Errorf("%s: got %v, want %v", key, row[key], want)
		}
	}
	for _, key := range []string{"contact", "billed_to", "since", "monthly_fee", "country", "i_did"} {
		if row[key] == nil {
			t.Errorf("%s: got none in %v", key, row)
		}
	}

	if m.Run(t, "__complete", "did", "list", "--number", number[:6]); !strings.Contains(m.Out.String(), number) {
		t.Errorf("got %q, want the number suggested", m.Out.String())
	}
	m.Run(t, "did", "search", "--pattern", number, "--json")
	if !strings.Contains(m.Out.String(), `"matched":0`) {
		t.Errorf("got %s, want the number gone from the market", m.Out.String())
	}
	if code := m.Run(t, "sandbox", "reset"); code != 0 {
		t.Errorf("reset: got exit %d: %s", code, m.Err.String())
	}
	if m.Run(t, "did", "list", "--json"); !strings.Contains(m.Out.String(), `"numbers":[]`) {
		t.Errorf("got %s after the reset, want no number", m.Out.String())
	}
}
