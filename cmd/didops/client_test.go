package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// client is an MCP client of either era, which writes what it likes.
type client struct {
	t       *testing.T
	modern  bool
	person  func(question string) (result string) // who answers dialogs; "" = nobody; nil = it has none
	post    func(message string)
	heard   chan string // what the server sends; closed at its end
	rest    func()      // waits until the server has taken what was sent; only without an open call
	hangUp  func()      // and wait for the end
	asked   []string    // the text of every dialog
	handles []string    // of the newer era
	last    int         // id of the last request
}

const (
	sayYes = `{"action":"accept","content":{"approve":true}}`
	sayNo  = `{"action":"accept","content":{"approve":false}}`
)

// yes accepts whatever is asked.
func yes(string) string { return sayYes }

// silence is a client that has dialogs and leaves them open.
func silence(string) string { return "" }

// answer is a message of the server.
type answer struct {
	Raw    string          `json:"-"`
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		Message string `json:"message"`
	} `json:"params"`
	Error struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
	Result struct {
		IsError bool   `json:"isError"`
		State   string `json:"requestState"`
		Asks    map[string]struct {
			Params struct {
				Message string `json:"message"`
			} `json:"params"`
		} `json:"inputRequests"`
		Content []struct {
			Text string `json:"text"`
		} `json:"content"`
		Data told `json:"structuredContent"`
	} `json:"result"`
}

func answerIn(line string) answer {
	a := answer{Raw: line}
	_ = json.Unmarshal([]byte(line), &a) // what is none says nothing
	return a
}

func (a answer) order() ticket {
	if a.Result.Data.Order == nil {
		return ticket{}
	}
	return *a.Result.Data.Order
}

// refused checks that a call came to nothing, for a reason.
func (a answer) refused(t *testing.T, what, code, words string) {
	t.Helper()
	got := a.Result.Data.Error
	if !a.Result.IsError || got.Code != code || !strings.Contains(a.Raw, words) {
		t.Errorf("%s: got %s, want the error %s with %q", what, a.Raw, code, words)
	}
}

// unknown checks that there is no such thing to call.
func (a answer) unknown(t *testing.T, what string) {
	t.Helper()
	if a.Error.Code == 0 && !a.Result.IsError {
		t.Errorf("%s: got %s, want an error", what, a.Raw)
	}
}

// pipe connects a client with a program on a pair of streams.
func pipeClient(t *testing.T, in io.WriteCloser, out io.Reader, wait func(), modern bool, person func(string) string) *client {
	t.Helper()
	c := &client{t: t, modern: modern, person: person, heard: make(chan string, 1024)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(c.heard)
		lines := bufio.NewReader(out)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			c.heard <- line
		}
	}()
	c.post = func(message string) { _, _ = io.WriteString(in, message+"\n") }
	c.rest = func() { c.request("ping", "") } // messages are taken in order
	c.hangUp = sync.OnceFunc(func() { _ = in.Close(); <-read; wait() })
	t.Cleanup(c.hangUp)
	c.greet()
	return c
}

// connect opens a connection over HTTP; token "" sends none.
func connect(t *testing.T, address, token string, modern bool, person func(string) string) *client {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	transport := &http.Transport{}
	c := &client{t: t, modern: modern, person: person, heard: make(chan string, 1024)}
	var streams sync.WaitGroup
	session := ""
	transfer := func(message string) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/mcp", strings.NewReader(message))
		if err != nil {
			t.Error(err)
			return
		}
		req.Header = headersOf(message, token, session, modern)
		resp, err := transport.RoundTrip(req)
		if err != nil {
			return // the client has hung up, or the server is gone
		}
		defer func() { _ = resp.Body.Close() }()
		if !modern && session == "" { // only the handshake, which nothing overlaps
			session = resp.Header.Get("Mcp-Session-Id")
		}
		lines := bufio.NewReader(resp.Body)
		for err == nil {
			var line string
			line, err = lines.ReadString('\n')
			if line = strings.TrimPrefix(strings.TrimSpace(line), "data: "); strings.HasPrefix(line, "{") {
				c.heard <- line
			}
		}
	}
	c.post = func(message string) {
		if session == "" && !modern { // the handshake: what follows needs its session
			transfer(message)
			return
		}
		streams.Go(func() { transfer(message) })
	}
	c.rest = streams.Wait
	c.hangUp = sync.OnceFunc(func() { cancel(); streams.Wait(); transport.CloseIdleConnections() })
	t.Cleanup(c.hangUp)
	c.greet()
	return c
}

func headersOf(message, token, session string, modern bool) http.Header {
	h := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}
	if token != "" {
		h.Set("Authorization", "Bearer "+token)
	}
	if session != "" {
		h.Set("Mcp-Session-Id", session)
	}
	if modern {
		var m struct {
			Method string `json:"method"`
			Params struct {
				Name string `json:"name"`
			} `json:"params"`
		}
		_ = json.Unmarshal([]byte(message), &m)
		h.Set("Mcp-Protocol-Version", "2026-07-28")
		h.Set("Mcp-Method", m.Method)
		if m.Params.Name != "" && !strings.ContainsFunc(m.Params.Name, func(r rune) bool { return r < ' ' || r > '~' }) {
			h.Set("Mcp-Name", m.Params.Name)
		}
	}
	return h
}

// can is the client's capabilities.
func (c *client) can() string {
	if c.person == nil {
		return `{}`
	}
	return `{"elicitation":{}}`
}

func (c *client) greet() {
	c.t.Helper()
	if c.modern {
		return
	}
	c.request("initialize", `"protocolVersion":"2025-11-25","capabilities":`+c.can()+`,"clientInfo":{"name":"attacker","version":"1"}`)
	c.post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
}

// next returns the next message of the server.
func (c *client) next() answer {
	c.t.Helper()
	select {
	case line, ok := <-c.heard:
		if !ok {
			c.t.Fatal("the server has hung up")
		}
		a := answerIn(line)
		if !json.Valid([]byte(line)) {
			c.t.Fatalf("got %q, want a message", line)
		}
		return a
	case <-time.After(time.Minute):
		c.t.Fatal("the server says nothing")
	}
	return answer{}
}

// ask sends a request with these params and returns its id.
func (c *client) ask(method, params string) string {
	c.last++
	if c.modern {
		params += `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"attacker","version":"1"},` +
			`"io.modelcontextprotocol/clientCapabilities":` + c.can() + `}`
	}
	c.post(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":{%s}}`, c.last, method, strings.TrimPrefix(params, ",")))
	return fmt.Sprint(c.last)
}

// request sends a request and returns its answer. Dialogs of the handshake
// era are answered meanwhile.
func (c *client) request(method, params string) answer {
	c.t.Helper()
	id := c.ask(method, params)
	for {
		a := c.next()
		switch {
		case a.Method == "elicitation/create":
			c.asked = append(c.asked, a.Params.Message)
			if result := c.person(a.Params.Message); result != "" {
				c.post(`{"jsonrpc":"2.0","id":` + string(a.ID) + `,"result":` + result + `}`)
			}
		case a.Method != "":
		case string(a.ID) == id, len(a.ID) == 0, string(a.ID) == "null":
			return a
		}
	}
}

// call makes a call, and brings the answer of the person to a question.
func (c *client) call(tool, args string) answer {
	c.t.Helper()
	a := c.request("tools/call", params(tool, args))
	if a.Result.State == "" {
		return a
	}
	question := a.Result.Asks["approval"].Params.Message
	c.asked, c.handles = append(c.asked, question), append(c.handles, a.Result.State)
	result := c.person(question)
	if result == "" {
		return a
	}
	return c.bring(tool, args, a.Result.State, result)
}

// bring makes a call with an answer to a question.
func (c *client) bring(tool, args, handle, result string) answer {
	c.t.Helper()
	return c.request("tools/call", params(tool, args)+`,"requestState":`+quoted(handle)+`,"inputResponses":{"approval":`+result+`}`)
}

func params(tool, args string) string { return `"name":` + quoted(tool) + `,"arguments":` + args }
