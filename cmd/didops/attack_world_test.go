package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
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
	"didops/internal/sandbox"
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
	g.market, err = sandbox.New(sandbox.Options{Seed: exchangeSeed, Numbers: 2000, Now: g.now})
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
	text := fmt.Sprintf(targetConfig, g.url, exchangeLogin, exchangeKey) + settings
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
