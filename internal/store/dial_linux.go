package store

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// giveUp has the system give up a connection whose other side confirms nothing
// for half a minute. Without it what is sent there is tried for a quarter of
// an hour.
func giveUp(network, _ string, c syscall.RawConn) error {
	if network == "unix" {
		return nil
	}
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 30_000)
	})
	if err == nil {
		err = failed
	}
	return err
}
