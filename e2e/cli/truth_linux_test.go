package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"didops/e2e/harness"
	"didops/internal/exchange/sandbox"
)

// TestWhatTheExchangeSaysIsReadBack buys at a terminal from an exchange that
// says one thing and does another.
func TestWhatTheExchangeSaysIsReadBack(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fault string
		code  int
		state string // of the order
		says  string // on the receipt
		field string // that differs
	}{
		{"purchase:price percent=300 times=1", 0, "done", "NOT AS QUOTED", "monthly_fee"},
		{"purchase:elsewhere", 0, "done", "@elsewhere.example.net:5060", "contact"},
		{"purchase:nothing", 9, "unknown", "the exchange said yes; your list does not show it yet", ""},
		{"purchase:error_after", 0, "done", "but it stands", ""},
		{"purchase:error_after as=fail text=\"no access\"", 0, "done", "but it stands", ""},
		{"purchase:status_after code=429", 0, "done", "but it stands", ""},
		{"purchase:error", 1, "failed", "There was an error.", ""},
		{"purchase:error_after as=fail text=\"Wrong signature\"", 0, "done", "but it stands", ""},
		{"purchase:error as=fail text=\"Wrong signature\"", 1, "failed", "Wrong signature", ""},
		{"purchase:sold", 9, "unknown", "already sold", ""},
	} {
		t.Run(tt.fault, func(t *testing.T) {
			t.Parallel()
			m := harness.NewMachine(t)
			lying(t, m, tt.fault)
			number := forSale(t, m, 1)[0]
			began := time.Now()
			c := m.Converse(t, "", "did", "purchase", "--contact", "sip:office@sip.example.net:5060", number)
			c.Await(question)
			c.Types("y\n")
			code, out := c.End()
			if code != tt.code || !strings.Contains(unwrapped(out), tt.says) || time.Since(began) > 2*time.Minute {
				t.Errorf("got exit %d after %s, want %d and %q in\n%s", code, time.Since(began), tt.code, tt.says, out)
			}
			if code := m.Run(t, "order", "list", "--json"); code != 0 {
				t.Fatalf("got exit %d: %s", code, m.Err.String())
			}
			var list struct {
				Orders []struct {
					State string `json:"state"`
					Lines []struct {
						Differs map[string][2]*string `json:"differs"`
					} `json:"lines"`
				} `json:"orders"`
			}
			if err := json.Unmarshal(m.Out.Bytes(), &list); err != nil || len(list.Orders) != 1 {
				t.Fatalf("got %s (%v), want one order", m.Out.String(), err)
			}
			differs := list.Orders[0].Lines[0].Differs
			if _, found := differs[tt.field]; list.Orders[0].State != tt.state || found != (tt.field != "") || !found && len(differs) > 0 {
				t.Errorf("got %s, want it %s with %q different", m.Out.String(), tt.state, tt.field)
			}
			if code := m.Run(t, "audit", "export"); code != 0 || strings.Contains(m.Out.String(), `"differs"`) != (tt.field != "") {
				t.Errorf("got exit %d and the trail\n%s", code, m.Out.String())
			}
			if code := m.Run(t, "audit", "verify"); code != 0 {
				t.Errorf("got exit %d: %s", code, m.Out.String())
			}
		})
	}
}

// unwrapped is a table without its breaks of lines.
func unwrapped(s string) string { return strings.Join(strings.Fields(s), " ") }

// lying makes an exchange with a fault the machine's.
func lying(t *testing.T, m *harness.Machine, fault string) {
	t.Helper()
	market, err := sandbox.New(sandbox.Options{Key: harness.ExchangeKey, Login: harness.ExchangeLogin, Numbers: 2000, Seed: harness.ExchangeSeed})
	if err != nil {
		t.Fatal(err)
	}
	f, err := sandbox.ParseFault(fault)
	if err != nil {
		t.Fatal(err)
	}
	market.Script(f)
	server := httptest.NewServer(market)
	t.Cleanup(func() { server.Close(); _ = market.Close() })
	path := filepath.Join(t.TempDir(), "config.toml")
	text := fmt.Sprintf("[exchange]\nurl = %q\napi_login = %q\napi_key = %q\nbilling_account = 1\nrequests_per_second = 1000\n",
		server.URL, harness.ExchangeLogin, harness.ExchangeKey)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	m.Env["DIDOPS_CONFIG"] = path
}
