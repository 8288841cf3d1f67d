package sandbox

import (
	"context"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// Dial connects to the sandbox within the process: a real http.Server answers
// on a connection in memory, whatever network and address are named. It is
// meant for http.Transport.DialContext with an http: URL. The first call
// starts the server, which Close ends. Dial returns net.ErrClosed after Close
// and the context's error when that is done. Safe for concurrent use.
func (s *Server) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	l := s.serve()
	client, server := pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Net: "memory", Addr: memoryAddr{}, Err: net.ErrClosed}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// serve starts the server in memory once and returns its listener.
func (s *Server) serve() *listener {
	s.inMemory.Do(func() {
		s.listener = &listener{conns: make(chan net.Conn), closed: make(chan struct{})}
		if s.isClosed() {
			s.listener.end()
			return
		}
		s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute, ErrorLog: quietLog(s.options.Log)}
		s.running.Go(func() { _ = s.http.Serve(s.listener) }) // ends with ErrServerClosed
	})
	return s.listener
}

// listener hands out the server ends of pipes.
type listener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.end()
	return nil
}

func (l *listener) end() { l.once.Do(func() { close(l.closed) }) }

func (l *listener) Addr() net.Addr { return memoryAddr{} }

// quietLog passes net/http's own complaints on at debug level.
func quietLog(to zerolog.Logger) *log.Logger { return log.New(debugWriter{to}, "", 0) }

type debugWriter struct{ log zerolog.Logger }

func (w debugWriter) Write(b []byte) (int, error) {
	w.log.Debug().Str("by", "net/http").Msg(strings.TrimSpace(string(b)))
	return len(b), nil
}
