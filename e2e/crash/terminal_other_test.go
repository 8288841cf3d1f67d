//go:build !linux

package crash_test

// atTerminal needs a pseudo-terminal, which is made differently everywhere.
func atTerminal() []scenario { return nil }
