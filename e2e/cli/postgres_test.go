package cli_test

import (
	"encoding/json"
	"strings"
	"testing"

	"didops/e2e/harness"
	"didops/internal/testing/pgtest"
)

// TestUsersShareADatabase has one user ask for a number, and another, on
// another machine, find the order, who may approve it where, and the trail.
func TestUsersShareADatabase(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	alice, bob := harness.NewMachine(t), harness.NewMachine(t)
	for _, m := range []*harness.Machine{alice, bob} {
		m.Env["DIDOPS_STORE_URL"] = url
	}
	if code := alice.Run(t, "did", "purchase", "+971520545433", "--json"); code != 8 {
		t.Fatalf("purchase: got exit %d: %s%s", code, alice.Out.String(), alice.Err.String())
	}
	var asked, seen struct {
		Order struct {
			ID        string   `json:"id"`
			State     string   `json:"state"`
			ApproveAt []string `json:"approve_at"`
		} `json:"order"`
	}
	if err := json.Unmarshal([]byte(alice.Out.String()), &asked); err != nil {
		t.Fatal(err)
	}
	if code := bob.Run(t, "order", "get", asked.Order.ID, "--json"); code != 8 {
		t.Fatalf("order get: got exit %d: %s%s", code, bob.Out.String(), bob.Err.String())
	}
	if err := json.Unmarshal([]byte(bob.Out.String()), &seen); err != nil {
		t.Fatal(err)
	}
	ways := strings.Join(seen.Order.ApproveAt, "\n")
	if seen.Order.ID != asked.Order.ID || seen.Order.State != "pending" || !strings.Contains(ways, "any user who shares these orders") {
		t.Errorf("got %+v, want the order of the other user, and that any may approve it", seen.Order)
	}
	if code := bob.Run(t, "audit", "verify"); code != 0 || !strings.Contains(bob.Out.String(), "1 entry") {
		t.Errorf("audit verify: got exit %d: %s%s", code, bob.Out.String(), bob.Err.String())
	}
}

// TestDoctorLooksAtADatabase wants the doctor to tell a good one from one that
// can't be used, and never to show a password.
func TestDoctorLooksAtADatabase(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	m := harness.NewMachine(t)
	for _, c := range []struct {
		url   string
		code  int
		words []string
	}{
		{url, 0, []string{"PostgreSQL", "fsync = off", "audit trail are not signed"}},
		{strings.Replace(url, "postgres@", "postgres:tr0ub4dor@", 1) + "&dbname=nothing", 1, []string{"does not exist"}},
		{"postgres://didops:tr0ub4dor@db.example.net/didops?sslmode=perhaps", 2, []string{"can't be used: sslmode"}},
	} {
		m.Env["DIDOPS_STORE_URL"] = c.url
		code := m.Run(t, "doctor", "--json")
		text := m.Out.String() + m.Err.String()
		if code != c.code || strings.Contains(text, "tr0ub4dor") {
			t.Errorf("got exit %d, want %d, and no password in %s", code, c.code, text)
		}
		for _, words := range c.words {
			if !strings.Contains(text, words) {
				t.Errorf("got %s, want %q", text, words)
			}
		}
	}
}
