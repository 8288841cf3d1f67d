package crash_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"didops/e2e/harness"
	"didops/internal/testing/capture"
)

// cell is one run of a scenario: a user of his own, with a store of orders,
// at an exchange of his own.
type cell struct {
	t       *testing.T
	program string // the binary with fail points
	home    string
	store   string // url
	shop    *shop
	ahead   time.Duration // how far the clock is set forward, everywhere
	numbers []offered     // that the scenario is about
	order   string        // its id, as soon as a person has read it
	handle  string        // of the last question of a client of the newer era
	modern  bool          // which era the client is of
	tool    string        // that the scenario is about
}

// newCell makes a cell whose orders are in the store at a url; "" = in a file
// of its own.
func newCell(t *testing.T, program, settings, store string) *cell {
	t.Helper()
	c := &cell{t: t, program: program, home: t.TempDir(), store: store, shop: newShop(t)}
	if c.store == "" {
		c.store = "sqlite:" + filepath.Join(c.home, "orders.db")
	}
	c.configure(settings)
	return c
}

// configure writes the configuration.
func (c *cell) configure(settings string) {
	c.t.Helper()
	text := fmt.Sprintf(crashConfig, c.shop.address, harness.ExchangeLogin, harness.ExchangeKey, settings, c.store)
	if err := os.WriteFile(c.config(), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cell) config() string { return filepath.Join(c.home, "config.toml") }

const crashConfig = `
[exchange]
url = "http://%s"
api_login = "%s"
api_key = "%s"
billing_account = 1
requests_per_second = 1000
timeout = "20s"
read_deadline = "20s"
settle_after = "20s"
%s
[routing]
contact = "sip:{number}@sip.example.net:5060"
smpp_contact = "smpp:login:secret:{number}@smpp.example.net:2776"

[limits]
max_order_total = ""
max_day_total = ""

[approval]
elicitation = "on"

[store]
url = "%s"
`

// forward sets all clocks forward.
func (c *cell) forward(d time.Duration) {
	c.ahead += d
	c.shop.ahead.Store(int64(c.ahead))
}

// program is one that runs.
type program struct {
	c    *cell
	ctx  context.Context // ends when it counts as hung
	way  *passage
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	log  *capture.Output
	last int // id of the last request
	free context.CancelFunc

	silent chan struct{} // closed when nobody reads out any more; nil = nobody did
}

// command prepares the program, which tells of its way, unless that is nil.
func (c *cell) command(ctx context.Context, way *passage, args ...string) *exec.Cmd {
	c.t.Helper()
	cmd := exec.CommandContext(ctx, c.program, args...)
	cmd.Dir = c.home
	cmd.Env = []string{
		"HOME=" + c.home, "USER=alice", "PATH=" + os.Getenv("PATH"), "DIDOPS_CONFIG=" + c.config(), "GOGC=off",
		"DIDOPS_CLOCK=" + c.ahead.String(),
	}
	if way != nil {
		way.attach(c.t, cmd)
	}
	return cmd
}

// start runs the program as [cell.command] says.
func (c *cell) start(way *passage, args ...string) *program {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), crashPatience)
	p := &program{c: c, ctx: ctx, way: way, cmd: c.command(ctx, way, args...), log: capture.New(), free: cancel}
	p.cmd.Stderr = p.log
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		c.t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	way.follow()
	return p
}

// ended is how a program came to its end.
type ended struct {
	killed bool
	code   int
	rest   []byte // of its output
	log    string
}

// end closes the input, when it is time, and waits for the end.
func (p *program) end() ended {
	p.c.t.Helper()
	p.way.wait(p.ctx)
	_ = p.in.Close()
	if p.silent != nil {
		<-p.silent
	}
	rest, _ := io.ReadAll(p.out)
	defer p.free()
	return p.c.waitFor(p.ctx, p.cmd, p.way, rest, p.log)
}

// waitFor waits for the end of a command whose output is closed.
func (c *cell) waitFor(ctx context.Context, cmd *exec.Cmd, way *passage, rest []byte, log *capture.Output) ended {
	c.t.Helper()
	err := cmd.Wait()
	if way != nil {
		<-way.gone
	}
	if ctx.Err() != nil {
		c.t.Fatalf("%v does not end\n%s", cmd.Args, log.String())
	}
	e := ended{rest: rest, log: log.String(), code: cmd.ProcessState.ExitCode()}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok {
		e.killed = status.Signaled() && status.Signal() == syscall.SIGKILL
	}
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		c.t.Fatalf("%v: %v\n%s", cmd.Args, err, e.log)
	}
	return e
}

// run carries out one command to its end, which must not be violent, and
// returns its output and exit code.
func (c *cell) run(args ...string) ([]byte, int) {
	c.t.Helper()
	e := c.start(nil, args...).end()
	if e.killed || e.code < 0 {
		c.t.Fatalf("%v: got killed, want an end\n%s", args, e.log)
	}
	return e.rest, e.code
}

// message is one of JSON-RPC.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		Message string `json:"message"`
	} `json:"params"`
	Result outcome `json:"result"`
}

// outcome is the result of a call.
type outcome struct {
	IsError       bool   `json:"isError"`
	State         string `json:"requestState"`
	InputRequests map[string]struct {
		Params struct {
			Message string `json:"message"`
		} `json:"params"`
	} `json:"inputRequests"`
	Content shown `json:"structuredContent"`
}

// shown is what operations return.
type shown struct {
	Order *kept `json:"order"`
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// UnmarshalJSON reads both forms of a result, the one for models too.
func (s *shown) UnmarshalJSON(data []byte) error {
	whole, err := harness.Spread(data)
	if err != nil {
		return err
	}
	type plain shown
	if err := json.Unmarshal(whole, (*plain)(s)); err != nil || s.Order == nil {
		return err
	}
	for i := range s.Order.Lines {
		if s.Order.Lines[i].State == "" {
			s.Order.Lines[i].State = "waiting" // goes without saying
		}
	}
	return nil
}

// kept is an order.
type kept struct {
	ID    string `json:"id"`
	State string `json:"state"`
	Lines []struct {
		Number  string `json:"number"`
		ID      string `json:"i_did"`
		State   string `json:"state"`
		Message string `json:"message"`
	} `json:"lines"`
}

// person answers the dialog about a call; nil: hangs up.
type person func(args map[string]any) map[string]any

// accepts approves whatever is asked. Giving numbers up wants the last four
// digits of the first besides, and how many they are.
func accepts(args map[string]any) map[string]any {
	content := map[string]any{"decision": "approve"}
	if numbers, ok := args["numbers"].([]string); ok {
		last4 := numbers[0][len(numbers[0])-4:]
		if len(numbers) > 1 {
			last4 += fmt.Sprintf(" x%d", len(numbers))
		}
		content["last4"] = last4
	}
	return map[string]any{"action": "accept", "content": content}
}

func rejects(map[string]any) map[string]any {
	return map[string]any{"action": "accept", "content": map[string]any{"decision": "reject"}}
}

func hangsUp(map[string]any) map[string]any { return nil }

// send writes a message; that the program is dead shows when it is read.
func (p *program) send(m map[string]any) {
	m["jsonrpc"] = "2.0"
	line, err := json.Marshal(m)
	if err != nil {
		p.c.t.Fatal(err)
	}
	_, _ = p.in.Write(append(line, '\n'))
}

// next reads a message; false = there will be none any more.
func (p *program) next() (message, bool) {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return message{}, false
	}
	var m message
	if err := json.Unmarshal(line, &m); err != nil {
		p.c.t.Fatalf("got %q (%v), want a message", line, err)
	}
	return m, true
}

// meta is what every request of the newer era brings.
func meta() map[string]any {
	return map[string]any{
		"io.modelcontextprotocol/protocolVersion":    "2026-07-28",
		"io.modelcontextprotocol/clientInfo":         map[string]any{"name": "crash", "version": "1"},
		"io.modelcontextprotocol/clientCapabilities": map[string]any{"elicitation": map[string]any{}},
	}
}

// ask sends a call, after the handshake where the era has one.
func (p *program) ask(tool string, args map[string]any, more map[string]any) {
	params := map[string]any{"name": tool, "arguments": args}
	if p.c.modern {
		params["_meta"] = meta()
	} else if p.last == 0 {
		p.last++
		p.send(map[string]any{"id": p.last, "method": "initialize", "params": map[string]any{
			"protocolVersion": "2025-11-25", "capabilities": map[string]any{"elicitation": map[string]any{}},
			"clientInfo": map[string]any{"name": "crash", "version": "1"},
		}})
		if _, ok := p.next(); !ok {
			return // what is sent on shows it
		}
		p.send(map[string]any{"method": "notifications/initialized"})
	}
	maps.Copy(params, more)
	p.last++
	p.send(map[string]any{"id": p.last, "method": "tools/call", "params": params})
}

// call makes a call with a person at the dialog. It returns false if the
// program died before the answer, or the person hung up.
func (p *program) call(tool string, args map[string]any, who person) (outcome, bool) {
	p.c.t.Helper()
	p.ask(tool, args, nil)
	for {
		m, ok := p.next()
		switch {
		case !ok:
			return outcome{}, false
		case m.Method == "elicitation/create":
			p.c.heard(m.Params.Message)
			answer := who(args)
			if answer == nil {
				return outcome{}, false
			}
			p.send(map[string]any{"id": m.ID, "result": answer})
		case string(m.ID) != fmt.Sprint(p.last):
		case m.Result.State != "":
			p.c.handle = m.Result.State
			p.c.heard(m.Result.InputRequests["approval"].Params.Message)
			answer := who(args)
			if answer == nil {
				return outcome{}, false
			}
			p.bring(tool, args, answer)
		default:
			return m.Result, true
		}
	}
}

// bring makes a call anew with the answer to its question.
func (p *program) bring(tool string, args, answer map[string]any) {
	p.ask(tool, args, map[string]any{"inputResponses": map[string]any{"approval": answer}, "requestState": p.c.handle})
}

var orderID = regexp.MustCompile(`\bo-[a-z0-9]{6}\b`)

// heard notes which order a question is about.
func (c *cell) heard(question string) {
	if id := orderID.FindString(question); id != "" {
		c.order = id
	}
}

// said waits until the program has logged something; false = it ended before.
func (p *program) said(what string) bool {
	p.silent = make(chan struct{})
	go func() {
		_, _ = p.out.Peek(1) // nothing was asked, so nothing comes but the end
		close(p.silent)
	}()
	for !strings.Contains(p.log.String(), what) {
		select {
		case <-p.log.More:
		case <-p.silent:
			return false
		}
	}
	return true
}
