package app

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"didops/bots/mcp"
	"didops/internal/fault"
)

// TestPackagedConfigurations reads the configurations that packages bring. That
// of the container waits for a token, and for nothing else.
func TestPackagedConfigurations(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	if code := m.run(t, "config", "check", "--config", filepath.Join(root, "packaging/linux/config.toml")); code != 0 || m.err.Len() > 0 {
		t.Errorf("packaging/linux/config.toml: got exit %d: %s", code, m.err.String())
	}
	shipped, err := os.ReadFile(filepath.Join(root, "packaging/container/config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	secrets := t.TempDir()
	if err := os.WriteFile(filepath.Join(secrets, "store_url"), []byte("postgres://didops:secret@postgres/didops\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(shipped), "/run/secrets", filepath.ToSlash(secrets))
	none := strings.Repeat("0", 64)
	for token, want := range map[string]string{none: "assistant has no token", strings.Repeat("a1", 32): ""} {
		path := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, none, token)), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := refusal(t, path); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("packaging/container/config.toml with token %.4s…: got %q, want %q", token, got, want)
		}
	}
}

// refusal returns why MCP over HTTP is not served with a configuration; "" =
// it is. Nothing is opened but a sandbox.
func refusal(t *testing.T, path string) string {
	t.Helper()
	m := newMachine(t)
	environment := Host{Getenv: func(name string) string { return m.env[name] }, Now: time.Now, Out: &m.out, Err: &m.err}
	sandbox, a := newApp(environment), newApp(environment)
	a.flags.Config = path
	defer sandbox.close()
	gate, err := sandbox.gate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server, err := mcp.New(mcp.Config{Gate: gate, Version: "test", Log: sandbox.log(), Now: a.Now})
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.config()
	if err == nil {
		err = servable(c)
	}
	if err == nil {
		_, err = a.handler(&service{}, c, server)
	}
	if f, ok := fault.As(err); ok {
		return cmp.Or(f.Message, "refused")
	}
	return ""
}
