//go:build unix

package cli_test

import (
	"net/netip"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// hold keeps an address that a process has served on until the end of the
// script: nobody listens there, and nobody else is given its port. Without that
// another test's server may get it, and answer to whoever is to find nobody.
func hold(ts *testscript.TestScript, address string) {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().Is4() {
		return // it was asked for by another name, or served nothing
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	ts.Check(err)
	ts.Defer(func() { _ = syscall.Close(fd) })
	// Connections of the process may still be on their way out.
	ts.Check(syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1))
	ts.Check(syscall.Bind(fd, &syscall.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}))
}
