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

// crowd bounds the connections of a server. One more than that takes the
// place of the one that has had no request for longest: whoever opens
// thousands and says nothing loses them, and nobody else is kept out. Where
// every connection has a request, the newcomer is closed.
type crowd struct {
	most int

	mu     sync.Mutex
	guests map[net.Conn]*guest
	idle   list.List // of *guest, the one without a request for longest first
}

// guest is a connection.
type guest struct {
	conn     net.Conn
	requests int           // being served; HTTP/2 has many
	place    *list.Element // among the idle; nil = it has a request
}

type guestKey struct{}

// newCrowd returns a crowd of at most so many connections.
func newCrowd(most int) *crowd { return &crowd{most: most, guests: map[net.Conn]*guest{}} }

// guard bounds the connections of a server that does not serve yet.
func (c *crowd) guard(server *http.Server) {
	next := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g, ok := r.Context().Value(guestKey{}).(*guest); ok {
			c.begin(g)
			defer c.end(g)
		}
		next.ServeHTTP(w, r)
	})
	server.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, guestKey{}, c.enter(conn))
	}
	server.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateClosed || state == http.StateHijacked {
			c.leave(conn)
		}
	}
}

func (c *crowd) enter(conn net.Conn) *guest {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := &guest{conn: conn}
	c.guests[conn], g.place = g, c.idle.PushBack(g)
	if len(c.guests) > c.most {
		if longest, ok := c.idle.Front().Value.(*guest); ok {
			c.forget(longest)
			_ = wire(longest.conn).Close()
		}
	}
	return g
}

func (c *crowd) begin(g *guest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g.requests++
	if g.place != nil {
		c.idle.Remove(g.place)
		g.place = nil
	}
}

func (c *crowd) end(g *guest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g.requests--; g.requests == 0 && c.guests[g.conn] == g {
		g.place = c.idle.PushBack(g)
	}
}

func (c *crowd) leave(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g, ok := c.guests[conn]; ok {
		c.forget(g)
	}
}

func (c *crowd) forget(g *guest) {
	delete(c.guests, g.conn)
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
