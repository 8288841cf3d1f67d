// Package sandbox is an emulated TelecomsXChange buyers' DID exchange.
//
// It speaks the same API over real HTTP: strict where the exchange is strict
// (signature, magic fields, pager and off set or unset together) and sloppy
// where the exchange is sloppy (mixed types, Nexmo rows without i_did, several
// spellings of a country, pages shorter than asked, logical errors as HTTP
// 200). It is at once the demo market of the program, the server behind
// "didops sandbox" and the fake exchange of the tests.
//
// The market is a pure function of a seed and a size and takes no memory; what
// was bought is kept in a SQLite file that any number of processes share.
// Where the buyers' API document is silent, this package decides: a purchase
// is answered with status and message only, an update replaces both contacts,
// an unknown account is accepted if it is a positive integer, and a number renews
// every month, counted from its purchase: on the last day of a month that is too
// short.
package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Server is a sandbox. Safe for concurrent use.
type Server struct {
	options Options
	load    func() (*listings, error) // the market, made when first asked for
	state   *state
	prices  prices
	twins   twins
	script  script
	journal journal
	buffers sync.Pool // *[]byte

	inMemory sync.Once
	listener *listener
	http     *http.Server
	running  sync.WaitGroup

	closing sync.Once
	closed  chan struct{}
}

// New returns a sandbox. It is cheap: the market is laid out and the state
// file opened by the first request that needs them. An error says which
// option is out of its bounds.
func New(o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, closed: make(chan struct{})}
	s.load = sync.OnceValues(func() (*listings, error) {
		m, err := newMarket(o.Seed, o.Numbers)
		if err != nil {
			return nil, err
		}
		return newListings(m), nil
	})
	s.state = newState(o.State, fmt.Sprintf("%d/%d", o.Seed, o.Numbers))
	return s, nil
}

// Close ends the server in memory with its connections and closes the state
// file. A second call does nothing.
func (s *Server) Close() error {
	var err error
	s.closing.Do(func() {
		close(s.closed)
		l := s.serve()
		if s.http != nil {
			err = s.http.Close()
		}
		l.end()
		s.running.Wait()
		if e := s.state.close(); e != nil {
			err = fmt.Errorf("close the sandbox state: %w", e)
		}
	})
	return err
}

func (s *Server) isClosed() bool {
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}

// bodyMost is the most bytes of a request that are read.
const bodyMost = 1 << 20

// ServeHTTP answers one request of the exchange's API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.options.Control && strings.HasPrefix(r.URL.Path, controlPath) {
		s.serveControl(w, r)
		return
	}
	form, err := readForm(w, r)
	if err != nil {
		http.Error(w, "Bad Request", http.StatusBadRequest)
		return
	}
	e, known := s.options.endpointOf(r.URL.Path)
	op := Operation("")
	if known {
		op = e.choose(form)
	}
	s.journal.record(r, op, form)
	x := &exchange{server: s, request: r, writer: w, operation: op, form: form, endpoint: e, now: s.options.Now()}
	x.faults = s.script.draw(op)
	x.serve(r.Context(), known)
}

// readForm reads URL, form and multipart parameters into one set.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	r.Body = http.MaxBytesReader(w, r.Body, bodyMost)
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		err = r.ParseMultipartForm(bodyMost) //nolint:gosec // the body is bounded above
	} else {
		err = r.ParseForm()
	}
	if err != nil {
		return nil, fmt.Errorf("read the parameters: %w", err)
	}
	return r.Form, nil
}

// exchange is one request on its way to an answer.
type exchange struct {
	server    *Server
	request   *http.Request
	writer    http.ResponseWriter
	operation Operation
	form      url.Values
	endpoint  endpoint
	now       time.Time
	faults    drawn
}

// serve answers, with the faults that were drawn for this request.
func (x *exchange) serve(ctx context.Context, known bool) {
	if x.before(ctx) {
		return
	}
	h := x.writer.Header()
	h.Set("Date", x.now.UTC().Format(http.TimeFormat))
	if !known {
		h.Set("Content-Type", "text/html; charset=UTF-8")
		x.writer.WriteHeader(http.StatusNotFound)
		_, _ = x.writer.Write([]byte("<html><head><title>404 Not Found</title></head><body>Not Found</body></html>\n"))
		return
	}
	b := x.server.buffer()
	defer func() { x.server.buffers.Put(b) }()
	*b = x.answer(ctx, (*b)[:0])
	if *b == nil {
		x.server.askDigest(h, x.now)
		x.writer.WriteHeader(http.StatusUnauthorized)
		return
	}
	h.Set("Content-Type", "application/json")
	x.after(ctx, *b)
}

// answer authenticates, acts and returns b with the answer appended, or nil
// for a Digest challenge.
func (x *exchange) answer(ctx context.Context, b []byte) []byte {
	switch x.server.authenticate(x.request, x.form, x.endpoint.controller, x.now) {
	case challenge:
		return nil
	case wrongSignature:
		return append(b, `{"error":"Wrong signature","status":"fail"}`...)
	case accepted:
	}
	if answer, ok := x.faults.logical(b, Logical); ok {
		return answer
	}
	if !magicFields(x.operation, x.form) {
		return appendStatus(b, "error", textError)
	}
	// What has been received is carried out even if the client hangs up.
	ctx = context.WithoutCancel(ctx)
	switch x.operation {
	case Market:
		return x.market(ctx, b)
	case List:
		return x.list(ctx, b)
	case Purchase:
		return x.purchase(ctx, b)
	case Update:
		return x.update(ctx, b)
	case Unsubscribe:
		return x.unsubscribe(ctx, b)
	case Calls, Messages:
		return x.history(ctx, b)
	case Message:
		return x.message(ctx, b)
	}
	return appendStatus(b, "error", textError)
}

// The texts of the buyers' API document.
const (
	textError        = "There was an error."
	textSold         = "This DID can not be purchased, it has been already sold"
	textUpdated      = "DID entry has been updated."
	textUnsubscribed = "Unsubscribed successfully"
	textPurchased    = "DID has been purchased."
)

func appendStatus(b []byte, status, message string) []byte {
	b = append(b, `{"status":"`...)
	b = append(b, status...)
	b = append(b, `","message":`...)
	b = appendString(b, message)
	return append(b, '}')
}

// buffer returns a buffer for an answer. Very large ones are not used again.
func (s *Server) buffer() *[]byte {
	if b, ok := s.buffers.Get().(*[]byte); ok && cap(*b) <= 4<<20 {
		return b
	}
	return new([]byte)
}
