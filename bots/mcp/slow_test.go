package mcp_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/mcp"
)

// TestHTTPSlowClientsAreLeft sends the begin of a request and then nothing:
// whoever does so must not hold a connection for longer than half a minute.
func TestHTTPSlowClientsAreLeft(t *testing.T) {
	t.Parallel()
	const head, body = "Host: localhost\r\nContent-Length: 100\r\n", "\r\n{"
	known := "Authorization: Bearer " + teamToken + "\r\n"
	tests := []struct{ name, sent, want string }{
		{"no end of the headers", "POST /mcp HTTP/1.1\r\nHost: localhost\r\n", ""},
		{"a token and half a body", "POST /mcp HTTP/1.1\r\n" + head + known + body, "HTTP/1.1 408 "},
		{"no token", "POST /mcp HTTP/1.1\r\n" + head + body, "HTTP/1.1 401 "},
		{"a foreign name", "POST /mcp HTTP/1.1\r\nHost: evil.example.net\r\nContent-Length: 100\r\n" + body, "HTTP/1.1 403 "},
		{"a body nobody wants", "GET /healthz HTTP/1.1\r\n" + head + body, "HTTP/1.1 200 "},
		{"nowhere", "POST /nowhere HTTP/1.1\r\n" + head + body, "HTTP/1.1 404 "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			y := newHarness(t)
			synctest.Test(t, func(t *testing.T) {
				conn := socket(t, handler(t, y.server(t, zerolog.Nop()), mcp.HTTP{Clients: twoClients()}))
				begun := time.Now()
				if _, err := io.WriteString(conn, tt.sent); err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(conn)
				if err != nil || !strings.HasPrefix(string(got), tt.want) {
					t.Errorf("got %q, %v, want %q and the end of the connection", got, err, tt.want)
				}
				if took := time.Since(begun); took > 31*time.Second {
					t.Errorf("the connection was held for %v, want half a minute at most", took)
				}
			})
		})
	}
}

// TestHTTPUnreadAnswersAreDropped asks without ever reading an answer.
func TestHTTPUnreadAnswersAreDropped(t *testing.T) {
	t.Parallel()
	y := newHarness(t)
	for _, path := range []string{"/mcp", "/healthz"} {
		synctest.Test(t, func(t *testing.T) {
			conn := socket(t, handler(t, y.server(t, zerolog.Nop()), mcp.HTTP{}))
			if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Minute)
			if got, err := io.ReadAll(conn); err != nil || len(got) > 0 {
				t.Errorf("%s: got %q, %v, want the connection closed", path, got, err)
			}
		})
	}
}

// TestHTTPAnswersMayTakeLong makes sure that the time for a body is none for
// the answer, and that a client which leaves meanwhile is noticed.
func TestHTTPAnswersMayTakeLong(t *testing.T) {
	t.Parallel()
	y := newHarness(t)
	synctest.Test(t, func(t *testing.T) {
		conn := socket(t, handler(t, y.server(t, zerolog.Nop()), mcp.HTTP{}))
		if err := modernPost("1", "tools/call", `"name":"note_wait"`).Write(conn); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Minute)
		select {
		case err := <-y.waits.Ended:
			t.Errorf("the call ended with %v, want it to wait", err)
		default:
		}
		_ = conn.Close()
		synctest.Wait()
		select {
		case err := <-y.waits.Ended:
			if err == nil {
				t.Error("the call was not cancelled")
			}
		default:
			t.Error("the client left and the call waits on")
		}
	})
}

// TestHTTPStreamsStayOpen listens on both versions of HTTP to a stream on which
// there is nothing but heartbeats: the time to accept a piece must end with the
// piece. HTTP/2 resets a stream at its deadline, whether something waits or not.
func TestHTTPStreamsStayOpen(t *testing.T) {
	t.Parallel()
	for _, version := range []int{1, 2} {
		t.Run(fmt.Sprintf("HTTP/%d", version), func(t *testing.T) {
			t.Parallel()
			y := newHarness(t)
			synctest.Test(t, func(t *testing.T) {
				h := handler(t, y.server(t, zerolog.Nop()), mcp.HTTP{})
				conn := socket(t, h)
				var spoken http.Protocols
				spoken.SetHTTP1(version == 1)
				spoken.SetUnencryptedHTTP2(version == 2)
				transport := &http.Transport{
					Protocols:   &spoken,
					DialContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil },
				}
				defer transport.CloseIdleConnections()
				r := bodyless(http.MethodGet, "Mcp-Session-Id", begin(t, h))
				r.RequestURI = ""
				w, err := transport.RoundTrip(r)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = w.Body.Close() }()
				events := bufio.NewScanner(w.Body)
				pings := 0
				for pings < 10 && events.Scan() {
					pings += strings.Count(events.Text(), `"ping"`)
				}
				if w.ProtoMajor != version || pings < 10 {
					t.Errorf("got %d heartbeats over %s, then %v, want 10", pings, w.Proto, events.Err())
				}
			})
		})
	}
}

// socket serves h in memory, over either version of HTTP, with health beside it, and returns a connection
// that does not wait for more than an hour.
func socket(t *testing.T, h *mcp.Handler) net.Conn {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/mcp", h)
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	srv := h.NewHTTPServer(mux)
	srv.Protocols = new(http.Protocols)
	srv.Protocols.SetHTTP1(true)
	srv.Protocols.SetUnencryptedHTTP2(true)
	client, server := net.Pipe()
	l := &oneConn{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
	l.conns <- server
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	t.Cleanup(func() {
		_ = client.Close()
		_ = srv.Shutdown(context.Background())
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	})
	if err := client.SetDeadline(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	return client
}

// oneConn is a listener that accepts what is in conns.
type oneConn struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *oneConn) Close() error {
	close(l.closed)
	return nil
}

func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
