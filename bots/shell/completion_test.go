package shell_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompletion(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want []string // value, tab, description
	}{
		{"nouns", []string{"l"}, []string{"line\tPhone lines: the shop and your own"}},
		{"verbs", []string{"line", ""}, []string{"count\tCount lines by town and kind", "find\tFind lines for sale, cheapest first", "keep\tKeep lines for a day"}},
		{"flags", []string{"line", "find", "--t"}, []string{"--town\tName of the town", "--text\ttrue: must take messages; false: must not", "--tags\tWords that the line is tagged with (at most 3 of them)"}},
		{"flags given once only", []string{"line", "find", "--town", "Dubai", "--tags", "a", "--t"}, []string{"--text\ttrue: must take messages; false: must not", "--tags\tWords that the line is tagged with (at most 3 of them)"}},
		{"enum", []string{"line", "find", "--kind", ""}, []string{"any", "fixed", "mobile"}},
		{"enum that fits", []string{"line", "find", "--kind", "mo"}, []string{"mobile"}},
		{"enum in capitals", []string{"line", "find", "--kind", "MO"}, []string{"MObile"}},
		{"boolean", []string{"line", "find", "--text="}, []string{"true", "false"}},
		{"boolean that fits", []string{"line", "find", "--text=f"}, []string{"false"}},
		{"dynamic", []string{"line", "find", "--town", ""}, []string{"Dubai\t7 lines, by the sea", "Abu Dhabi"}},
		{"dynamic that fits", []string{"line", "find", "--town", "a"}, []string{"abu Dhabi"}},
		{"underscores", []string{"line", "find", "--max_monthly_fee", "1", "--kind=f"}, []string{"fixed"}},
		{"second of a list", []string{"line", "find", "--tags", "Dubai,"}, []string{"Dubai,Abu Dhabi"}},
		{"list given again", []string{"line", "find", "--tags", "Dubai", "--tags", ""}, []string{"Abu Dhabi"}},
		{"argument", []string{"line", "keep", "+9715"}, []string{"+971501234567\tDubai"}},
		{"argument without plus", []string{"line", "keep", "9714"}, []string{"97142345678\tDubai"}},
		{"next argument", []string{"line", "keep", "+971501234567", "+9714"}, []string{"+97142345678\tDubai"}},
		{"next argument, none twice", []string{"line", "keep", "+97142345678", "+9714"}, nil},
		{"number with nothing to suggest", []string{"line", "find", "--limit", ""}, nil},
		{"no argument taken", []string{"line", "find", ""}, nil},
		{"surplus argument", []string{"note", "read", "x", ""}, nil},
		{"log level", []string{"--log-level", "w"}, []string{"warn"}},
		{"unknown verb", []string{"line", "fnd", ""}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			got, directive := h.complete(t, tt.args...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("suggestions differ (-want +got):\n%s", diff)
			}
			if directive&4 == 0 { // ShellCompDirectiveNoFileComp
				t.Errorf("got directive %d, want no file names", directive)
			}
		})
	}
}

// complete asks as the shells' scripts do.
func (h *harness) complete(t *testing.T, args ...string) (values []string, directive int) {
	t.Helper()
	if code := h.run(t, append([]string{"__complete"}, args...)...); code != 0 {
		t.Fatalf("got exit %d (%s), want 0", code, h.err.String())
	}
	lines := strings.Split(strings.TrimSuffix(h.out.String(), "\n"), "\n")
	last := lines[len(lines)-1]
	for _, d := range strings.TrimPrefix(last, ":") {
		directive = directive*10 + int(d-'0')
	}
	for _, l := range lines[:len(lines)-1] {
		if !strings.HasPrefix(l, "-h") && !strings.HasPrefix(l, "--help") {
			values = append(values, l)
		}
	}
	return values, directive
}

func TestCompletionKeepsSilent(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.gateErr = errors.New("the configuration is broken")
	got, _ := h.complete(t, "line", "find", "--town", "D")
	if got != nil || strings.Contains(h.out.String()+h.err.String(), "broken") {
		t.Errorf("got %q and %q, want nothing suggested and nothing said", got, h.err.String())
	}
}

func TestCompletionOfFilesForConfig(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	if got, directive := h.complete(t, "--config", ""); got != nil || directive != 0 {
		t.Errorf("got %q with directive %d, want the shell's own file names", got, directive)
	}
}

func TestCompletionScripts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bash", "zsh", "fish", "powershell"} {
		h := newHarness(t)
		if code := h.run(t, "completion", name); code != 0 || !strings.Contains(h.out.String(), "__complete") {
			t.Errorf("%s: got exit %d and %d bytes, want a script that asks __complete", name, code, h.out.Len())
		}
	}
}
