package sandbox

import (
	"io"
	"net"
	"os"
	"sync"
	"time"

	"didops/internal/deadline"
)

// pipeSize is how much may be on its way in one direction.
const pipeSize = 64 << 10

// pipe returns the two ends of a connection in memory. Unlike net.Pipe it
// buffers, so that a server need not wait for every read of its client.
func pipe() (client, server net.Conn) {
	up, down := newStream(), newStream()
	return &conn{in: down, out: up}, &conn{in: up, out: down}
}

type conn struct{ in, out *stream }

func (c *conn) Read(b []byte) (int, error)  { return c.in.read(b) }
func (c *conn) Write(b []byte) (int, error) { return c.out.write(b) }

// Close ends both directions. What was written before can still be read by
// the other end.
func (c *conn) Close() error {
	c.in.closeReader()
	c.out.closeWriter()
	return nil
}

func (c *conn) LocalAddr() net.Addr  { return memoryAddr{} }
func (c *conn) RemoteAddr() net.Addr { return memoryAddr{} }

func (c *conn) SetDeadline(t time.Time) error {
	c.in.setReadDeadline(t)
	c.out.setWriteDeadline(t)
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.in.setReadDeadline(t)
	return nil
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.out.setWriteDeadline(t)
	return nil
}

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "sandbox" }

// stream is one direction: a ring of bytes with a reader and a writer.
type stream struct {
	mu      sync.Mutex
	changed *sync.Cond
	ring    []byte // made at the first write
	start   int
	count   int
	noMore  bool // the writer has closed
	nobody  bool // the reader has closed
	reading expiry
	writing expiry
}

// expiry is when one side stops waiting.
type expiry struct {
	timer *time.Timer
	round int // the timers of earlier rounds are void
	past  bool
}

func newStream() *stream {
	s := &stream{}
	s.changed = sync.NewCond(&s.mu)
	return s
}

func (s *stream) read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.nobody:
			return 0, io.ErrClosedPipe
		case s.reading.past:
			return 0, os.ErrDeadlineExceeded
		case len(b) == 0:
			return 0, nil
		case s.count > 0:
			return s.take(b), nil
		case s.noMore:
			return 0, io.EOF
		}
		s.changed.Wait()
	}
}

func (s *stream) take(b []byte) int {
	n := 0
	for n < len(b) && s.count > 0 {
		m := copy(b[n:], s.ring[s.start:min(s.start+s.count, len(s.ring))])
		s.start = (s.start + m) % len(s.ring)
		s.count -= m
		n += m
	}
	s.changed.Broadcast()
	return n
}

func (s *stream) write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ring == nil {
		s.ring = make([]byte, pipeSize)
	}
	n := 0
	for {
		switch {
		case s.noMore || s.nobody:
			return n, io.ErrClosedPipe
		case s.writing.past:
			return n, os.ErrDeadlineExceeded
		}
		for n < len(b) && s.count < len(s.ring) {
			end := (s.start + s.count) % len(s.ring)
			m := copy(s.ring[end:min(end+len(s.ring)-s.count, len(s.ring))], b[n:])
			s.count += m
			n += m
		}
		s.changed.Broadcast()
		if n == len(b) {
			return n, nil
		}
		s.changed.Wait()
	}
}

func (s *stream) closeReader() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nobody = true
	s.ring, s.count = nil, 0
	s.reading.stop()
	s.changed.Broadcast()
}

func (s *stream) closeWriter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noMore = true
	s.writing.stop()
	s.changed.Broadcast()
}

func (s *stream) setReadDeadline(t time.Time)  { s.setDeadline(&s.reading, t) }
func (s *stream) setWriteDeadline(t time.Time) { s.setDeadline(&s.writing, t) }

func (s *stream) setDeadline(d *expiry, t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.stop()
	left := deadline.Until(t)
	switch {
	case t.IsZero():
	case left <= 0:
		d.past = true
	default:
		round := d.round
		d.timer = time.AfterFunc(left, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if d.round == round {
				d.past = true
				s.changed.Broadcast()
			}
		})
	}
	s.changed.Broadcast()
}

// stop voids the running timer. The stream's lock is held.
func (d *expiry) stop() {
	if d.timer != nil {
		d.timer.Stop()
	}
	d.round++
	d.past = false
	d.timer = nil
}
