package deadline_test

import (
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"didops/internal/deadline"
)

// TestGarbageIsNoAnswer holds that who is reached and speaks no HTTP is told
// from who is not reached.
func TestGarbageIsNoAnswer(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 4096)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	const head = "HTTP/1.1 200 OK\r\n"
	for name, tt := range map[string]struct {
		text       string
		unexpected bool
	}{
		"noise":                  {"\x00\n" + string(noise), true},
		"a line":                 {"SSH-2.0-OpenSSH_9.6\r\n", true},
		"no end of a line":       {strings.Repeat("x", 4096), true},
		"an unknown version":     {"HTTP/one 200 OK\r\n\r\n", true},
		"no status":              {"HTTP/1.1 abc OK\r\n\r\n", true},
		"a field without a name": {head + ": x\r\n\r\n", true},
		"a negative length":      {head + "Content-Length: -1\r\n\r\n", true},
		"two lengths":            {head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", true},
		"an endless field":       {head + "X: " + strings.Repeat("x", 11<<20) + "\r\n\r\n", true},
		"a chunk of no length":   {head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", true},
		"no gzip":                {head + "Content-Encoding: gzip\r\nContent-Length: 30\r\n\r\n" + strings.Repeat("no gzip", 5)[:30], true},
		"an answer":              {head + "Content-Length: 2\r\n\r\n{}", false},
		"a body that is cut":     {head + "Content-Length: 20\r\n\r\n{}", false},
		"nothing":                {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			next := &http.Transport{}
			defer next.CloseIdleConnections()
			r := request(t.Context(), t)
			r.URL.Host = answering(t, tt.text)
			resp, err := (&http.Client{Transport: deadline.Transport{Next: next}}).Do(r)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
			}
			if errors.Is(err, deadline.ErrUnexpected) != tt.unexpected {
				t.Errorf("got %v, want unexpected: %v", err, tt.unexpected)
			}
		})
	}
}

// TestGarbageBeforeTheRequest has what comes where TLS, or the answer of a
// proxy, should.
func TestGarbageBeforeTheRequest(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"noise": "\x01\x02\x03\x04noise, not TLS\r\n\r\n", "plain HTTP": "HTTP/1.1 400 Bad Request\r\n\r\n"} {
		for _, proxied := range []bool{false, true} {
			if proxied && name != "noise" {
				continue // is an answer of a proxy
			}
			next := &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
			address := answering(t, text)
			if proxied {
				next.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: address})
			}
			r := request(t.Context(), t)
			r.URL.Scheme, r.URL.Host = "https", address
			resp, err := (&http.Client{Transport: deadline.Transport{Next: next}}).Do(r)
			if err == nil {
				_ = resp.Body.Close()
			}
			if !errors.Is(err, deadline.ErrUnexpected) {
				t.Errorf("%s, proxied %v: got %v, want unexpected", name, proxied, err)
			}
		}
	}
}

// answering is an address where whatever comes first is answered by those bytes
// and no more.
func answering(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // ends with the test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				if _, err := c.Read(make([]byte, 4096)); err == nil {
					_, _ = io.WriteString(c, text)
					_ = c.(*net.TCPConn).CloseWrite()
					_, _ = io.Copy(io.Discard, c)
				}
			}()
		}
	}()
	return l.Addr().String()
}
