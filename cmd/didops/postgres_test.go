package main

import (
	"encoding/json"
	"strings"
	"testing"

	"didops/internal/testing/pgtest"
)

// TestUsersShareADatabase has one user ask for a number, and another, on
// another machine, find the order, who may approve it where, and the trail.
func TestUsersShareADatabase(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	alice, bob := newMachine(t), newMachine(t)
	for _, m := range []*machine{alice, bob} {
		m.env["DIDOPS_STORE_URL"] = url
	}
	if code := alice.run(t, "did", "purchase", "+971520545433", "--json"); code != 8 {
		t.Fatalf("purchase: got exit %d: %s%s", code, alice.out.String(), alice.err.String())
	}
	var asked, seen struct {
		Order struct {
			ID        string   `json:"id"`
			State     string   `json:"state"`
			ApproveAt []string `json:"approve_at"`
		} `json:"order"`
	}
	if err := json.Unmarshal([]byte(alice.out.String()), &asked); err != nil {
		t.Fatal(err)
	}
	if code := bob.run(t, "order", "get", asked.Order.ID, "--json"); code != 8 {
		t.Fatalf("order get: got exit %d: %s%s", code, bob.out.String(), bob.err.String())
	}
	if err := json.Unmarshal([]byte(bob.out.String()), &seen); err != nil {
		t.Fatal(err)
	}
	ways := strings.Join(seen.Order.ApproveAt, "\n")
	if seen.Order.ID != asked.Order.ID || seen.Order.State != "pending" || !strings.Contains(ways, "any user who shares these orders") {
		t.Errorf("got %+v, want the order of the other user, and that any may approve it", seen.Order)
	}
	if code := bob.run(t, "audit", "verify"); code != 0 || !strings.Contains(bob.out.String(), "1 entry") {
		t.Errorf("audit verify: got exit %d: %s%s", code, bob.out.String(), bob.err.String())
	}
}

// TestDoctorLooksAtADatabase wants the doctor to tell a good one from one that
// can't be used, and never to show a password.
func TestDoctorLooksAtADatabase(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	m := newMachine(t)
	for _, c := range []struct {
		url   string
		code  int
		words []string
	}{
		{url, 0, []string{"PostgreSQL", "fsync = off"}},
		{strings.Replace(url, "postgres@", "postgres:tr0ub4dor@", 1) + "&dbname=nothing", 1, []string{"does not exist"}},
		{"postgres://didops:tr0ub4dor@db.example.net/didops?sslmode=perhaps", 2, []string{"can't be used: sslmode"}},
	} {
		m.env["DIDOPS_STORE_URL"] = c.url
		code := m.run(t, "doctor", "--json")
		text := m.out.String() + m.err.String()
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
