package gateway

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// watch is a connection of the gateway that knows what is said on it, since
// discordgo keeps to itself why a connection ended, and handles two frames
// badly: told to reconnect (op 7) in the middle of Open it locks up for good,
// and an invalid session (op 9) it identifies anew at once and without end,
// which uses up the identifies of a day. To discordgo, these and a close frame
// are where the connection breaks.
type watch struct {
	net.Conn
	now  func() time.Time
	over chan struct{} // closed at the end, when all before it has been handled
	last atomic.Int64  // when something was read, in nanoseconds

	once sync.Once // of closing it
	mu   sync.Mutex
	why  *ending
	scan scanner // only in Read
}

// ending is why a connection is over.
type ending struct {
	code int   // of a close frame
	op   int   // 7 or 9
	err  error // of the network
}

func (e *ending) Error() string {
	switch {
	case e.code != 0:
		return fmt.Sprintf("Discord closed the connection with code %d", e.code)
	case e.op == opReconnect:
		return "Discord asked to reconnect"
	case e.op == opInvalidSession:
		return "Discord called the session invalid"
	}
	return fmt.Sprintf("the connection broke: %v", e.err)
}

const (
	opReconnect      = 7
	opInvalidSession = 9
)

var errOver = errors.New("the connection is over")

func newWatch(conn net.Conn, now func() time.Time) *watch {
	w := &watch{Conn: conn, now: now, over: make(chan struct{})}
	w.last.Store(now().UnixNano())
	return w
}

// Read reads up to the frame that ends the connection.
func (w *watch) Read(p []byte) (int, error) {
	if w.ending() != nil {
		return 0, w.finish()
	}
	n, err := w.Conn.Read(p)
	if n > 0 {
		w.last.Store(w.now().UnixNano())
	}
	keep, end := w.scan.feed(p[:n])
	if end != nil {
		w.end(end)
	} else if err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("closed without a word")
		}
		w.end(&ending{err: err})
	}
	if keep == 0 && w.ending() != nil {
		return 0, w.finish()
	}
	return keep, nil
}

// Close ends the connection.
func (w *watch) Close() error {
	w.end(&ending{err: errors.New("closed by us")})
	_ = w.finish()
	return w.Conn.Close()
}

func (w *watch) end(e *ending) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.why == nil {
		w.why = e
	}
}

// finish tells that the end has come. Before, discordgo may have to handle
// what was read in one piece with it; it asks for more when it has.
func (w *watch) finish() error {
	w.once.Do(func() { close(w.over) })
	return errOver
}

func (w *watch) ending() *ending {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.why
}

// silence is how long nothing was read.
func (w *watch) silence() time.Duration { return time.Duration(w.now().UnixNano() - w.last.Load()) }
