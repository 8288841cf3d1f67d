package pgtest

import "syscall"

// as has a program run as a user, or as ours for -1, and end when the test
// binary ends in whatever way.
func as(uid, gid int) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if uid >= 0 {
		a.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return a
}
