package shell_test

import (
	"bytes"
	"errors"
	"testing"

	"didops/bots/shell"
	"didops/internal/fault"
)

func TestShown(t *testing.T) {
	t.Parallel()
	refused := fault.New(fault.Unauthorized, "the key is wrong")
	tests := []struct {
		name string
		err  error
		code int
	}{
		{"coded", refused, 4},
		{"without a code", errors.New("broken"), 1},
		{"nil", nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, args := range [][]string{nil, {"--json"}} {
				var out, err bytes.Buffer
				if code := shell.Report(shell.Config{Out: &out, Err: &err}, args, shell.Shown(tt.err)); code != tt.code {
					t.Errorf("got exit %d, want %d", code, tt.code)
				}
				if out.Len()+err.Len() > 0 {
					t.Errorf("got %q and %q, want nothing shown again", out.String(), err.String())
				}
			}
			if !errors.Is(shell.Shown(tt.err), tt.err) {
				t.Errorf("got a chain without %v, want it kept", tt.err)
			}
		})
	}
}
