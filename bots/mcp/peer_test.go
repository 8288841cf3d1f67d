package mcp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"didops/bots/mcp"
)

// forms is the capability of a client that has dialogs with forms.
const forms = `"elicitation":{}`

// peer is a client of either era on either transport that writes raw messages.
type peer struct {
	tb     testing.TB
	modern bool
	can    string // its capabilities
	token  string // for progress; "" = it does not want to know
	calls  int

	send  func(message string) (status int) // 0: not over HTTP, or not known yet
	next  func() string                     // the next message of the server
	leave func()
}

// way is a transport and an era.
type way struct {
	over   string
	modern bool
}

func (w way) String() string {
	if w.modern {
		return "stateless over " + w.over
	}
	return "handshake over " + w.over
}

func ways() []way {
	return []way{{"stdio", false}, {"stdio", true}, {"http", false}, {"http", true}}
}

// meet connects a client of carol's with the server. It must be called in a
// bubble.
func (w way) meet(tb testing.TB, s *mcp.Server, can string) *peer {
	tb.Helper()
	if w.over == "stdio" {
		return overStdio(tb, s, can, w.modern)
	}
	return overHTTP(tb, network(tb, handler(tb, s, mcp.HTTP{LoopbackPrincipal: carol()})), can, w.modern)
}

func overStdio(tb testing.TB, s *mcp.Server, can string, modern bool) *peer {
	tb.Helper()
	c := dial(tb, s, carol())
	p := &peer{tb: tb, modern: modern, can: can, next: c.receive, send: func(message string) int { c.send(message); return 0 }}
	p.leave = func() { _ = c.in.Close() }
	if !modern {
		c.send(p.greeting())
		c.receive()
		c.send(initialized)
	}
	return p
}

func (p *peer) greeting() string {
	return strings.Replace(initialize, `"capabilities":{}`, `"capabilities":{`+p.can+`}`, 1)
}

// overHTTP is a client with the headers, of which it opens a session.
func overHTTP(tb testing.TB, h *http.Client, can string, modern bool, headers ...string) *peer {
	tb.Helper()
	ctx, leave := context.WithCancel(context.Background())
	var streams sync.WaitGroup
	messages := make(chan string, 1024)
	p := &peer{tb: tb, modern: modern, can: can, next: func() string { return <-messages }, leave: func() { leave(); streams.Wait() }}
	tb.Cleanup(p.leave)
	// transfer sends a message and has the answer read, if there is one.
	transfer := func(message string, read func(*http.Response)) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://localhost:8931/mcp", strings.NewReader(message))
		if err != nil {
			tb.Error(err)
			return
		}
		set(r, []string{"Content-Type", "application/json", "Accept", "application/json, text/event-stream"})
		if modern {
			set(r, []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", called(message)})
		}
		set(r, headers)
		resp, err := h.Do(r)
		if err != nil {
			return
		}
		defer resp.Body.Close() //nolint:errcheck // only read
		read(resp)
	}
	if !modern {
		transfer(p.greeting(), func(resp *http.Response) {
			headers = append([]string{"Mcp-Session-Id", resp.Header.Get("Mcp-Session-Id")}, headers...)
		})
	}
	p.send = func(message string) (status int) {
		if strings.Contains(message, `"method":"tools/call"`) {
			streams.Go(func() {
				transfer(message, func(resp *http.Response) { listen(resp.Body, messages) })
			})
			return 0
		}
		transfer(message, func(resp *http.Response) { status = resp.StatusCode })
		return status
	}
	return p
}

var calledName = regexp.MustCompile(`"name":"((?:line|note|slip)_[a-z]+)"`)

// called is the name of the tool that a message calls.
func called(message string) string {
	if found := calledName.FindStringSubmatch(message); found != nil {
		return found[1]
	}
	return ""
}

// listen passes on the messages of an answer, be it one or an event stream.
func listen(answer io.Reader, messages chan<- string) {
	lines := bufio.NewScanner(answer)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if text := strings.TrimPrefix(lines.Text(), "data: "); json.Valid([]byte(text)) {
			messages <- text
		}
	}
}

// network serves h in memory and returns a client of it.
func network(tb testing.TB, h *mcp.Handler) *http.Client {
	tb.Helper()
	return networkOf(tb, h.NewHTTPServer(h))
}

func networkOf(tb testing.TB, srv *http.Server) *http.Client {
	tb.Helper()
	l := &memory{conns: make(chan net.Conn), closed: make(chan struct{})}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	transport := &http.Transport{DialContext: l.dial}
	tb.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = srv.Shutdown(context.Background())
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			tb.Errorf("serve: %v", err)
		}
	})
	return &http.Client{Transport: transport}
}

// memory is a network of one address.
type memory struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *memory) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memory) Close() error {
	close(l.closed)
	return nil
}

func (l *memory) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// call sends a call with more params than the tool's name and arguments.
func (p *peer) call(id, params string) {
	p.tb.Helper()
	meta := ""
	if p.token != "" {
		meta = `"progressToken":"` + p.token + `"`
	}
	if !p.modern {
		p.send(old(id, "tools/call", `"_meta":{`+meta+`},`+params))
		return
	}
	message := modern(id, "tools/call", params)
	message = strings.Replace(message, `clientCapabilities":{}`, `clientCapabilities":{`+p.can+`}`, 1)
	if meta != "" {
		message = strings.Replace(message, `"_meta":{`, `"_meta":{`+meta+`,`, 1)
	}
	p.send(message)
}

// heard is a message of the server, as far as the tests look.
type heard struct {
	Raw    string          `json:"-"`
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		Message  string `json:"message"`
		Progress int    `json:"progress"`
		ID       string `json:"requestId"`
		Schema   schema `json:"requestedSchema"`
	} `json:"params"`
	Result struct {
		Type     string `json:"resultType"`
		State    string `json:"requestState"`
		IsError  bool   `json:"isError"`
		Requests map[string]struct {
			Params struct {
				Message string `json:"message"`
				Schema  schema `json:"requestedSchema"`
			} `json:"params"`
		} `json:"inputRequests"`
		Content struct {
			Next  []string `json:"next"`
			Order struct {
				ID        string   `json:"id"`
				State     string   `json:"state"`
				ApproveAt []string `json:"-"` // what is next
			} `json:"order"`
			Error struct {
				Code string `json:"code"`
			} `json:"error"`
		} `json:"structuredContent"`
	} `json:"result"`
}

type schema struct {
	Properties map[string]any `json:"properties"`
	Required   []string       `json:"required"`
}

func (p *peer) hear() heard {
	p.tb.Helper()
	h := heard{Raw: p.next()}
	if err := json.Unmarshal([]byte(h.Raw), &h); err != nil {
		p.tb.Fatalf("got %q: %v", h.Raw, err)
	}
	h.Result.Content.Order.ApproveAt = h.Result.Content.Next
	return h
}

// question is what a client was asked.
type question struct {
	params string // of the call
	ref    string // the id of the request, or the handle
	text   string
	schema schema
}

// ask makes a call and returns the question that it leads to.
func (p *peer) ask(params string) question {
	p.tb.Helper()
	p.calls++
	p.call(fmt.Sprint(1000+p.calls), params)
	h := p.hear()
	q := question{params: params}
	if p.modern {
		asked := h.Result.Requests["approval"].Params
		q.ref, q.text, q.schema = h.Result.State, asked.Message, asked.Schema
		if h.Result.Type != "input_required" || strings.Contains(h.Raw, "structuredContent") {
			p.tb.Fatalf("got %s, want a request for input", h.Raw)
		}
	} else {
		_ = json.Unmarshal(h.ID, &q.ref)
		q.text, q.schema = h.Params.Message, h.Params.Schema
		if h.Method != "elicitation/create" {
			p.tb.Fatalf("got %s, want a question", h.Raw)
		}
	}
	if q.ref == "" || q.text == "" || len(q.schema.Properties) == 0 {
		p.tb.Fatalf("got %s, want a question that can be answered", h.Raw)
	}
	return q
}

// say answers a question with a result, and returns nothing: see hear.
func (p *peer) say(q question, result string) {
	p.tb.Helper()
	if p.modern {
		p.call("6", q.params+`,"requestState":"`+q.ref+`","inputResponses":{"approval":`+result+`}`)
		return
	}
	if status := p.send(`{"jsonrpc":"2.0","id":"` + q.ref + `","result":` + result + `}`); status != 0 && status != http.StatusAccepted {
		p.tb.Errorf("an answer: got %d, want 202", status)
	}
}

func nop() zerolog.Logger { return zerolog.Nop() }
