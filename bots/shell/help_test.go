package shell_test

import (
	"strings"
	"testing"

	"didops/internal/testing/golden"
)

func TestHelpGolden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
	}{
		{"root", nil},
		{"line", []string{"line"}},
		{"line-find", []string{"line", "find", "--help"}},
		{"line-keep", []string{"help", "line", "keep"}},
		{"note-read", []string{"note", "read", "-h"}},
		{"completion", []string{"completion", "bash", "--help"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			h.Width = 80
			if code := h.run(t, tt.args...); code != 0 || h.err.Len() > 0 {
				t.Errorf("got exit %d and errors %q, want 0 and none", code, h.err.String())
			}
			if h.opened != 0 {
				t.Errorf("got the gate opened %d times, want help without it", h.opened)
			}
			golden.Check(t, "help/"+tt.name+".txt", h.out.Bytes())
		})
	}
}

func TestHelpFits(t *testing.T) {
	t.Parallel()
	for _, width := range []int{60, 80, 100} {
		for _, args := range [][]string{{}, {"line"}, {"note", "read", "--help"}, {"line", "keep", "--help"}} {
			h := newHarness(t)
			h.Width = width
			h.run(t, args...)
			for l := range strings.Lines(h.out.String()) {
				if n := len([]rune(strings.TrimSuffix(l, "\n"))); n > width && !strings.Contains(l, "didops ") {
					t.Errorf("help of %v at %d: got a line of %d columns, want at most that: %q", args, width, n, l)
				}
			}
		}
	}
}

// TestExamplesRun types every example of the help.
func TestExamplesRun(t *testing.T) {
	t.Parallel()
	var lines []string
	for _, args := range [][]string{{"line", "find", "--help"}, {"line", "keep", "--help"}, {"note", "read", "--help"}} {
		h := newHarness(t)
		h.run(t, args...)
		_, rest, _ := strings.Cut(h.out.String(), "Examples:\n")
		section, _, _ := strings.Cut(rest, "\n\n")
		for l := range strings.Lines(section) {
			if l = strings.TrimSpace(l); strings.HasPrefix(l, "didops ") {
				lines = append(lines, l)
			}
		}
	}
	if len(lines) != 5 {
		t.Fatalf("got %d examples, want 5: %q", len(lines), lines)
	}
	for _, l := range lines {
		h := newHarness(t)
		if code := h.run(t, words(l)[1:]...); code != 0 {
			t.Errorf("%s: got exit %d (%s), want 0", l, code, h.err.String())
		}
	}
}

// words splits a line as a POSIX shell does, as far as the examples go.
func words(line string) []string {
	var list []string
	var cur strings.Builder
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\'':
			quoted = !quoted
		case c == '\\' && !quoted:
			i++
			cur.WriteByte(line[i])
		case c == ' ' && !quoted:
			list = append(list, cur.String())
			cur.Reset()
		default:
			cur.WriteByte(c)
		}
	}
	return append(list, cur.String())
}
