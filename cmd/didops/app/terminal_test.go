package app

import (
	"maps"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestTerminal looks at what a person sees: colours unless they are not
// wanted, tables no wider than the terminal.
func TestTerminal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		env   map[string]string
		args  []string
		tty   bool
		color bool
	}{
		{"a terminal", nil, nil, true, true},
		{"not a terminal", nil, nil, false, false},
		{"NO_COLOR", map[string]string{"NO_COLOR": "1"}, nil, true, false},
		{"TERM=dumb", map[string]string{"TERM": "dumb"}, nil, true, false},
		{"--no-color", nil, []string{"--no-color"}, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.tty, m.width = tt.tty, 100
			maps.Copy(m.env, tt.env)
			for _, command := range []string{"did search --country UAE --type mobile", "did overview --country UAE", "tools", "doctor"} {
				args := append(strings.Fields(command), tt.args...)
				if code := m.run(t, args...); code != 0 {
					t.Fatalf("%v: got exit %d: %s", args, code, m.err.String())
				}
				text := m.out.String()
				if got := strings.Contains(text, "\x1b["); got != tt.color {
					t.Errorf("%v: got colours %v, want %v", args, got, tt.color)
				}
				if tt.color {
					continue
				}
				for line := range strings.Lines(text) {
					if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > m.width && strings.Contains(line, " ") { // a cursor can not be broken
						t.Errorf("%v: got a line of %d columns, want at most %d: %s", args, n, m.width, line)
					}
				}
			}
		})
	}
}

// TestLogLevel shows who decides what is logged: the flag, then the
// configuration.
func TestLogLevel(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	if m.run(t, "did", "search", "--limit", "1"); m.err.Len() > 0 {
		t.Errorf("got %q, want a quiet shell", m.err.String())
	}
	if m.run(t, "did", "search", "--limit", "1", "--log-level", "DEBUG"); !strings.Contains(m.err.String(), `"tool":"did_search"`) {
		t.Errorf("got %q, want the call logged", m.err.String())
	}
	if code := m.run(t, "--log-level", "warm", "version"); code != 2 || !strings.Contains(m.err.String(), "did you mean warn?") {
		t.Errorf("got exit %d and %q, want 2 and a suggestion", code, m.err.String())
	}
}
