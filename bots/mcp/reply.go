package mcp

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"didops/internal/deadline"
)

const (
	bodyTime  = 30 * time.Second // for a client to send a message
	writeTime = 30 * time.Second // for a client to accept a piece of an answer

	eventStream = "text/event-stream"
)

// reply is the ResponseWriter that mcp-go answers one request with. Progress
// goes through it to the client straight away: the first notification turns
// the answer into an event stream, and mcp-go's own answer, a single JSON
// message, then becomes the last event of it. So nothing is lost or out of
// order, and nothing reaches another request of the session.
//
// It is safe for concurrent use, but for Header, which is mcp-go's to guard,
// and fixed, which is for the time before mcp-go has the request.
type reply struct {
	to     http.ResponseWriter
	ctl    *http.ResponseController
	header http.Header      // mcp-go's, added when the status is written
	id     json.RawMessage  // of the request, once it is known
	events bool             // the client reads event streams
	begun  chan struct{}    // closed when the answer has begun as an event stream
	tell   func(status int) // told when it is a refusal; may be nil

	instead *ownAnswer // is written in place of what mcp-go writes; nil: nothing is

	mu     sync.Mutex
	wrote  bool // the status is written
	stream bool // it was written as an event stream
	wrap   bool // what mcp-go writes is a JSON message for that stream
	ended  bool // the request has been served
}

func newReply(w http.ResponseWriter, r *http.Request) *reply {
	return &reply{
		to: w, ctl: http.NewResponseController(w), header: http.Header{}, begun: make(chan struct{}),
		events: strings.Contains(strings.Join(r.Header["Accept"], ","), eventStream),
	}
}

// fixed returns the headers that the answer has in any case.
func (w *reply) fixed() http.Header { return w.to.Header() }

// Header implements http.ResponseWriter.
func (w *reply) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *reply) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	status = w.instead.statusOr(status)
	events := strings.HasPrefix(w.header.Get("Content-Type"), eventStream)
	if w.wrote {
		w.wrap = w.stream && !events
		return
	}
	w.begin(status, w.header, events)
}

// Write implements http.ResponseWriter.
func (w *reply) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.wrote {
		w.begin(http.StatusOK, w.header, false)
	}
	text := w.instead.or(p)
	if w.wrap {
		return len(p), w.event(text)
	}
	defer w.inTime()()
	_, err := w.to.Write(text)
	return len(p), err
}

// Flush implements http.Flusher.
func (w *reply) Flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.inTime()()
	_ = w.ctl.Flush()
}

// notify sends a message that is no answer to the client, if its answer is or
// can become an event stream.
func (w *reply) notify(message []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || !w.events || w.wrote && !w.stream {
		return
	}
	if !w.wrote {
		w.begin(http.StatusOK, http.Header{
			"Content-Type":  {eventStream},
			"Cache-Control": {"no-cache"},
		}, true)
	}
	_ = w.event(message) // the client is gone: its context says so
}

// refuse answers the request with a JSON-RPC error.
func (w *reply) refuse(status int, r *refusal) {
	if r.id == nil {
		r.id = w.id
	}
	if w.tell != nil {
		w.tell(status)
	}
	w.header.Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(r.bytes(), '\n'))
}

// end makes the reply silent: the client's connection is for others now.
func (w *reply) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
}

// body reads the body of the request, in bounded size. When all of it is there
// the time for it is lifted: what is read from then on tells whether the client
// has left, and it may stay for as long as its answer takes.
func (w *reply) body(r *http.Request) ([]byte, error) {
	text, err := io.ReadAll(http.MaxBytesReader(w.to, r.Body, maxMessage))
	if err == nil {
		_ = w.ctl.SetReadDeadline(time.Time{})
	}
	return text, err
}

// impatient bounds what an http.Server does around a handler: it reads on for
// the rest of a body that nobody wanted, and then sends what of the answer it
// still holds.
func impatient(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctl := http.NewResponseController(w)
		_ = ctl.SetWriteDeadline(time.Time{}) // that of the request before on the connection
		if r.Body != http.NoBody {
			_ = ctl.SetReadDeadline(deadline.In(bodyTime))
		}
		handler.ServeHTTP(w, r)
		_ = ctl.SetWriteDeadline(deadline.In(bodyTime + writeTime)) // a rest of the body comes first
	})
}

func (w *reply) begin(status int, header http.Header, stream bool) {
	maps.Copy(w.to.Header(), header)
	w.to.WriteHeader(status) // is sent with what is written next
	w.wrote, w.stream = true, stream
	if stream {
		close(w.begun)
	}
}

func (w *reply) event(message []byte) error {
	var buf bytes.Buffer
	buf.WriteString("event: message\ndata: ")
	buf.Write(bytes.TrimRight(message, "\n"))
	buf.WriteString("\n\n")
	defer w.inTime()()
	if _, err := w.to.Write(buf.Bytes()); err != nil {
		return err
	}
	return w.ctl.Flush()
}

// inTime bounds the time for what is written until the function that it
// returns is called. The bound must not outlast that: HTTP/2 ends a stream at
// its deadline, whether something waits to be written or not.
func (w *reply) inTime() (done func()) {
	_ = w.ctl.SetWriteDeadline(deadline.In(writeTime))
	return func() { _ = w.ctl.SetWriteDeadline(time.Time{}) }
}
