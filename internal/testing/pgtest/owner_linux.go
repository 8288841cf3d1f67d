package pgtest

import (
	"errors"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// mayStart returns an error where no server can be started: it refuses to run
// as root.
func mayStart() error {
	if os.Getuid() != 0 {
		return nil
	}
	if _, err := user.Lookup(owner); err != nil {
		return errors.New("PostgreSQL does not run as root, and there is no user " + owner)
	}
	return nil
}

// asOwner returns how a server is started.
func asOwner() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if uid, gid, ok := ids(); ok {
		a.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
	return a
}

// own gives a folder to who runs the server.
func own(dir string) error {
	if uid, gid, ok := ids(); ok {
		return os.Chown(dir, int(uid), int(gid))
	}
	return nil
}

// ids returns who runs the server in place of root.
func ids() (uid, gid uint32, ok bool) {
	if os.Getuid() != 0 {
		return 0, 0, false
	}
	u, err := user.Lookup(owner)
	if err != nil {
		return 0, 0, false
	}
	n, err1 := strconv.ParseUint(u.Uid, 10, 32)
	m, err2 := strconv.ParseUint(u.Gid, 10, 32)
	return uint32(n), uint32(m), err1 == nil && err2 == nil
}
