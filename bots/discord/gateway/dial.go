package gateway

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/websocket"
)

// dialer makes connections of the gateway.
type dialer struct {
	dial  func(ctx context.Context, network, addr string) (net.Conn, error)
	proxy func(*http.Request) (*url.URL, error)
	tls   *tls.Config
}

// dial opens a connection of the gateway.
func (l *Link) dial(ctx context.Context, at string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, l.c.Times.Hello)
	defer cancel()
	d := l.newDialer()
	ws := websocket.Dialer{NetDialContext: d.plain, NetDialTLSContext: d.secure}
	conn, resp, err := ws.DialContext(ctx, strings.TrimSuffix(at, "/")+"/?v=10&encoding=json", nil)
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	switch {
	case err != nil && resp != nil:
		return nil, fmt.Errorf("open the gateway: %w: status %d", ErrUnavailable, resp.StatusCode)
	case err != nil:
		return nil, fmt.Errorf("open the gateway: %w: %s", ErrUnavailable, l.clean(err.Error()))
	}
	return conn, nil
}

// newDialer dials as REST calls are dialled, where their transport tells:
// the same way, through the same proxy, and trusting the same authorities.
func (l *Link) newDialer() *dialer {
	d := &dialer{tls: &tls.Config{MinVersion: tls.VersionTLS12}, dial: new(net.Dialer).DialContext}
	if t, ok := l.c.Transport.(*http.Transport); ok {
		d.proxy = t.Proxy
		if t.DialContext != nil {
			d.dial = t.DialContext
		}
		if t.TLSClientConfig != nil {
			d.tls = t.TLSClientConfig.Clone()
		}
	}
	return d
}

// plain connects without TLS, which is done to this machine only.
func (d *dialer) plain(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || !loopback(host) {
		return nil, errors.New("the gateway's address is without TLS and not on loopback")
	}
	return d.dial(ctx, network, addr)
}

// secure connects with TLS, through the proxy where there is one.
func (d *dialer) secure(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	var proxy *url.URL
	dest := addr
	if d.proxy != nil {
		if proxy, err = d.proxy(&http.Request{URL: &url.URL{Scheme: "https", Host: addr}}); err != nil {
			return nil, err
		}
	}
	if proxy != nil {
		dest = proxyAddress(proxy)
	}
	conn, err := d.dial(ctx, network, dest)
	if err != nil {
		return nil, err
	}
	if proxy != nil {
		if err := tunnel(ctx, conn, proxy, addr); err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	d.tls.ServerName, d.tls.NextProtos = host, []string{"http/1.1"}
	secure := tls.Client(conn, d.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secure, nil
}

func proxyAddress(proxy *url.URL) string {
	if proxy.Port() != "" {
		return proxy.Host
	}
	return net.JoinHostPort(proxy.Hostname(), "80")
}

// tunnel asks an HTTP proxy for a connection to an address.
func tunnel(ctx context.Context, conn net.Conn, proxy *url.URL, addr string) error {
	if proxy.Scheme != "http" {
		return errors.New("the gateway is reached through proxies by http only")
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if u := proxy.User; u != nil {
		password, _ := u.Password()
		login := http.Request{Header: http.Header{}}
		login.SetBasicAuth(u.Username(), password)
		req.Header.Set("Proxy-Authorization", login.Header.Get("Authorization"))
	}
	if err := req.Write(conn); err != nil {
		return err
	}
	// One byte at a time, so that nothing of what comes after is lost.
	resp, err := http.ReadResponse(bufio.NewReaderSize(oneByOne{conn}, 16), req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the proxy answers %d", resp.StatusCode)
	}
	return nil
}

// oneByOne reads a byte at a time.
type oneByOne struct{ from io.Reader }

// Read reads a byte.
func (o oneByOne) Read(p []byte) (int, error) { return o.from.Read(p[:min(1, len(p))]) }
