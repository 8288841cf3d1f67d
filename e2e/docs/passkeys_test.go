package docs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/e2e/harness"
	"didops/internal/audit"
	"didops/internal/passkey"
	"didops/internal/proof"
	"didops/internal/store"
	"didops/internal/testing/authenticator"
)

// enrolled gives a machine the configuration of docs/passkeys.md and, where a
// command is about the id of a passkey, one of Alice's.
func enrolled(t *testing.T, m *harness.Machine, line string) string {
	t.Helper()
	_, blocks := blocksOf(t, filepath.Join(repository, "docs", "passkeys.md"))
	m.Env["DIDOPS_CONFIG"] = filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(m.Env["DIDOPS_CONFIG"], []byte(blocks[0].text), 0o600); err != nil {
		t.Fatal(err)
	}
	line = strings.Replace(line, " NAME", " Alice", 1) // as the changelog names it
	if !strings.HasSuffix(line, " ID") {
		return line
	}
	var link struct {
		Link string `json:"link"`
	}
	if code := m.Run(t, "passkeys", "enrol", "Alice", "--json"); code != 0 || json.Unmarshal(m.Out.Bytes(), &link) != nil {
		t.Fatalf("got exit %d: %s%s", code, m.Out.String(), m.Err.String())
	}
	address, token, _ := strings.Cut(link.Link, "/enrol#")
	dir := filepath.Join(m.Env["HOME"], ".local", "state", "didops")
	kept, err := store.Open(store.Config{Path: filepath.Join(dir, "sandbox-orders.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	key, err := proof.ReadSigner(filepath.Join(dir, "sandbox-orders-audit.key"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := passkey.New(passkey.Config{Store: kept.Passkeys(), Key: &audit.Keyring{Key: key}, Page: address, Exchange: "sandbox", Now: time.Now, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	begun, err := s.BeginEnrol(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	device, err := authenticator.New(address, strings.TrimPrefix(address, "https://"), false)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := device.Create(begun.Options)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.FinishEnrol(t.Context(), token, answer)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(line, "ID") + c.ID.String()
}
