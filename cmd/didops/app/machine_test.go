package app

import (
	"os"
	"strings"
	"testing"
	"time"

	"didops/bots/shell"
	"didops/internal/testing/capture"
)

// machine is where the program runs within the process of the test: a user
// with an empty home, and what came out.
type machine struct {
	env      map[string]string
	in       string
	tty      bool
	width    int
	terminal shell.Terminal // nil = none
	out, err capture.Output
	screen   *capture.Output // takes out and err as a terminal does; nil = they are apart
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	requireNoSystemConfig(t)
	home := t.TempDir()
	return &machine{env: map[string]string{"HOME": home, "USER": "alice"}}
}

// run carries out a command line and returns the exit code; out and err hold
// what this one wrote.
func (m *machine) run(t *testing.T, args ...string) int {
	t.Helper()
	m.out.Reset()
	m.err.Reset()
	out, err := &m.out, &m.err
	if m.screen != nil {
		out, err = m.screen, m.screen
	}
	return Run(t.Context(), args, Host{
		Getenv: func(name string) string { return m.env[name] },
		Now:    time.Now, Terminal: m.terminal,
		In: strings.NewReader(m.in), Out: out, Err: err,
		OutTTY: m.tty, ErrTTY: m.tty, Width: m.width, ErrWidth: m.width, Environ: m.environ,
	})
}

func (m *machine) environ() []string {
	var list []string
	for name, value := range m.env {
		list = append(list, name+"="+value)
	}
	return list
}

// requireNoSystemConfig skips where the machine has a configuration of its
// own, which every command would read.
func requireNoSystemConfig(t interface{ Skip(...any) }) {
	if _, err := os.Stat("/etc/didops/config.toml"); err == nil {
		t.Skip("this machine has /etc/didops/config.toml")
	}
}
