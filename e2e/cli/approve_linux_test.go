package cli_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"didops/e2e/harness"
	"didops/internal/exchange/sandbox"
)

const question = "[y/N] "

// forSale returns numbers that are for sale.
func forSale(t *testing.T, m *harness.Machine, n int) []string {
	t.Helper()
	if code := m.Run(t, "did", "search", "--documents", "not_required", "--voice", "--sms=false", "--sort", "monthly_fee", "--limit", fmt.Sprint(n), "--json"); code != 0 {
		t.Fatalf("got exit %d: %s", code, m.Err.String())
	}
	var found struct {
		Numbers []struct {
			Number string `json:"number"`
		} `json:"numbers"`
	}
	if err := json.Unmarshal(m.Out.Bytes(), &found); err != nil || len(found.Numbers) != n {
		t.Fatalf("got %s (%v), want %d numbers", m.Out.String(), err, n)
	}
	var list []string
	for _, f := range found.Numbers {
		list = append(list, f.Number)
	}
	return list
}

// owned returns what is ours.
func owned(t *testing.T, m *harness.Machine) string {
	t.Helper()
	if code := m.Run(t, "did", "list", "--all", "--csv"); code != 0 {
		t.Fatalf("got exit %d: %s", code, m.Err.String())
	}
	return m.Out.String()
}

// orderIn returns id and state of the one order in a document.
func orderIn(t *testing.T, document string) (id, state string) {
	t.Helper()
	var got struct {
		Order struct {
			ID    string `json:"id"`
			State string `json:"state"`
		} `json:"order"`
	}
	if err := json.Unmarshal([]byte(document), &got); err != nil || got.Order.ID == "" {
		t.Fatalf("got %q (%v), want one order", document, err)
	}
	return got.Order.ID, got.Order.State
}

// TestApproveAtTheTerminal buys and gives up numbers as a person does.
func TestApproveAtTheTerminal(t *testing.T) {
	t.Parallel()
	m := harness.NewMachine(t)
	numbers := forSale(t, m, 2)
	buy := append([]string{"did", "purchase", "--json", "--reason", "a new office"}, numbers...)

	c := m.Converse(t, "y\nyes\n", buy...)
	c.Await(question)
	c.Types("\x03")
	code, out := c.End()
	id, state := orderIn(t, out)
	if code != 8 || state != "pending" {
		t.Errorf("typed ahead, then Ctrl-C: got exit %d and %s, want 8 and pending:\n%s", code, state, c.Seen.String())
	}
	for _, want := range []string{"SANDBOX · Order " + id, numbers[0], "“a new office”", "Nothing was decided: " + id + " waits until ", "didops order approve " + id} {
		if !strings.Contains(c.Seen.String(), want) {
			t.Errorf("got no %q on the terminal:\n%s", want, c.Seen.String())
		}
	}
	if got := owned(t, m); strings.Contains(got, numbers[0][1:]) {
		t.Errorf("got %s, want nothing bought", got)
	}

	c = m.Converse(t, "", "order", "approve", id, "--csv")
	c.Await(question)
	c.Types("Yes\n")
	if code, out = c.End(); code != 0 || strings.Count(out, ",done,") != 4 {
		t.Errorf("yes: got exit %d and %q, want 0 and a receipt of two lines that are done", code, out)
	}
	if got := owned(t, m); !strings.Contains(got, numbers[0][1:]) || !strings.Contains(got, numbers[1][1:]) {
		t.Errorf("got %s, want both numbers", got)
	}

	c = m.Converse(t, "", "did", "unsubscribe", "--json", numbers[0]+","+numbers[1])
	c.Await(" x2: ")
	c.Types("y\n")
	code, out = c.End()
	if id, state = orderIn(t, out); code != 8 || state != "pending" {
		t.Errorf("y for digits: got exit %d and %s, want 8 and pending", code, state)
	}
	c = m.Converse(t, "", "order", "approve", id)
	c.Await(" x2: ")
	c.Types(numbers[0][len(numbers[0])-4:] + " x2\n")
	if code, out = c.End(); code != 0 {
		t.Errorf("digits: got exit %d, want 0:\n%s%s", code, c.Seen.String(), out)
	}
	if got := owned(t, m); strings.Contains(got, numbers[0][1:]) {
		t.Errorf("got %s, want nothing left", got)
	}

	c = m.Converse(t, "", "order", "approve", id)
	if code, out = c.End(); code != 1 || out != "" {
		t.Errorf("a second time: got exit %d and %q, want 1:\n%s", code, out, c.Seen.String())
	}
}

// TestNoApprovalInAnAssistantsShell refuses where the environment has the
// mark, and lets a no through.
func TestNoApprovalInAnAssistantsShell(t *testing.T) {
	t.Parallel()
	m := harness.NewMachine(t)
	numbers := forSale(t, m, 1)
	m.Env["CLAUDECODE"] = "1"
	c := m.Converse(t, "", "did", "purchase", numbers[0], "--json")
	code, out := c.End()
	id, state := orderIn(t, out)
	if code != 8 || state != "pending" || strings.Contains(c.Seen.String(), question) || !strings.Contains(c.Seen.String(), "CLAUDECODE is set") {
		t.Errorf("got exit %d and %s, want 8 and no question:\n%s", code, state, c.Seen.String())
	}
	c = m.Converse(t, "y\n", "order", "approve", id)
	if code, _ = c.End(); code != 1 || !strings.Contains(c.Seen.String(), "CLAUDECODE is set") {
		t.Errorf("got exit %d, want 1 and why:\n%s", code, c.Seen.String())
	}
	c = m.Converse(t, "", "order", "reject", id)
	if code, _ = c.End(); code != 3 {
		t.Errorf("got exit %d, want 3:\n%s", code, c.Seen.String())
	}
}

// TestInterruptWhileBuying shows that the first Ctrl-C does not cut what was
// approved, and that the second one ends the program.
func TestInterruptWhileBuying(t *testing.T) {
	t.Parallel()
	for _, twice := range []bool{false, true} {
		t.Run(fmt.Sprintf("twice %t", twice), func(t *testing.T) {
			t.Parallel()
			asked, answer := make(chan struct{}), make(chan struct{})
			m := harness.NewMachine(t)
			exchangeThatWaits(t, m, asked, answer)
			c := m.Converse(t, "", append([]string{"did", "purchase", "--json", "--contact", "sip:office@sip.example.net:5060"}, forSale(t, m, 1)...)...)
			c.Await(question)
			c.Types("y\n")
			<-asked
			c.Types("\x03")
			c.Await("a second Ctrl-C leaves it to be settled")
			if twice {
				c.Types("\x03")
				code, out := c.End()
				close(answer)
				if code != -1 || out != "" {
					t.Errorf("got exit %d and %q, want an end by the signal", code, out)
				}
				return
			}
			close(answer)
			code, out := c.End()
			if _, state := orderIn(t, out); code != 0 || state != "done" {
				t.Errorf("got exit %d and %s, want 0 and done:\n%s", code, state, c.Seen.String())
			}
		})
	}
}

// exchangeThatWaits makes an exchange the machine's that tells when it is
// asked to sell, and sells after it may answer.
func exchangeThatWaits(t *testing.T, m *harness.Machine, asked, answer chan struct{}) {
	t.Helper()
	market, err := sandbox.New(sandbox.Options{Key: harness.ExchangeKey, Login: harness.ExchangeLogin, Numbers: 2000, Seed: harness.ExchangeSeed})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/number/purchase" {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			close(asked)
			<-answer
		}
		market.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { server.Close(); _ = market.Close() })
	path := filepath.Join(t.TempDir(), "config.toml")
	text := fmt.Sprintf("[exchange]\nurl = %q\napi_login = %q\napi_key = %q\nbilling_account = 1\nrequests_per_second = 1000\ntimeout = \"5m\"\n",
		server.URL, harness.ExchangeLogin, harness.ExchangeKey)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	m.Env["DIDOPS_CONFIG"] = path
}
