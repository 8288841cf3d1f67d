package gateway_test

import (
	"context"
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
