package app

import (
	"strings"
	"testing"
)

// TestMistypedCommands holds that a command with others below it says which.
func TestMistypedCommands(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"policy exlain": "did you mean explain?", "audit verfy": "did you mean verify?", "receipt shw": "did you mean show?",
		"passkeys enroll": "did you mean enrol?", "tools x": "takes no arguments",
	} {
		m := newMachine(t)
		if code := m.run(t, strings.Fields(line)...); code != 2 || !strings.Contains(m.err.String(), want) {
			t.Errorf("%s: got exit %d, %s", line, code, m.err.String())
		}
	}
}
