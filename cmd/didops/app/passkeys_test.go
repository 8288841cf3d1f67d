package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/audit"
	"didops/internal/passkey"
	"didops/internal/proof"
	"didops/internal/store"
	"didops/internal/testing/authenticator"
	"didops/internal/testing/capture"
)

const webConfig = `[http]
listen = "127.0.0.1:8931"

[web]
url = "http://localhost:8931"

[[people]]
name = "Alice"
os = "alice"
roles = ["approver"]
`

// withPage gives the machine a configuration with a page, and a person at its
// terminal.
func withPage(t *testing.T) *machine {
	t.Helper()
	m := newMachine(t)
	m.env["DIDOPS_CONFIG"] = filepath.Join(t.TempDir(), "didops.toml")
	if err := os.WriteFile(m.env["DIDOPS_CONFIG"], []byte(webConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	var screen capture.Output
	m.terminal, m.tty = &typist{line: "n", screen: &screen}, true
	return m
}

// enrols makes a passkey by a link, as the page does.
func (m *machine) enrols(t *testing.T, link string) passkey.Credential {
	t.Helper()
	dir := filepath.Join(m.env["HOME"], ".local", "state", "didops")
	kept, err := store.Open(store.Config{Path: filepath.Join(dir, "sandbox-orders.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	key, err := proof.ReadSigner(filepath.Join(dir, "sandbox-orders-audit.key"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := passkey.New(passkey.Config{Store: kept.Passkeys(), Key: &audit.Keyring{Key: key}, Page: "http://localhost:8931", Exchange: sandboxExchange, Now: time.Now, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(link, "#")
	begun, err := s.BeginEnrol(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	p, err := authenticator.New("http://localhost:8931", "localhost", false)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := p.Create(begun.Options)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.FinishEnrol(t.Context(), token, answer)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestPasskeysCommand enrols, lists and removes.
func TestPasskeysCommand(t *testing.T) {
	t.Parallel()
	m := withPage(t)
	if code := m.run(t, "passkeys", "list"); code != 0 || !strings.Contains(m.out.String(), "0 passkeys") {
		t.Errorf("got exit %d: %s%s", code, m.out.String(), m.err.String())
	}
	var link invitationReport
	if code := m.run(t, "passkeys", "enrol", "Alice", "--json"); code != 0 || json.Unmarshal(m.out.Bytes(), &link) != nil {
		t.Fatalf("got exit %d: %s%s", code, m.out.String(), m.err.String())
	}
	if !strings.HasPrefix(link.Link, "http://localhost:8931/enrol#") || link.Person != "Alice" || !link.Sandbox || time.Until(link.Until) > passkey.InvitedFor {
		t.Errorf("got %+v", link)
	}
	c := m.enrols(t, link.Link)
	var list passkeysReport
	if code := m.run(t, "passkeys", "list", "Alice", "--json"); code != 0 || json.Unmarshal(m.out.Bytes(), &list) != nil {
		t.Fatalf("got exit %d: %s%s", code, m.out.String(), m.err.String())
	}
	if len(list.Passkeys) != 1 || list.Passkeys[0].ID != c.ID.String() || !list.Passkeys[0].Counts || list.Passkeys[0].Synced {
		t.Errorf("got %+v", list)
	}
	if code := m.run(t, "passkeys", "remove", c.ID.String()); code != 0 || !strings.Contains(m.out.String(), "Alice was removed") {
		t.Errorf("got exit %d: %s%s", code, m.out.String(), m.err.String())
	}
	if code := m.run(t, "passkeys", "remove", c.ID.String()); code != 1 || !strings.Contains(m.err.String(), "there is no passkey") {
		t.Errorf("got exit %d: %s", code, m.err.String())
	}
	m.run(t, "audit", "export")
	for _, event := range []string{"passkey invited", "passkey enrolled", "passkey removed"} {
		if !strings.Contains(m.out.String(), event) {
			t.Errorf("the trail has no %q: %s", event, m.out.String())
		}
	}
	if _, token, _ := strings.Cut(link.Link, "#"); strings.Contains(m.out.String(), token) {
		t.Error("the trail has the token")
	}
}

// TestPasskeysCommandRefuses holds where and for whom no passkey is enrolled.
func TestPasskeysCommandRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(m *machine)
		args string
		code int
		says string
	}{
		{"an assistant's shell", func(m *machine) { m.env["CLAUDECODE"] = "1" }, "enrol Alice", 1, "where no passkey is enrolled"},
		{"an assistant's shell removes", func(m *machine) { m.env["CLAUDECODE"] = "1" }, "remove AAAA", 1, "where no passkey is removed"},
		{"no terminal", func(m *machine) { m.terminal = nil }, "enrol Alice", 1, "needs a person at a terminal"},
		{"a pipe", func(m *machine) { m.tty = false }, "enrol Alice", 1, "needs a person at a terminal"},
		{"nobody of that name", func(*machine) {}, "enrol Alicia", 2, `nobody named "Alicia"`},
		{"no name", func(*machine) {}, "enrol", 2, "takes one argument, NAME"},
		{"no id", func(*machine) {}, "remove %", 2, "no id of a passkey"},
		{"no page", func(m *machine) { delete(m.env, "DIDOPS_CONFIG") }, "enrol Alice", 2, "[web] url"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := withPage(t)
			tt.do(m)
			code := m.run(t, append([]string{"passkeys"}, strings.Fields(tt.args)...)...)
			if got := m.err.String(); code != tt.code || !strings.Contains(got, tt.says) || m.out.Len() > 0 {
				t.Errorf("got exit %d, %s%s; want %d and %q", code, m.out.String(), got, tt.code, tt.says)
			}
		})
	}
}
