package harness

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

// Client is an MCP client of either era, which writes what it likes.
type Client struct {
	T       *testing.T
	Modern  bool
	person  func(question string) (result string) // who answers dialogs; "" = nobody; nil = it has none
	Post    func(message string)
	Heard   chan string // what the server sends; closed at its end
	Rest    func()      // waits until the server has taken what was sent; only without an open call
	HangUp  func()      // and wait for the end
	Asked   []string    // the text of every dialog
	Handles []string    // of the newer era
	last    int         // id of the last request
}

// Answers of a person to a dialog.
const (
	SayYes = `{"action":"accept","content":{"decision":"approve"}}`
	SayNo  = `{"action":"accept","content":{"decision":"reject"}}`
)

// Approve accepts whatever is asked.
func Approve(string) string { return SayYes }

// NoAnswer is a client that has dialogs and leaves them open.
func NoAnswer(string) string { return "" }

// Answer is a message of the server.
type Answer struct {
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
		Data Output `json:"structuredContent"`
	} `json:"result"`
}

// ParseAnswer reads a message of the server; what is none says nothing.
func ParseAnswer(line string) Answer {
	a := Answer{Raw: line}
	_ = json.Unmarshal([]byte(line), &a) // what is none says nothing
	var short struct {
		Result struct {
			Data json.RawMessage `json:"structuredContent"`
		} `json:"result"`
	}
	_ = json.Unmarshal([]byte(line), &short)
	if whole, err := Spread(short.Result.Data); err == nil {
		_ = json.Unmarshal(whole, &a.Result.Data)
	}
	return a
}

// Order returns the order that a call returned; the zero one where it returned none.
func (a Answer) Order() ticket {
	if a.Result.Data.Order == nil {
		return ticket{}
	}
	return *a.Result.Data.Order
}

// Refused checks that a call came to nothing, for a reason.
func (a Answer) Refused(t *testing.T, what, code, words string) {
	t.Helper()
	got := a.Result.Data.Error
	if !a.Result.IsError || got.Code != code || !strings.Contains(a.Raw, words) {
		t.Errorf("%s: got %s, want the error %s with %q", what, a.Raw, code, words)
	}
}

// Unknown checks that there is no such thing to call.
func (a Answer) Unknown(t *testing.T, what string) {
	t.Helper()
	if a.Error.Code == 0 && !a.Result.IsError {
		t.Errorf("%s: got %s, want an error", what, a.Raw)
	}
}

// pipe connects a client with a program on a pair of streams.
func pipeClient(t *testing.T, in io.WriteCloser, out io.Reader, wait func(), modern bool, person func(string) string) *Client {
	t.Helper()
	c := &Client{T: t, Modern: modern, person: person, Heard: make(chan string, 1024)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(c.Heard)
		lines := bufio.NewReader(out)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			c.Heard <- line
		}
	}()
	c.Post = func(message string) { _, _ = io.WriteString(in, message+"\n") }
	c.Rest = func() { c.Request("ping", "") } // messages are taken in order
	c.HangUp = sync.OnceFunc(func() { _ = in.Close(); <-read; wait() })
	t.Cleanup(c.HangUp)
	c.greet()
	return c
}

// Connect opens a connection over HTTP; token "" sends none.
func Connect(t *testing.T, address, token string, modern bool, person func(string) string) *Client {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	transport := &http.Transport{}
	c := &Client{T: t, Modern: modern, person: person, Heard: make(chan string, 1024)}
	var streams sync.WaitGroup
	session := ""
	transfer := func(message string) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/mcp", strings.NewReader(message))
		if err != nil {
			t.Error(err)
			return
		}
		req.Header = HeadersOf(message, token, session, modern)
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
				c.Heard <- line
			}
		}
	}
	c.Post = func(message string) {
		if session == "" && !modern { // the handshake: what follows needs its session
			transfer(message)
			return
		}
		streams.Go(func() { transfer(message) })
	}
	c.Rest = streams.Wait
	c.HangUp = sync.OnceFunc(func() { cancel(); streams.Wait(); transport.CloseIdleConnections() })
	t.Cleanup(c.HangUp)
	c.greet()
	return c
}

// HeadersOf returns what a client of either era sends with a message.
func HeadersOf(message, token, session string, modern bool) http.Header {
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
func (c *Client) can() string {
	if c.person == nil {
		return `{}`
	}
	return `{"elicitation":{}}`
}

func (c *Client) greet() {
	c.T.Helper()
	if c.Modern {
		return
	}
	c.Request("initialize", `"protocolVersion":"2025-11-25","capabilities":`+c.can()+`,"clientInfo":{"name":"attacker","version":"1"}`)
	c.Post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
}

// Next returns the next message of the server.
func (c *Client) Next() Answer {
	c.T.Helper()
	select {
	case line, ok := <-c.Heard:
		if !ok {
			c.T.Fatal("the server has hung up")
		}
		a := ParseAnswer(line)
		if !json.Valid([]byte(line)) {
			c.T.Fatalf("got %q, want a message", line)
		}
		return a
	case <-time.After(Patience):
		c.T.Fatal("the server says nothing")
	}
	return Answer{}
}

// Ask sends a request with these params and returns its id.
func (c *Client) Ask(method, params string) string {
	c.last++
	if c.Modern {
		params += `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"attacker","version":"1"},` +
			`"io.modelcontextprotocol/clientCapabilities":` + c.can() + `}`
	}
	c.Post(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":{%s}}`, c.last, method, strings.TrimPrefix(params, ",")))
	return fmt.Sprint(c.last)
}

// Request sends a request and returns its answer. Dialogs of the handshake
// era are answered meanwhile.
func (c *Client) Request(method, params string) Answer {
	c.T.Helper()
	id := c.Ask(method, params)
	for {
		a := c.Next()
		switch {
		case a.Method == "elicitation/create":
			c.Asked = append(c.Asked, a.Params.Message)
			if result := c.person(a.Params.Message); result != "" {
				c.Post(`{"jsonrpc":"2.0","id":` + string(a.ID) + `,"result":` + result + `}`)
			}
		case a.Method != "":
		case string(a.ID) == id, len(a.ID) == 0, string(a.ID) == "null":
			return a
		}
	}
}

// Call makes a call, and brings the answer of the person to a question.
func (c *Client) Call(tool, args string) Answer {
	c.T.Helper()
	a := c.Request("tools/call", Params(tool, args))
	if a.Result.State == "" {
		return a
	}
	question := a.Result.Asks["approval"].Params.Message
	c.Asked, c.Handles = append(c.Asked, question), append(c.Handles, a.Result.State)
	result := c.person(question)
	if result == "" {
		return a
	}
	return c.Bring(tool, args, a.Result.State, result)
}

// Bring makes a call with an answer to a question.
func (c *Client) Bring(tool, args, handle, result string) Answer {
	c.T.Helper()
	return c.Request("tools/call", Params(tool, args)+`,"requestState":`+Quote(handle)+`,"inputResponses":{"approval":`+result+`}`)
}

// Params returns the params of a call, as ask takes them.
func Params(tool, args string) string { return `"name":` + Quote(tool) + `,"arguments":` + args }
