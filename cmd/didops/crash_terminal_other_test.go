//go:build !linux

package main

// atTerminal needs a pseudo-terminal, which is made differently everywhere.
func atTerminal() []scenario { return nil }
