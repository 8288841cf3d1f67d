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

// TestResetLetsBuyAgain buys a number by an order, empties the sandbox, and buys
// the same number again at once: the orders do not hold on to it, and the trail
// says why.
func TestResetLetsBuyAgain(t *testing.T) {
	t.Parallel()
	m := harness.NewMachine(t)
	numbers := forSale(t, m, 2)
	buy := func(when string, code int) {
		t.Helper()
		m.Answers("y")
		if got := m.Run(t, append([]string{"did", "purchase", "--json"}, numbers...)...); got != code {
			t.Fatalf("%s: got exit %d, want %d: %s%s", when, got, code, m.Out.String(), m.Err.String())
		}
	}
	run := func(args ...string) string {
		t.Helper()
		if code := m.Run(t, args...); code != 0 {
			t.Fatalf("%v: got exit %d: %s", args, code, m.Err.String())
		}
		return m.Out.String()
	}
	buy("at first", 0)
	first, _ := orderIn(t, m.Out.String())
	for range 2 { // once more with what was bought after the first time
		run("sandbox", "reset")
		buy("after the reset", 0)
		again, state := orderIn(t, m.Out.String())
		if again == first || state != "done" {
			t.Errorf("got the order %s, %s; want another than %s, and done", again, state, first)
		}
		first = again
	}
	trail := run("audit", "export")
	if n := strings.Count(trail, `"event":"gone"`); n != 4 || strings.Count(trail, "the sandbox was emptied") != 4 {
		t.Errorf("the trail names %d numbers as gone, want 4:\n%s", n, trail)
	}
	run("audit", "verify")
	if list := owned(t, m); !strings.Contains(list, strings.TrimPrefix(numbers[0], "+")) {
		t.Errorf("got %s, want what was bought last", list)
	}
}
