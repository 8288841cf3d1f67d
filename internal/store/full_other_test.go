//go:build !linux

package store_test

import "testing"

// cramped is for Linux.
func cramped(t *testing.T, _ string) { t.Skip("no limit makes a disk full here") }
