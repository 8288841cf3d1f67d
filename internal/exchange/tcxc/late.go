package tcxc

import (
	"context"
	"errors"
	"net"
	"time"

	"didops/internal/request"
)

// errLate is the error of a request that did not leave, because its time was
// over.
var errLate = errors.New("its time was over before it left")

// dialer makes connections, as [net.Dialer] does.
type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// punctual returns a dialer of connections over which nothing leaves after the
// time that the context of their one request allows (see [request.LeaveBy]): the
// machine may have slept since the request was made, and only the time of day
// tells.
func punctual(dial dialer, now func() time.Time) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &punctualConn{Conn: c, late: func() bool { return request.Late(ctx, now()) }}, nil
	}
}

type punctualConn struct {
	net.Conn
	late func() bool
}

// Write implements [net.Conn].
func (c *punctualConn) Write(b []byte) (int, error) {
	if c.late() {
		return 0, errLate
	}
	return c.Conn.Write(b)
}
