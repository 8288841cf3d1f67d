package harness

import (
	"os"
	"strings"
	"testing"
	"time"

	"didops/bots/shell"
	"didops/cmd/didops/app"
	"didops/internal/testing/capture"
)

// Machine is where the program runs within the process of the test: a user
// with an empty home, and what came out.
type Machine struct {
	Env      map[string]string
	In       string
	tty      bool
	Width    int
	terminal shell.Terminal // nil = none
	Out, Err capture.Output
	screen   *capture.Output // takes out and err as a terminal does; nil = they are apart
}

// NewMachine makes one whose user is alice.
func NewMachine(t *testing.T) *Machine {
	t.Helper()
	RequireNoSystemConfig(t)
	home := t.TempDir()
	return &Machine{Env: map[string]string{"HOME": home, "USER": "alice"}}
}

// Answers puts a person at the terminal of the machine who types this at every
// question.
func (m *Machine) Answers(typed string) { m.terminal, m.tty = Typing(typed), true }

// Piped puts a text at the standard input of the machine, where no terminal is.
func (m *Machine) Piped(text string) { m.In, m.terminal = text, nil }

// Run carries out a command line and returns the exit code; out and err hold
// what this one wrote.
func (m *Machine) Run(t *testing.T, args ...string) int {
	t.Helper()
	m.Out.Reset()
	m.Err.Reset()
	out, err := &m.Out, &m.Err
	if m.screen != nil {
		out, err = m.screen, m.screen
	}
	return app.Run(t.Context(), args, app.Host{
		Getenv: func(name string) string { return m.Env[name] },
		Now:    time.Now, Terminal: m.terminal,
		In: strings.NewReader(m.In), Out: out, Err: err,
		OutTTY: m.tty, ErrTTY: m.tty, Width: m.Width, ErrWidth: m.Width, Environ: m.Environ, Patience: hostPatience,
	})
}

// Environ returns the environment as NAME=value.
func (m *Machine) Environ() []string {
	var list []string
	for name, value := range m.Env {
		list = append(list, name+"="+value)
	}
	return list
}

// RequireNoSystemConfig skips where the machine has a configuration of its
// own, which every command would read.
func RequireNoSystemConfig(t interface{ Skip(...any) }) {
	if _, err := os.Stat("/etc/didops/config.toml"); err == nil {
		t.Skip("this machine has /etc/didops/config.toml")
	}
}
