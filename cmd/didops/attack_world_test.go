package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"didops/bots/shell"
	"didops/internal/exchange/sandbox"
)

// target is a user of the program whom somebody attacks: a home with a
// configuration, and an exchange that knows what reached it.
type target struct {
	*machine
	market *sandbox.Server
	url    string
	ahead  atomic.Int64 // of the clock of everything in this process, nanoseconds
}

const targetConfig = `
[exchange]
url = %q
api_login = %q
api_key = %q
billing_account = 1
requests_per_second = 1000
timeout = "20s"
read_deadline = "20s"
[routing]
contact = "sip:{number}@sip.example.net:5060"
smpp_contact = "smpp:login:template-password:{number}@smpp.example.net:2776"
`

// front stands before the exchange of a target, and may let next answer.
type front func(w http.ResponseWriter, r *http.Request, next http.Handler)

func newTarget(t *testing.T, settings string) *target {
	t.Helper()
	return newTargetBehind(t, settings, func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) })
}

func newTargetBehind(t *testing.T, settings string, before front) *target {
	t.Helper()
	g := &target{machine: newMachine(t)}
	var err error
	g.market, err = sandbox.New(sandbox.Options{Seed: sandboxSeed, Numbers: 2000, Now: g.now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { before(w, r, g.market) }))
	t.Cleanup(func() { server.Close(); _ = g.market.Close() })
	g.url = server.URL
	g.configure(t, settings)
	return g
}

// configure writes the configuration: the target's exchange and routing, and
// further sections.
func (g *target) configure(t *testing.T, settings string) {
	t.Helper()
	path := filepath.Join(g.env["HOME"], "config.toml")
	text := fmt.Sprintf(targetConfig, g.url, sandboxLogin, sandboxKey) + settings
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	g.env["DIDOPS_CONFIG"] = path
}

func (g *target) now() time.Time { return time.Now().Add(time.Duration(g.ahead.Load())) }

func (g *target) forward(d time.Duration) { g.ahead.Add(int64(d)) }

func (g *target) host(in io.Reader, out, err io.Writer) host {
	return host{getenv: func(name string) string { return g.env[name] }, now: g.now, in: in, out: out, err: err, environ: g.environ}
}

// ran is how a command ended.
type ran struct {
	code     int
	out, err string
	told     // what out says, where it is JSON
}

// told is what operations return.
type told struct {
	Order  *ticket  `json:"order"`
	Orders []ticket `json:"orders"`
	Error  struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Hint    string `json:"hint"`
		Field   string `json:"field"`
	} `json:"error"`
}

// toldIn reads what --json prints; what is not JSON says nothing.
func toldIn(out string) told {
	var o told
	_ = json.Unmarshal([]byte(out), &o)
	return o
}

// ticket is an order.
type ticket struct {
	ID    string `json:"id"`
	State string `json:"state"`
	Total struct {
		Due string `json:"due_now"`
	} `json:"total"`
}

// shell runs a command whose input and output are no terminal.
func (g *target) shell(t *testing.T, args ...string) ran {
	t.Helper()
	return g.atTerminal(t, nil, args...)
}

// typing is a terminal at which the line is typed when it is read; "" is the
// end of the input.
type typing string

func (typing) Discard() error { return nil }

func (k typing) ReadLine(context.Context) (string, error) {
	if k == "" {
		return "", io.EOF
	}
	return string(k), nil
}

// atTerminal runs a command with a person at a terminal of 80 columns.
func (g *target) atTerminal(t *testing.T, person shell.Terminal, args ...string) ran {
	t.Helper()
	out, err := newTranscript(), newTranscript()
	h := g.host(strings.NewReader(""), out, err)
	if h.terminal = person; person != nil {
		h.errTTY, h.errWidth = true, 80
	}
	r := ran{code: run(t.Context(), args, h), out: out.String(), err: err.String()}
	r.told = toldIn(r.out)
	return r
}

// lot is a number that is for sale, and its fees.
type lot struct {
	Number  string `json:"number"`
	ID      string `json:"i_did"`
	Country string `json:"country"`
	Setup   string `json:"setup_fee"`
	Monthly string `json:"monthly_fee"`
}

// digits is the number as the exchange writes it.
func (l lot) digits() string { return strings.TrimPrefix(l.Number, "+") }

// due is what buying the lots costs at once.
func due(lots ...lot) *big.Rat {
	sum := new(big.Rat)
	for _, l := range lots {
		sum.Add(sum, rat(l.Setup))
		sum.Add(sum, rat(l.Monthly))
	}
	return sum
}

func rat(amount string) *big.Rat {
	r, ok := new(big.Rat).SetString(amount)
	if !ok {
		panic("not an amount: " + amount)
	}
	return r
}

// amountOf writes an amount, less the least that can be told if below.
func amountOf(r *big.Rat, below bool) string {
	if below {
		r = new(big.Rat).Sub(r, big.NewRat(1, 1e9))
	}
	return r.FloatString(9)
}

// lots returns numbers that take calls only, the cheapest first, of which
// each is offered once.
func (g *target) lots(t *testing.T, n int, filters ...string) []lot {
	t.Helper()
	args := []string{"did", "search", "--voice", "--sms=false", "--documents", "not_required", "--limit", "100", "--json"}
	found := struct {
		Numbers []lot `json:"numbers"`
	}{}
	if r := g.shell(t, append(args, filters...)...); json.Unmarshal([]byte(r.out), &found) != nil {
		t.Fatalf("search: got exit %d: %s", r.code, r.err)
	}
	count := map[string]int{}
	for _, l := range found.Numbers {
		count[l.Number]++
	}
	list := slices.DeleteFunc(found.Numbers, func(l lot) bool { return count[l.Number] > 1 })
	if len(list) < n {
		t.Fatalf("got %d numbers, want %d", len(list), n)
	}
	return list[:n]
}

// buy has a person buy numbers at a terminal.
func (g *target) buy(t *testing.T, lots ...lot) {
	t.Helper()
	args := []string{"did", "purchase", "--json"}
	for _, l := range lots {
		args = append(args, l.Number)
	}
	if r := g.atTerminal(t, typing("y"), args...); r.code != 0 || r.Order == nil || r.Order.State != "done" {
		t.Fatalf("got exit %d and %s%s, want the numbers bought", r.code, r.out, r.err)
	}
}

// writes returns the requests that could have changed something.
func (g *target) writes() []sandbox.Request {
	return slices.DeleteFunc(g.market.Requests(), func(r sandbox.Request) bool {
		return r.Operation == sandbox.Market || r.Operation == sandbox.List
	})
}

// unharmed checks that no more writes reached the exchange than were meant
// to, and that each was carried out once.
func (g *target) unharmed(t *testing.T, when string, writes int) {
	t.Helper()
	ledger, err := g.market.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := g.writes(); len(got) != writes || len(ledger) != writes {
		t.Errorf("%s: got the requests %v and the ledger %v, want %d of each", when, got, ledger, writes)
	}
}

// state returns where an order stands.
func (g *target) state(t *testing.T, id string) string {
	t.Helper()
	r := g.shell(t, "order", "get", id, "--json")
	if r.Order == nil {
		t.Fatalf("order get %s: got exit %d: %s%s", id, r.code, r.out, r.err)
	}
	return r.Order.State
}

// order has an order placed that waits, and returns its id.
func (g *target) order(t *testing.T, args ...string) string {
	t.Helper()
	r := g.shell(t, append(args, "--json")...)
	if r.code != 8 || r.Order == nil {
		t.Fatalf("%v: got exit %d: %s%s", args, r.code, r.out, r.err)
	}
	return r.Order.ID
}

// The clients of a target's server, and their tokens.
const servedClients = `
[http]
listen = "127.0.0.1:0"
requests_per_minute = 100000
[[http.clients]]
name = "team"
token_sha256 = "%s"
may_elicit = true
[[http.clients]]
name = "guest"
token_sha256 = "%s"
may_elicit = true
[[http.clients]]
name = "mute"
token_sha256 = "%s"
[[http.clients]]
name = "auditor"
token_sha256 = "%s"
role = "reader"
may_elicit = true
`

func clientsConfig() string {
	sum := func(token string) string { s := sha256.Sum256([]byte(token)); return hex.EncodeToString(s[:]) }
	return fmt.Sprintf(servedClients, sum("team-token"), sum("guest-token"), sum("mute-token"), sum("auditor-token"))
}

// loopbackConfig serves whoever reaches the address.
const loopbackConfig = "\n[http]\nlisten = \"127.0.0.1:0\"\nrequests_per_minute = 100000\n"

// served is "didops serve" in this process.
type served struct {
	address string
	log     *transcript
	stop    func() // and wait for the end
}

func (g *target) serve(t *testing.T, flags ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &served{log: newTranscript()}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve"}, flags...), g.host(strings.NewReader(""), newTranscript(), s.log))
	}()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("serve: got exit %d: %s", code, s.log.String())
		}
	})
	for s.address == "" {
		select {
		case <-s.log.more:
		case code := <-ended:
			t.Fatalf("serve: got exit %d: %s", code, s.log.String())
		}
		if found := serves.FindStringSubmatch(s.log.String()); found != nil {
			s.address = found[1]
		}
	}
	t.Cleanup(s.stop)
	return s
}

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

// assistant starts "didops mcp" in this process.
func (g *target) assistant(t *testing.T, modern bool, person func(string) string) *client {
	t.Helper()
	inside, in := io.Pipe()
	out, outside := io.Pipe()
	log, ended := newTranscript(), make(chan int, 1)
	go func() {
		code := run(t.Context(), []string{"mcp"}, g.host(inside, outside, log))
		_ = outside.Close()
		ended <- code
	}()
	wait := func() {
		if code := <-ended; code != 0 {
			t.Errorf("mcp: got exit %d: %s", code, log.String())
		}
	}
	return pipeClient(t, in, out, wait, modern, person)
}

// spawn starts "didops mcp" in a process of its own.
func (g *target) spawn(t *testing.T, modern bool, person func(string) string) (*client, *exec.Cmd) {
	t.Helper()
	cmd := g.process(t, "mcp")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return pipeClient(t, in, out, func() { _ = cmd.Wait() }, modern, person), cmd
}

// process prepares the program in a process of its own.
func (g *target) process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("didops")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env = g.env["HOME"], append(g.environ(), "GORACE=atexit_sleep_ms=0")
	return cmd
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

func numbersArg(lots ...lot) string {
	list := make([]string, len(lots))
	for i, l := range lots {
		list[i] = quoted(l.Number)
	}
	return `"numbers":[` + strings.Join(list, ",") + `]`
}
