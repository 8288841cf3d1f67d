package shell_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"didops/bots/shell"
	"didops/internal/fault"
	"didops/internal/testing/fixture"
	"didops/internal/testing/golden"
)

func TestExitCode(t *testing.T) {
	t.Parallel()
	want := map[fault.Code]int{
		fault.Invalid: 2, fault.Expired: 3, fault.Unauthorized: 4, fault.UnknownOutcome: 9,
	}
	for _, code := range fault.Codes() {
		w, ok := want[code]
		if !ok {
			w = 1
		}
		if got := shell.ExitCode(fmt.Errorf("wrapped: %w", fault.New(code, "x"))); got != w {
			t.Errorf("%s: got exit %d, want %d", code, got, w)
		}
	}
	if got := shell.ExitCode(nil); got != 0 {
		t.Errorf("nil: got exit %d, want 0", got)
	}
	if got := shell.ExitCode(errors.New("x")); got != 1 {
		t.Errorf("uncoded: got exit %d, want 1", got)
	}
}

func TestErrorsOfTheGate(t *testing.T) {
	t.Parallel()
	for _, code := range fault.Codes() {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			exit := h.run(t, "note", "fail", "--code", string(code), "--json")
			if want := shell.ExitCode(fault.New(code, "x")); exit != want {
				t.Errorf("got exit %d, want %d", exit, want)
			}
			var got struct {
				Error map[string]any `json:"error"`
			}
			if err := json.Unmarshal(h.out.Bytes(), &got); err != nil {
				t.Fatalf("got %q: %v", h.out.String(), err)
			}
			if strings.Contains(h.out.String()+h.err.String(), fixture.Secret) {
				t.Errorf("got the cause in %q and %q, want it in logs only", h.out.String(), h.err.String())
			}
			if code == fault.Internal {
				return
			}
			want := map[string]any{
				"code": string(code), "message": "it is " + string(code), "hint": "do something else",
				"field": "code", "retry_after_seconds": 2.0,
			}
			if diff := cmp.Diff(want, got.Error); diff != "" {
				t.Errorf("error differs (-want +got):\n%s", diff)
			}
			if got, want := h.err.String(), "didops: it is "+string(code)+"\n  do something else\n"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestBadInputGolden keeps the words that people read after a slip. Nothing
// reaches the gate that could not be handed on as it was typed.
func TestBadInputGolden(t *testing.T) {
	t.Parallel()
	lines := [][]string{
		{"lines"},
		{"find"},
		{"line", "fnd"},
		{"line", "fnd", "--town", "Dubai"},
		{"line", "--bogus"},
		{"line", "find", "--twn", "Dubai"},
		{"line", "find", "--max_monthly_fe", "1"},
		{"line", "find", "-town", "Dubai"},
		{"line", "find", "-x"},
		{"line", "find", "--jsn"},
		{"line", "find", "--=1"},
		{"line", "find", "--town"},
		{"line", "find", "--all=perhaps"},
		{"line", "find", "Dubai"},
		{"line", "find", "--text", "false"},
		{"line", "find", "--text", "No"},
		{"line", "find", "true"},
		{"line", "find", "--town", "Dubai", "--town", "Ajman"},
		{"line", "find", "--town", "a\xffb"},
		{"line", "find", "--town", "\x1b[31mred", "--kind", "\x1b[31mred"},
		{"line", "find", "--limit", "0"},
		{"line", "find", "--limit", "1000"},
		{"line", "find", "--limit", "ten"},
		{"line", "find", "--max-monthly-fee", "-4"},
		{"line", "find", "--kind", "moble"},
		{"line", "find", "--text=perhaps", "--limit", "x"},
		{"line", "find", "--tags", "a,b,c,d"},
		{"line", "find", "--csv", "--json"},
		{"line", "keep"},
		{"line", "keep", "1", "2", "3", "4"},
		{"note", "read"},
		{"note", "read", "a", "b"},
		{"note", "read", "--id", "a", "b"},
		{"line", "find", "--town", strings.Repeat("x", 600)},
		{"line", "find", "--town", strings.Repeat("x", 80_000)},
		{"--config"},
	}
	var b strings.Builder
	for _, args := range lines {
		h := newHarness(t)
		code := h.run(t, args...)
		shown := fmt.Sprintf("%q", args)
		if len(shown) > 70 {
			shown = shown[:70] + "..."
		}
		fmt.Fprintf(&b, "%s\n%s\n", shown, h.err.String())
		if code != 2 {
			t.Errorf("%s: got exit %d, want 2", shown, code)
		}
		if out := h.out.String(); out != "" && !strings.Contains(shown, "--json") {
			t.Errorf("%s: got %q on stdout, want nothing", shown, out)
		}
		if strings.Contains(h.err.String(), "\x1b") || !utf8.ValidString(h.err.String()) {
			t.Errorf("%s: got %q, want no control character", shown, h.err.String())
		}
	}
	golden.Check(t, "bad-input.txt", []byte(b.String()))
}

// TestJSONErrorWhereFlagsCouldNotBeRead proves that a program which asks for
// JSON gets it although an unknown flag comes before --json.
func TestJSONErrorWhereFlagsCouldNotBeRead(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"line", "find", "--bogus", "--json"}, {"line", "fnd", "--json"}, {"bogus", "--json=true"}, {"--json", "line", "find", "x"},
	} {
		h := newHarness(t)
		if code := h.run(t, args...); code != 2 {
			t.Errorf("%v: got exit %d, want 2", args, code)
		}
		var got struct {
			Error struct {
				Code string `json:"code"`
			} `json:"error"`
		}
		if err := json.Unmarshal(h.out.Bytes(), &got); err != nil || got.Error.Code != "invalid" {
			t.Errorf("%v: got %q, want an error of code invalid", args, h.out.String())
		}
	}
	h := newHarness(t)
	if h.run(t, "line", "find", "--bogus", "--", "--json"); h.out.Len() > 0 {
		t.Errorf("got %q, want nothing: --json after -- is no flag", h.out.String())
	}
}

func TestReportOfAnErrorWithoutACode(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	code := shell.Report(h.Config, []string{"--json"}, errors.New("open \x1b[31mstore\n: denied"))
	if code != 1 {
		t.Errorf("got exit %d, want 1", code)
	}
	if got, want := h.err.String(), "didops: internal error: open store : denied\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := h.out.String(), `{"error":{"code":"internal","message":"internal error"}}`+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReportOfSeveralThings(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	err := fault.New(fault.Invalid, "a.toml:1: x: \x1b[31mbad\na.toml:2: y: bad").WithHint("mend\nit")
	if code := shell.Report(h.Config, nil, err); code != 2 {
		t.Errorf("got exit %d, want 2", code)
	}
	if got, want := h.err.String(), "didops: a.toml:1: x: bad\n  a.toml:2: y: bad\n  mend it\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := newHarness(t)
	program := h.program([]string{"note", "fail", "--code", "wait"})
	if code := shell.Report(h.Config, nil, program.ExecuteContext(ctx)); code != 1 {
		t.Errorf("got exit %d, want 1", code)
	}
	if got, want := h.err.String(), "didops: the request was cancelled\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPrepareKeepsOtherCommands(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	root := &cobra.Command{Use: "didops"}
	ran := ""
	root.AddCommand(&cobra.Command{Use: "version", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		ran = h.Globals.Config
		return nil
	}})
	shell.Prepare(root, h.Config)
	root.SetArgs([]string{"version", "--config", "x.toml"})
	if err := root.ExecuteContext(t.Context()); err != nil || ran != "x.toml" {
		t.Errorf("got %v and config %q, want nil and x.toml", err, ran)
	}
	root.SetArgs([]string{"verion"})
	if err := root.ExecuteContext(t.Context()); shell.ExitCode(err) != 2 || !strings.Contains(err.Error(), "did you mean version?") {
		t.Errorf("got %v, want invalid with the near miss", err)
	}
}
