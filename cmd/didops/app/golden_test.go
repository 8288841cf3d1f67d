package app

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"didops/internal/testing/golden"
)

// TestHelpGolden keeps the help of the whole program as a person sees it.
func TestHelpGolden(t *testing.T) {
	t.Parallel()
	commands := []string{"", "did", "order", "mcp", "serve", "sandbox", "tools", "doctor", "config"}
	root, _, err := newApp(Host{Getenv: func(string) string { return "" }, Now: time.Now, Out: io.Discard, Err: io.Discard}).root()
	if err != nil {
		t.Fatal(err)
	}
	for _, parent := range []string{"market", "policy", "receipt", "audit", "passkeys"} {
		for _, cmd := range root.Commands() {
			if cmd.Name() != parent {
				continue
			}
			commands = append(commands, parent)
			for _, sub := range cmd.Commands() {
				commands = append(commands, parent+" "+sub.Name())
			}
		}
	}
	catalog, err := described()
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range catalog.Tools() {
		commands = append(commands, tool.Name().Noun+" "+tool.Name().Verb)
	}
	for _, command := range commands {
		t.Run("didops "+command, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.width = 80
			if code := m.run(t, append(strings.Fields(command), "--help")...); code != 0 || m.err.Len() > 0 {
				t.Errorf("got exit %d and %q, want 0 and no error", code, m.err.String())
			}
			name := strings.Join(append([]string{"didops"}, strings.Fields(command)...), "-")
			golden.Check(t, "help/"+name+".txt", m.out.Bytes())
		})
	}
}

// asOf is when the market was read, which is no other time in a golden file than
// now.
var asOf = regexp.MustCompile(`As of \d{4}-\d\d-\d\d\s\d\d:\d\d:\d\d\sUTC`)

// TestResultsGolden keeps what the operations show of the sandbox on a
// terminal of 100 columns.
func TestResultsGolden(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]string{
		"search":   "did search --country UAE --type mobile",
		"overview": "did overview --country UAE",
		"list":     "did list",
		"tools":    "tools",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.width = 100
			if code := m.run(t, strings.Fields(command)...); code != 0 || m.err.Len() > 0 {
				t.Errorf("got exit %d and %q, want 0 and no error", code, m.err.String())
			}
			golden.Check(t, "result/"+name+".txt", asOf.ReplaceAll(m.out.Bytes(), []byte("As of 2026-03-14 09:30:00 UTC")))
		})
	}
}

// TestCatalogueGolden keeps what programs rely on: names, risks and schemas.
func TestCatalogueGolden(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	if code := m.run(t, "tools", "--json"); code != 0 {
		t.Fatalf("got exit %d: %s", code, m.err.String())
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, m.out.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "tools.json", pretty.Bytes())
}
