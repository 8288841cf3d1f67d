package app

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
)

// MaxConnections is how many connections an address has at a time.
const MaxConnections = 4096

// connLimiter bounds the connections of a server. One more than that takes the
// place of the one that has had no request for longest: whoever opens
// thousands and says nothing loses them, and nobody else is kept out. Where
// every connection has a request, the newcomer is closed.
type connLimiter struct {
	most int

	mu    sync.Mutex
	conns map[net.Conn]*trackedConn
	idle  list.List // of *guest, the one without a request for longest first
}

// trackedConn is a connection.
type trackedConn struct {
	conn     net.Conn
	requests int           // being served; HTTP/2 has many
	place    *list.Element // among the idle; nil = it has a request
}

type trackedConnKey struct{}

// newConnLimiter returns a crowd of at most so many connections.
func newConnLimiter(most int) *connLimiter {
	return &connLimiter{most: most, conns: map[net.Conn]*trackedConn{}}
}

// guard bounds the connections of a server that does not serve yet.
func (c *connLimiter) guard(server *http.Server) {
	next := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g, ok := r.Context().Value(trackedConnKey{}).(*trackedConn); ok {
			c.begin(g)
			defer c.end(g)
		}
		next.ServeHTTP(w, r)
	})
	server.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, trackedConnKey{}, c.enter(conn))
	}
	server.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateClosed || state == http.StateHijacked {
			c.leave(conn)
		}
	}
}

func (c *connLimiter) enter(conn net.Conn) *trackedConn {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := &trackedConn{conn: conn}
	c.conns[conn], g.place = g, c.idle.PushBack(g)
	if len(c.conns) > c.most {
		if longest, ok := c.idle.Front().Value.(*trackedConn); ok {
			c.forget(longest)
			_ = wire(longest.conn).Close()
		}
	}
	return g
}

func (c *connLimiter) begin(g *trackedConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g.requests++
	if g.place != nil {
		c.idle.Remove(g.place)
		g.place = nil
	}
}

func (c *connLimiter) end(g *trackedConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g.requests--; g.requests == 0 && c.conns[g.conn] == g {
		g.place = c.idle.PushBack(g)
	}
}

func (c *connLimiter) leave(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g, ok := c.conns[conn]; ok {
		c.forget(g)
	}
}

func (c *connLimiter) forget(g *trackedConn) {
	delete(c.conns, g.conn)
	if g.place != nil {
		c.idle.Remove(g.place)
		g.place = nil
	}
}

// wire is the connection below TLS, which would say good-bye and wait for it
// to be taken.
func wire(conn net.Conn) net.Conn {
	if secured, ok := conn.(interface{ NetConn() net.Conn }); ok {
		return secured.NetConn()
	}
	return conn
}
