//go:build !linux

package pgtest

import "syscall"

// as has a program run as our user: only Linux has PostgreSQL where tests look
// for it.
func as(int, int) *syscall.SysProcAttr { return nil }
