package deadline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"sync"
	"time"
)

// ErrUnexpected is in the error of a request that was answered by something
// that is no answer to it: a final status below 200, more informational
// answers than anybody has a use for (RFC 9110, section 15.2), or bytes that are
// no HTTP or no TLS at all.
var ErrUnexpected = errors.New("an answer of a kind that nobody asked for")

// maxInformational is how many informational answers may precede an answer.
const maxInformational = 8

// Transport is an [http.RoundTripper] whose requests are over when their
// context is, whatever the other side sends: the connection is closed under a
// request that goes on after that. It refuses what [ErrUnexpected] names,
// without reading it: after a switch of protocols net/http hands the
// connection over, and a reader of the body is not told of the context's end.
// Safe for concurrent use if Next is.
type Transport struct {
	Next http.RoundTripper // needed
}

// RoundTrip implements [http.RoundTripper].
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &watch{}
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { w.got(info.Conn) }, Got1xxResponse: w.informed, GotFirstResponseByte: w.began,
	})
	unwatch := context.AfterFunc(ctx, w.ended)
	stop := func() {
		unwatch()
		w.stop()
	}
	resp, err := t.Next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		stop()
		return nil, w.named(err)
	}
	if resp.StatusCode < http.StatusOK {
		stop()
		w.close()
		go func() { _ = resp.Body.Close() }()
		return nil, fmt.Errorf("HTTP %d: %w", resp.StatusCode, ErrUnexpected)
	}
	resp.Body = &watchedBody{resp.Body, stop}
	return resp, nil
}

// CloseIdleConnections does so if Next can.
func (t Transport) CloseIdleConnections() {
	if c, ok := t.Next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// watch is over one request. It is safe for concurrent use.
type watch struct {
	mu    sync.Mutex
	conn  net.Conn
	timer *time.Timer
	over  bool // the request has come to its end by itself
	count int  // of informational answers
	heard bool // something came back
}

func (w *watch) got(conn net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conn = conn
}

func (w *watch) informed(int, textproto.MIMEHeader) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.count++; w.count > maxInformational {
		return fmt.Errorf("%d informational answers: %w", w.count, ErrUnexpected)
	}
	return nil
}

// ended leaves a request whose context has ended a moment to notice.
func (w *watch) ended() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		w.timer = time.AfterFunc(Grace, w.close)
	}
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	if w.timer != nil {
		w.timer.Stop()
	}
}

// close closes the connection itself: one of TLS would say goodbye first.
func (w *watch) close() {
	w.mu.Lock()
	conn := w.conn
	w.mu.Unlock()
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secure.NetConn()
	}
	if conn != nil {
		_ = conn.Close()
	}
}

// watchedBody ends the watch with the body. From then on its connection may
// serve another request.
type watchedBody struct {
	io.ReadCloser
	stop func()
}

// Read implements [io.Reader].
func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.stop()
		err = misread(err)
	}
	return n, err
}

// Close implements [io.Closer].
func (b *watchedBody) Close() error {
	err := b.ReadCloser.Close()
	b.stop()
	return err
}
