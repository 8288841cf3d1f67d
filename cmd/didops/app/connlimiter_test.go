package app

import (
	"bufio"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"
)

// crowdedServer has at most so many connections; a request to /held arrives
// and then waits until the place is released.
func crowdedServer(t *testing.T, most int) (server *httptest.Server, arrived, release chan struct{}) {
	t.Helper()
	return limitedServer(t, newConnLimiter(most))
}

func limitedServer(t *testing.T, limit *connLimiter) (server *httptest.Server, arrived, release chan struct{}) {
	t.Helper()
	most := limit.most
	arrived, release = make(chan struct{}, most), make(chan struct{})
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/held" {
			arrived <- struct{}{}
			<-release
		}
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	limit.guard(server.Config)
	t.Cleanup(server.Close)
	return server, arrived, release
}

// caller is a client that does with its connection what it likes.
type caller struct {
	t *testing.T
	net.Conn
	answers *bufio.Reader
}

func call(t *testing.T, address string) *caller {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	return &caller{t, conn, bufio.NewReader(conn)}
}

func (c *caller) ask(path string) { // an error shows where the answer is read
	_, _ = io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

// answered returns the status of an answer, or 0 when the server has closed
// the connection.
func (c *caller) answered() int {
	resp, err := http.ReadResponse(c.answers, nil)
	if os.IsTimeout(err) {
		c.t.Error("neither an answer nor the end of the connection in five minutes")
	}
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestIdleConnectionsMakeRoom(t *testing.T) {
	t.Parallel()
	const most, idle = 8, 50
	server, _, _ := crowdedServer(t, most)
	server.Start()
	address := server.Listener.Addr().String()
	var silent []*caller
	for range idle {
		silent = append(silent, call(t, address))
	}
	for i, c := range silent[:idle-most] {
		if got := c.answered(); got != 0 {
			t.Errorf("connection %d of %d: got status %d, want it closed", i, idle, got)
		}
	}
	for range 3 { // all of them, and again: who was served last is closed last
		for i, c := range silent[idle-most:] {
			if c.ask("/"); c.answered() != http.StatusOK {
				t.Errorf("connection %d of the last %d is closed, want it served", i, most)
			}
		}
	}
	good := call(t, address)
	if good.ask("/"); good.answered() != http.StatusOK {
		t.Error("a newcomer is not served")
	}
	if got := silent[idle-most].answered(); got != 0 {
		t.Errorf("the connection without a request for longest: got status %d, want it closed", got)
	}
}

func TestConnectionsWithRequestsStay(t *testing.T) {
	t.Parallel()
	const most = 4
	server, arrived, release := crowdedServer(t, most)
	server.Start()
	address := server.Listener.Addr().String()
	var busy []*caller
	for range most {
		c := call(t, address)
		c.ask("/held")
		<-arrived
		busy = append(busy, c)
	}
	newcomer := call(t, address)
	if newcomer.ask("/"); newcomer.answered() != 0 {
		t.Error("one more than there may be is served")
	}
	close(release)
	for i, c := range busy {
		if got := c.answered(); got != http.StatusOK {
			t.Errorf("request %d: got status %d, want 200", i, got)
		}
		if c.ask("/"); c.answered() != http.StatusOK {
			t.Errorf("connection %d is closed after its request", i)
		}
	}
	late := call(t, address)
	if late.ask("/"); late.answered() != http.StatusOK {
		t.Error("a newcomer is not served when there is room again")
	}
}

// TestPlacesAreLeft has as many requests as may be, of one address and of
// several: health and other addresses find a place.
func TestPlacesAreLeft(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spare, address, held int
		want                 map[string]int // status by path, of a newcomer
	}{
		"for health":          {2, 8, 6, map[string]int{"/": 503, "/healthz": 200, "/readyz": 200, "/metrics": 200, "/healthz/": 503}},
		"for other addresses": {0, 5, 5, map[string]int{"/": 503, "/healthz": 200}},
		"none needed":         {2, 8, 5, map[string]int{"/": 200, "/healthz": 200}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := newConnLimiter(8)
			limit.spare, limit.address = tt.spare, tt.address
			server, arrived, release := limitedServer(t, limit)
			server.Start()
			defer close(release)
			address := server.Listener.Addr().String()
			for range tt.held {
				call(t, address).ask("/held")
				<-arrived
			}
			for path, want := range tt.want {
				c := call(t, address)
				if c.ask(path); c.answered() != want {
					t.Errorf("%s: got another status, want %d", path, want)
				}
				_ = c.Close()
			}
		})
	}
}

func TestSharesOfAnAddress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ most, spare, address int }{{4096, 64, 3072}, {4, 0, 4}} {
		if c := newConnLimiter(tt.most); c.spare != tt.spare || c.address != tt.address {
			t.Errorf("of %d: got %d and %d, want %d and %d", tt.most, c.spare, c.address, tt.spare, tt.address)
		}
	}
}

// TestCrowdOverHTTP2 has many requests on one connection, over TLS.
func TestCrowdOverHTTP2(t *testing.T) {
	t.Parallel()
	const requests = 8
	server, arrived, release := crowdedServer(t, requests)
	server.EnableHTTP2 = true
	server.StartTLS()
	get := func(path string) error {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			return err
		}
		resp, err := server.Client().Do(r)
		if err != nil {
			return err
		}
		if resp.ProtoMajor != 2 {
			t.Errorf("got %s, want HTTP/2", resp.Proto)
		}
		return resp.Body.Close()
	}
	if err := get("/"); err != nil { // so that the others find a connection
		t.Fatal(err)
	}
	ended := make(chan error, requests)
	for range requests {
		go func() { ended <- get("/held") }()
	}
	for range requests {
		<-arrived
	}
	var silent []*caller
	for range 3 * requests {
		silent = append(silent, call(t, server.Listener.Addr().String()))
	}
	for i, c := range silent[:2*requests+1] { // these made room, and not the one with the requests
		if got := c.answered(); got != 0 {
			t.Errorf("connection %d: got status %d, want it closed", i, got)
		}
	}
	close(release)
	for range requests {
		if err := <-ended; err != nil {
			t.Errorf("a request on a connection that had several: %v", err)
		}
	}
}
