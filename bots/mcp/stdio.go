package mcp

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"didops/internal/identity"
	"didops/internal/incident"
)

const (
	// maxOpen is how many requests one client may have open at once. A call
	// that waits for a person holds its place.
	maxOpen = 128

	// afterInput is how long calls may go on when the input has ended, before
	// they are cancelled. Clients kill a server two seconds after that.
	afterInput = time.Second

	// afterEnd is how long the answers of cancelled calls may take to be
	// written. A client that does not read them must not keep the process.
	afterEnd = 5 * time.Second
)

var errCancelled = errors.New("cancelled by the client")

// Stdio serves one client: a message a line on in, answers and notifications
// on out, and nothing else on out. Every request is the principal's.
//
// It returns nil when in has ended and the open calls were answered or, after
// a second, cancelled; and nil when ctx is done, which cancels them at once.
// It returns an error when in or out fails. A Read of in that does not return
// is left behind when ctx ends, and so is, five seconds after the calls were
// cancelled, a Write of out, which is an error.
func (s *Server) Stdio(ctx context.Context, in io.Reader, out io.Writer, who identity.Principal) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	p := &pipe{
		server: s, session: newSession(), who: who, out: out, turn: make(chan struct{}, 1), stop: stop,
		open: map[string]context.CancelCauseFunc{},
	}
	ctx = withCaller(s.mcp.WithContext(ctx, p.session), caller{who: who, session: p.session.id, notify: p.write, reached: true})

	lines := make(chan line)
	go feed(ctx, in, lines, func() { time.AfterFunc(afterInput, func() { stop(nil) }) })
	ended := make(chan error, 1)
	go func() {
		err := p.take(ctx, lines)
		p.calls.Wait()
		ended <- err
	}()
	late := make(chan struct{})
	defer context.AfterFunc(ctx, func() { time.AfterFunc(afterEnd, func() { close(late) }) })()
	select {
	case err := <-ended:
		if cause := context.Cause(ctx); errors.Is(cause, errOutput) {
			return cause
		}
		return err
	case <-late:
		return fmt.Errorf("%w: it does not read what it asked for", errOutput)
	}
}

var errOutput = errors.New("write to the client")

// pipe is one client on a pair of streams.
type pipe struct {
	server  *Server
	session *session
	who     identity.Principal
	stop    context.CancelCauseFunc
	calls   sync.WaitGroup

	out  io.Writer
	turn chan struct{} // held by who writes; it has room for one

	openMu sync.Mutex
	open   map[string]context.CancelCauseFunc // by request id
}

// take serves line after line until there is none.
func (p *pipe) take(ctx context.Context, lines <-chan line) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case l := <-lines:
			switch {
			case errors.Is(l.err, io.EOF):
				return nil
			case l.err != nil:
				return fmt.Errorf("read from the client: %w", l.err)
			case l.refusal != nil:
				p.write(l.refusal.bytes())
			default:
				p.message(ctx, l.text)
			}
		}
	}
}

func (p *pipe) message(ctx context.Context, text []byte) {
	m, refused := p.server.read(ctx, p.who, text)
	switch {
	case refused != nil:
		p.write(refused.bytes())
	case m.Method == string(mcp.MethodNotificationCancelled):
		p.cancel(m.Params)
	case m.request():
		p.serve(ctx, m)
	case m.response():
		p.server.dialogs.take(callerOf(ctx), m)
	default:
		p.server.answer(ctx, m) // a notification: there is none
	}
}

// serve answers a request in a goroutine of its own, so that one which waits
// holds up no other.
func (p *pipe) serve(ctx context.Context, m message) {
	ctx, cancel := context.WithCancelCause(ctx)
	if refused := p.begin(m.ID, cancel); refused != nil {
		cancel(nil)
		p.write(refused.bytes())
		return
	}
	p.calls.Go(func() {
		defer cancel(nil)
		answer := p.server.answer(ctx, m)
		p.end(m.ID)
		if !errors.Is(context.Cause(ctx), errCancelled) {
			p.write(answer)
		}
	})
}

func (p *pipe) begin(id json.RawMessage, cancel context.CancelCauseFunc) *refusal {
	p.openMu.Lock()
	defer p.openMu.Unlock()
	if _, twice := p.open[string(id)]; twice {
		return &refusal{id: id, code: mcp.INVALID_REQUEST, text: "a request with this id is still open"}
	}
	if len(p.open) >= maxOpen {
		return &refusal{id: id, code: codeRefused, text: fmt.Sprintf("%d requests are open: wait for an answer", maxOpen)}
	}
	p.open[string(id)] = cancel
	return nil
}

func (p *pipe) end(id json.RawMessage) {
	p.openMu.Lock()
	defer p.openMu.Unlock()
	delete(p.open, string(id))
}

// cancel ends the request that the notification names; it gets no answer.
func (p *pipe) cancel(params json.RawMessage) {
	var named struct {
		ID json.RawMessage `json:"requestId"`
	}
	if json.Unmarshal(params, &named) != nil {
		return
	}
	p.openMu.Lock()
	defer p.openMu.Unlock()
	if cancel, ok := p.open[string(named.ID)]; ok {
		cancel(errCancelled)
	}
}

// write sends one message, after what mcp-go has queued for the client.
func (p *pipe) write(text []byte) {
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	var buf bytes.Buffer
	for _, queued := range p.session.queued() {
		buf.Write(queued)
		buf.WriteByte('\n')
	}
	buf.Write(text)
	buf.WriteByte('\n')
	if _, err := p.out.Write(buf.Bytes()); err != nil {
		p.stop(fmt.Errorf("%w: %w", errOutput, err))
	}
}

// answer lets mcp-go take a message and returns its answer. A panic becomes
// an error with a reference.
func (s *Server) answer(ctx context.Context, m message) []byte {
	own := &ownAnswer{id: m.ID, modern: modernBody(m)}
	ctx = withOwnAnswer(withArgs(s.gate.Begin(ctx), m), own)
	var answer []byte
	err := incident.Guard(m.Method, func() (err error) {
		if ownRequest(m) {
			return s.serveOwn(ctx, m, nil, own)
		}
		if answer, err = json.Marshal(s.mcp.HandleMessage(ctx, m.text)); err != nil {
			return fmt.Errorf("write the answer of %s: %w", m.Method, err)
		}
		return nil
	})
	if err != nil {
		return s.broken(ctx, m.ID, err).bytes()
	}
	return own.or(answer)
}

// broken logs what went wrong on our side, and refuses the message with no
// more than a reference.
func (s *Server) broken(ctx context.Context, id json.RawMessage, err error) *refusal {
	return &refusal{id: id, code: mcp.INTERNAL_ERROR, text: sentence(s.boundary.Report(ctx, err))}
}

// line is one message of the input, or what is wrong with it.
type line struct {
	text    []byte
	refusal *refusal
	err     error
}

// feed sends the lines of in until it ends, which it sends too. Before, it calls
// over: who takes the lines may be writing what nobody reads.
func feed(ctx context.Context, in io.Reader, lines chan<- line, over func()) {
	r := bufio.NewReader(in)
	skipMarks(r)
	for {
		l := next(r)
		if l.err == nil && l.refusal == nil && len(bytes.TrimSpace(l.text)) == 0 {
			continue
		}
		if l.err != nil {
			over()
		}
		select {
		case lines <- l:
		case <-ctx.Done():
			return
		}
		if l.err != nil {
			return
		}
	}
}

// skipMarks reads up to the first message. What can't be read is for who reads
// that to find.
func skipMarks(r *bufio.Reader) {
	for {
		size := 1
		b, err := r.Peek(size)
		if err != nil {
			return
		}
		if b[0] == byteOrderMark[0] {
			size = len(byteOrderMark)
			if b, err = r.Peek(size); err != nil || string(b) != byteOrderMark {
				return
			}
		} else if !bytes.ContainsAny(b, blank) {
			return
		}
		_, _ = r.Discard(size) // is buffered
	}
}

// next reads a line. One that is too long is skipped in pieces, and refused
// by the id that stands in it.
func next(r *bufio.Reader) line {
	rest := &restOfLine{r: r}
	text, err := io.ReadAll(io.LimitReader(rest, maxMessage+1))
	switch {
	case err != nil:
		return line{err: err}
	case len(text) == 0:
		return line{err: io.EOF}
	case len(text) <= maxMessage:
		return line{text: text}
	}
	id := requestID(io.MultiReader(bytes.NewReader(text), rest))
	if _, err := io.Copy(io.Discard, rest); err != nil {
		return line{err: err}
	}
	return line{refusal: tooLong(id)}
}

// restOfLine reads up to and including the next line feed.
type restOfLine struct {
	r    *bufio.Reader
	done bool
}

func (l *restOfLine) Read(p []byte) (int, error) {
	if l.done {
		return 0, io.EOF
	}
	if _, err := l.r.Peek(1); err != nil {
		return 0, err
	}
	buf, err := l.r.Peek(min(l.r.Buffered(), len(p)))
	if err != nil {
		return 0, err
	}
	if i := bytes.IndexByte(buf, '\n'); i >= 0 {
		buf, l.done = buf[:i+1], true
	}
	return l.r.Discard(copy(p, buf))
}
