package app

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// MaxConnections is how many connections an address has at a time.
const MaxConnections = 4096

// connLimiter bounds the connections of a server. One more than that takes the
// place of the one that has had no request for longest: whoever opens
// thousands and says nothing loses them, and nobody else is kept out. Where
// every connection has a request, the newcomer is closed.
//
// Not all of them may have a request: some are left for health and metrics, and
// of many a part for other addresses than the one that has most. A request
// beyond that is told to come again.
type connLimiter struct {
	most    int
	spare   int // for health and metrics
	address int // most with a request from one address

	mu    sync.Mutex
	conns map[net.Conn]*trackedConn
	idle  list.List      // of *trackedConn, the one without a request for longest first
	busy  map[string]int // connections with a request, by address
}

// trackedConn is a connection.
type trackedConn struct {
	conn     net.Conn
	address  string
	requests int           // being served; HTTP/2 has many
	place    *list.Element // among the idle; nil = it has a request
}

type trackedConnKey struct{}

// newConnLimiter returns a limiter for at most so many connections.
func newConnLimiter(most int) *connLimiter {
	c := &connLimiter{most: most, spare: most / 64, address: most, conns: map[net.Conn]*trackedConn{}, busy: map[string]int{}}
	if most >= 1024 {
		c.address -= most / 4
	}
	return c
}

// guard bounds the connections of a server that does not serve yet.
func (c *connLimiter) guard(server *http.Server) {
	next := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g, ok := r.Context().Value(trackedConnKey{}).(*trackedConn); ok {
			if !c.begin(g, forOperators(r)) {
				w.Header().Set("Retry-After", "1")
				w.Header().Set("Connection", "close")
				http.Error(w, "too many requests are being served: try again", http.StatusServiceUnavailable)
				return
			}
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
	g := &trackedConn{conn: conn, address: addressOf(conn)}
	c.conns[conn], g.place = g, c.idle.PushBack(g)
	if len(c.conns) > c.most {
		if longest, ok := c.idle.Front().Value.(*trackedConn); ok {
			c.forget(longest)
			_ = wire(longest.conn).Close()
		}
	}
	return g
}

// begin counts a request of a connection; not ok if too many have one.
func (c *connLimiter) begin(g *trackedConn, operators bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g.requests == 0 && !operators && (len(c.conns)-c.idle.Len() >= c.most-c.spare || c.busy[g.address] >= c.address) {
		return false
	}
	if g.requests++; g.requests == 1 {
		c.busy[g.address]++
	}
	if g.place != nil {
		c.idle.Remove(g.place)
		g.place = nil
	}
	return true
}

func (c *connLimiter) end(g *trackedConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g.requests--; g.requests > 0 {
		return
	}
	if c.busy[g.address]--; c.busy[g.address] == 0 {
		delete(c.busy, g.address)
	}
	if c.conns[g.conn] == g {
		g.place = c.idle.PushBack(g)
	}
}

// forOperators reports whether a request asks for health or metrics.
func forOperators(r *http.Request) bool {
	return r.Method == http.MethodGet && (r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || r.URL.Path == "/metrics")
}

// addressOf is the address of a connection as far as it names one customer of a
// network: an IPv4 address, or the first half of an IPv6 address.
func addressOf(conn net.Conn) string {
	remote, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return ""
	}
	addr := remote.Addr().Unmap().WithZone("")
	if prefix, err := addr.Prefix(64); err == nil && addr.Is6() {
		return prefix.String()
	}
	return addr.String()
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
