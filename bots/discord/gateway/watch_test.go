package gateway_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"didops/bots/discord/gateway"
	"didops/internal/testing/fakediscord"
)

const handshake = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"

// frame writes a frame as a server does.
func frame(kind byte, payload string) string {
	head := []byte{0x80 | kind}
	switch n := len(payload); {
	case n < 126:
		head = append(head, byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 127), uint64(n))
	}
	return string(head) + payload
}

func TestScanner(t *testing.T) {
	t.Parallel()
	hello := frame(1, `{"op":10,"d":{"heartbeat_interval":41250}}`)
	event := frame(1, `{"op":0,"t":"X","s":1,"d":"`+strings.Repeat("y", 300)+`"}`)
	large := frame(1, `{"op":0,"t":"X","s":1,"d":"`+strings.Repeat(`{\"op\":7}`, 9000)+`"}`)
	tests := []struct {
		name     string
		good     string // is handed on as a whole
		last     string // the frame that ends it
		code, op int
	}{
		{"nothing", handshake + hello + event + large, "", 0, 0},
		{"reconnect", handshake + hello + event, frame(1, `{"t":null,"s":null,"op":7,"d":null}`), 0, 7},
		{"reconnect at once", handshake, frame(1, `{"op":7}`), 0, 7},
		{"invalid session", handshake + large, frame(1, `{"op":9,"d":false}`), 0, 9},
		{"close", handshake + hello + frame(9, "ping"), frame(8, "\x0f\xa4bad token"), 4004, 0},
		{"close without code", handshake, frame(8, ""), 1005, 0},
		{"binary and empty frames", handshake + frame(2, `{"op":7}`) + frame(1, "") + frame(10, ""), frame(8, "\x03\xe8"), 1000, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			all := []byte(tt.good + tt.last + event) // what comes after does not count
			want := len(tt.good) + len(tt.last) - 1  // an incomplete frame is none
			for _, size := range []int{1, 2, 3, 7, 64, 1000, len(all)} {
				var chunks [][]byte
				for rest := all; len(rest) > 0; rest = rest[min(size, len(rest)):] {
					chunks = append(chunks, rest[:min(size, len(rest))])
				}
				kept, code, op := gateway.Scan(chunks...)
				if code != tt.code || op != tt.op {
					t.Errorf("chunks of %d: got code %d and op %d, want %d and %d", size, code, op, tt.code, tt.op)
				}
				if tt.last != "" && kept != want {
					t.Errorf("chunks of %d: got %d bytes handed on, want %d", size, kept, want)
				}
			}
		})
	}
}

func FuzzScanner(f *testing.F) {
	f.Add([]byte(handshake+frame(1, `{"op":10}`)+frame(8, "\x0f\xa4")), 5)
	f.Add([]byte("\r\n\r\n0\xff\xff00000000"), 5) // a length beyond all reason
	f.Fuzz(func(t *testing.T, b []byte, at int) {
		at = max(0, min(at, len(b)))
		k1, c1, o1 := gateway.Scan(b)
		k2, c2, o2 := gateway.Scan(b[:at], b[at:])
		if c1 != c2 || o1 != o2 || k1 != k2 {
			t.Errorf("got %d %d %d whole and %d %d %d in parts", k1, c1, o1, k2, c2, o2)
		}
	})
}

// TestGatewayWithTLSThroughAProxy has a rate-limiting proxy with TLS in front
// of Discord, and a forward proxy between it and the bot.
func TestGatewayWithTLSThroughAProxy(t *testing.T) {
	t.Parallel()
	for _, proxied := range []bool{false, true} {
		var front *httptest.Server
		var tunnels atomic.Int32
		forward := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodConnect || r.Header.Get("Proxy-Authorization") == "" {
				http.Error(w, "no", http.StatusProxyAuthRequired)
				return
			}
			tunnels.Add(1)
			pipe(r.Context(), t, w, r.Host)
		}))
		t.Cleanup(forward.Close)
		w := newHarness(t, func(f *fakediscord.Fake, c *gateway.Config) {
			to, err := url.Parse(f.URL)
			if err != nil {
				t.Fatal(err)
			}
			behind := &http.Transport{}
			t.Cleanup(behind.CloseIdleConnections)
			proxy := &httputil.ReverseProxy{Transport: behind, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
			mux := http.NewServeMux()
			mux.Handle("/", proxy)
			mux.HandleFunc("/api/v10/gateway/bot", func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(`{"url":"wss` + strings.TrimPrefix(front.URL, "https") + `"}`))
			})
			front = httptest.NewTLSServer(mux)
			t.Cleanup(front.Close)
			transport := front.Client().Transport.(*http.Transport)
			t.Cleanup(transport.CloseIdleConnections)
			if proxied {
				at, err := url.Parse(forward.URL)
				if err != nil {
					t.Fatal(err)
				}
				at.User = url.UserPassword("alice", "secret")
				transport.Proxy = http.ProxyURL(at)
			}
			c.RESTURL, c.Transport = front.URL, transport
		}, fakediscord.Lenient)
		r := run(t, w.l, greeter(t))
		w.f.Slash(t, alice(), "did search", nil).Message(t)
		r.stop()
		check(t, w.f, r.end(t), nil)
		if got := tunnels.Load() >= 2; got != proxied {
			t.Errorf("proxied %v: got %d tunnels", proxied, tunnels.Load())
		}
	}
}

// pipe joins a hijacked connection with one to an address.
func pipe(ctx context.Context, t *testing.T, w http.ResponseWriter, addr string) {
	t.Helper()
	out, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	in, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = in.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
	joined := make(chan struct{}, 2)
	for _, ends := range [][2]net.Conn{{in, out}, {out, in}} {
		go func() {
			_, _ = io.Copy(ends[0], ends[1])
			joined <- struct{}{}
		}()
	}
	<-joined
	_, _ = in.Close(), out.Close()
	<-joined
}
