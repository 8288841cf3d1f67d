package shell_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/internal/fault"
	"didops/internal/testing/fixture"
	"didops/internal/testing/golden"
)

func TestTableGolden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		width int
		color bool
	}{
		{"pipe", 0, false}, {"80", 80, false}, {"200", 200, false}, {"80-color", 80, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			h.Width, h.Color, h.OutTTY = tt.width, tt.color, tt.width > 0
			if code := h.run(t, "line", "find", "--all"); code != 0 || h.err.Len() > 0 {
				t.Errorf("got exit %d and errors %q, want 0 and none", code, h.err.String())
			}
			golden.Check(t, "table-"+tt.name+".txt", h.out.Bytes())
		})
	}
}

func TestNoColor(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.Color = true
	if h.run(t, "--no-color", "line", "find"); strings.Contains(h.out.String(), "\x1b") {
		t.Errorf("got %q, want no escape sequence", h.out.String())
	}
}

// TestFlagsReachTheGate proves that what is typed becomes the arguments that
// the gate understands, however it is written.
func TestFlagsReachTheGate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want string // of the field got
	}{
		{"positional list", []string{"line", "keep", "+971501234567", "2"}, "+971501234567|2 "},
		{"flag repeated", []string{"line", "keep", "--numbers", "1", "--numbers=2"}, "1|2 "},
		{"commas", []string{"line", "keep", "--numbers", "1, 2,,", "--reason", "a, b"}, "1|2 a, b"},
		{"commas without a flag", []string{"line", "keep", "1,2", "3"}, "1|2|3 "},
		{"flag and positional", []string{"line", "keep", "--numbers", "1", "--reason", "why", "2"}, "1|2 why"},
		{"after two dashes", []string{"line", "keep", "--", "-1"}, "-1 "},
		{"positional text", []string{"note", "read", "o-7k3f"}, "o-7k3f"},
		{"text by flag", []string{"note", "read", "--id", "o-7k3f"}, "o-7k3f"},
		{"underscores", []string{"note", "read", "--wait_seconds", "5", "x"}, "x"},
		{"digits kept", []string{"note", "read", "00971501234567"}, "00971501234567"},
		{"text of quotes", []string{"note", "read", `a"b\`}, `a"b\`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			h.Globals.JSON = true
			if code := h.run(t, append([]string{"--json"}, tt.args...)...); code != 0 {
				t.Fatalf("got exit %d (%s), want 0", code, h.err.String())
			}
			var got fixture.EchoOut
			if err := json.Unmarshal(h.out.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if got.Got != tt.want {
				t.Errorf("got %q, want %q", got.Got, tt.want)
			}
		})
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want []string
	}{
		{"default limit", nil, []string{"+971501234567", "+97142345678"}},
		{"limit", []string{"--limit", "1"}, []string{"+971501234567"}},
		{"limit in another spelling", []string{"--limit=+01"}, []string{"+971501234567"}},
		{"enum in another spelling", []string{"--kind", "Fixed"}, []string{"+97142345678", "+97123456789"}},
		{"all", []string{"--all", "--limit", "1"}, []string{"+971501234567", "+97142345678", "+97123456789"}},
		{"empty text is not given", []string{"--town", "", "--limit", "1"}, []string{"+971501234567"}},
		{"boolean", []string{"--text", "--limit", "1"}, []string{"+971501234567"}},
		{"boolean false", []string{"--text=no", "--limit", "1"}, []string{"+971501234567"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			if code := h.run(t, append([]string{"line", "find", "--json"}, tt.args...)...); code != 0 {
				t.Fatalf("got exit %d (%s), want 0", code, h.err.String())
			}
			var got fixture.FindOut
			if err := json.Unmarshal(h.out.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			var numbers []string
			for _, n := range got.Numbers {
				numbers = append(numbers, n.Number)
			}
			if diff := cmp.Diff(tt.want, numbers); diff != "" {
				t.Errorf("numbers differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	for _, tty := range []bool{false, true} {
		h := newHarness(t)
		h.OutTTY = tty
		if code := h.run(t, "line", "find", "--json", "--all"); code != 0 || h.err.Len() > 0 {
			t.Fatalf("got exit %d and errors %q, want 0 and none", code, h.err.String())
		}
		out := h.out.String()
		if got := strings.Count(out, "\n"); (got > 1) != tty || !strings.HasSuffix(out, "}\n") {
			t.Errorf("on a terminal %t: got %d line feeds in %q, want indented on a terminal only", tty, got, out)
		}
		if tty && strings.Contains(out, "\u009b") {
			t.Errorf("got a control character for the terminal in %q, want it escaped", out)
		}
		var got fixture.FindOut
		if err := json.Unmarshal(h.out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if !got.Sandbox || len(got.Numbers) != 3 || got.Numbers[1].Note != fixture.Stock()[1].Note {
			t.Errorf("got %+v, want the sandbox's three rows unchanged", got)
		}
	}
}

func TestCSVGolden(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"find", "--all"}, {"count"}, {"find", "--town", "nowhere"}} {
		h := newHarness(t)
		if code := h.run(t, append([]string{"line", "--csv"}, args...)...); code != 2 {
			t.Errorf("--csv before the verb: got exit %d, want 2", code)
		}
		h = newHarness(t)
		name := strings.ReplaceAll(strings.Join(args, ""), "--", "-")
		if code := h.run(t, append(append([]string{"line"}, args...), "--csv")...); code != 0 {
			t.Errorf("%s: got exit %d (%s), want 0", name, code, h.err.String())
		}
		golden.Check(t, "csv-"+name+".csv", h.out.Bytes())
		golden.Check(t, "csv-"+name+".err.txt", h.err.Bytes())
	}
}

func TestFlagOnlyWhereItWorks(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"note", "read", "x", "--csv"}, {"note", "read", "x", "--all"}, {"line", "count", "--all"}} {
		h := newHarness(t)
		if code := h.run(t, args...); code != 2 || h.opened != 0 {
			t.Errorf("%v: got exit %d with the gate opened %d times, want 2 and 0", args, code, h.opened)
		}
	}
}

func TestGateThatDoesNotOpen(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.gateErr = fault.New(fault.Invalid, "config.toml:3: unknown key").WithHint("see config.example.toml")
	if code := h.run(t, "line", "find"); code != 2 {
		t.Errorf("got exit %d, want 2", code)
	}
	if got, want := h.err.String(), "didops: config.toml:3: unknown key\n  see config.example.toml\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestOutThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"line", "find"}, {"line", "find", "--json"}, {"line", "find", "--csv"}} {
		h := newHarness(t)
		h.Out = full{}
		if code := h.run(t, args...); code != 1 {
			t.Errorf("%v: got exit %d, want 1", args, code)
		}
	}
}
