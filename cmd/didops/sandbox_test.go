package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"didops/internal/exchange/sandbox"
)

// buy has the sandbox of the machine's user carry out a purchase, as another
// process of the user would, and returns the number.
func (m *machine) buy(t *testing.T, contact, smppContact string) string {
	t.Helper()
	if code := m.run(t, "did", "search", "--country", "AE", "--type", "mobile", "--documents", "not_required", "--limit", "1", "--json"); code != 0 {
		t.Fatalf("search: got exit %d: %s", code, m.err.String())
	}
	var found struct {
		Numbers []struct {
			Number string `json:"number"`
			ID     string `json:"i_did"`
		} `json:"numbers"`
	}
	if err := json.Unmarshal(m.out.Bytes(), &found); err != nil || len(found.Numbers) == 0 {
		t.Fatalf("got %s (%v), want a number", m.out.String(), err)
	}
	s, err := sandbox.New(sandbox.Options{Seed: sandboxSeed, State: filepath.Join(m.env["HOME"], ".local", "state", "didops", "sandbox.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	ts := strconv.FormatInt(time.Now().Unix(), 10)
	form := url.Values{
		"webapi": {"1"}, "add": {"1"}, "i_did": {found.Numbers[0].ID}, "billing_i_account": {"1"}, "contact": {contact}, "smpp_contact": {smppContact},
		"ts": {ts}, "api_login": {sandboxLogin}, "signature": {sandbox.Signature("purchase_did", sandboxKey, sandboxLogin, ts)},
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/number/purchase", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, req)
	if !strings.Contains(answer.Body.String(), "success") {
		t.Fatalf("purchase: got %s", answer.Body.String())
	}
	return found.Numbers[0].Number
}

// TestSandboxIsShared buys in one process and looks in others.
func TestSandboxIsShared(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	number := m.buy(t, "sip:971500000000@sip.example.net:5060", "smpp:login:marked-password:971500000000@smpp.example.net:2776")

	if code := m.run(t, "did", "list", "--json"); code != 0 {
		t.Fatalf("list: got exit %d: %s", code, m.err.String())
	}
	var list struct {
		Sandbox bool             `json:"sandbox"`
		Matched int              `json:"matched"`
		Numbers []map[string]any `json:"numbers"`
	}
	if err := json.Unmarshal(m.out.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	if !list.Sandbox || list.Matched != 1 || len(list.Numbers) != 1 {
		t.Fatalf("got %s, want the one number that was bought", m.out.String())
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

	if m.run(t, "__complete", "did", "list", "--number", number[:6]); !strings.Contains(m.out.String(), number) {
		t.Errorf("got %q, want the number suggested", m.out.String())
	}
	m.run(t, "did", "search", "--pattern", number, "--json")
	if !strings.Contains(m.out.String(), `"matched":0`) {
		t.Errorf("got %s, want the number gone from the market", m.out.String())
	}
	if code := m.run(t, "sandbox", "reset"); code != 0 {
		t.Errorf("reset: got exit %d: %s", code, m.err.String())
	}
	if m.run(t, "did", "list", "--json"); !strings.Contains(m.out.String(), `"numbers":[]`) {
		t.Errorf("got %s after the reset, want no number", m.out.String())
	}
}
