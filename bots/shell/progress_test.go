package shell_test

import (
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	const erase = "\r\x1b[K"
	tests := []struct {
		name string
		tty  bool
		step time.Duration   // that every look at the clock takes
		late []time.Duration // the first of them: call, gate, reports
		args []string
		want string
	}{
		{"slow", true, time.Second, nil, nil, erase + "1 numbers read (33%)" + erase + "2 numbers read (66%)" + erase + "3 numbers read (100%)" + erase},
		{"slow with JSON", true, time.Second, nil, []string{"--json"}, erase + "1 numbers read (33%)" + erase + "2 numbers read (66%)" + erase + "3 numbers read (100%)" + erase},
		{"not so slow", true, 210 * time.Millisecond, nil, nil, erase + "1 numbers read (33%)" + erase + "2 numbers read (66%)" + erase + "3 numbers read (100%)" + erase},
		{"not at once", true, 150 * time.Millisecond, nil, nil, erase + "2 numbers read (66%)" + erase + "3 numbers read (100%)" + erase},
		{
			"at most ten a second", true, time.Millisecond,
			[]time.Duration{0, time.Second, 0, 50 * time.Millisecond, 60 * time.Millisecond},
			nil,
			erase + "1 numbers read (33%)" + erase + "3 numbers read (100%)" + erase,
		},
		{"quick", true, time.Millisecond, nil, nil, ""},
		{"no terminal", false, time.Second, nil, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			h.ErrTTY, h.clock.step, h.clock.first = tt.tty, tt.step, tt.late
			if code := h.run(t, append([]string{"line", "find"}, tt.args...)...); code != 0 {
				t.Fatalf("got exit %d, want 0", code)
			}
			if got := h.err.String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestProgressFits(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.ErrTTY, h.Width, h.clock.step = true, 10, time.Second
	h.run(t, "line", "find")
	for part := range strings.SplitSeq(h.err.String(), "\r\x1b[K") {
		if n := len([]rune(part)); n > 9 {
			t.Errorf("got a line of %d columns, want at most 9: %q", n, part)
		}
	}
}
