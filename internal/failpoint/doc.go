// Package failpoint marks the places at which tests end the program, to prove
// what it does about it when it is started again. Without the build tag
// failpoints, with which no released program is built, a mark does nothing.
package failpoint

import (
	"context"
	"net"
)

// Dialer makes a connection, as net.Dialer.DialContext does.
type Dialer = func(ctx context.Context, network, address string) (net.Conn, error)
