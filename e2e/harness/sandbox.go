package harness

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

// The account at the exchange of a test, and which market it has. They are
// those of the built-in sandbox.
const (
	ExchangeLogin = "sandbox"
	ExchangeKey   = "sandbox"
	ExchangeSeed  = 1
)

// BuyInSandbox has the sandbox of the machine's user carry out a purchase, as another
// process of the user would, and returns the number.
func (m *Machine) BuyInSandbox(t *testing.T, contact, smppContact string) string {
	t.Helper()
	if code := m.Run(t, "did", "search", "--country", "AE", "--type", "mobile", "--documents", "not_required", "--limit", "1", "--json"); code != 0 {
		t.Fatalf("search: got exit %d: %s", code, m.Err.String())
	}
	var found struct {
		Numbers []struct {
			Number string `json:"number"`
			ID     string `json:"i_did"`
		} `json:"numbers"`
	}
	if err := json.Unmarshal(m.Out.Bytes(), &found); err != nil || len(found.Numbers) == 0 {
		t.Fatalf("got %s (%v), want a number", m.Out.String(), err)
	}
	s, err := sandbox.New(sandbox.Options{Seed: ExchangeSeed, State: filepath.Join(m.Env["HOME"], ".local", "state", "didops", "sandbox.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	ts := strconv.FormatInt(time.Now().Unix(), 10)
	form := url.Values{
		"webapi": {"1"}, "add": {"1"}, "i_did": {found.Numbers[0].ID}, "billing_i_account": {"1"}, "contact": {contact}, "smpp_contact": {smppContact},
		"ts": {ts}, "api_login": {ExchangeLogin}, "signature": {sandbox.Signature("purchase_did", ExchangeKey, ExchangeLogin, ts)},
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
