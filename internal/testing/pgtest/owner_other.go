//go:build !linux

package pgtest

import (
	"errors"
	"os"
	"syscall"
)

// mayStart returns an error where no server can be started: it refuses to run
// as root.
func mayStart() error {
	if os.Getuid() == 0 {
		return errors.New("PostgreSQL does not run as root")
	}
	return nil
}

// asOwner returns how a server is started.
func asOwner() *syscall.SysProcAttr { return nil }

// own gives a folder to who runs the server.
func own(string) error { return nil }
