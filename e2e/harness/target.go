package harness

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
	"didops/cmd/didops/app"
	"didops/internal/exchange/sandbox"
	"didops/internal/testing/capture"
)

// Target is a user of the program whom somebody attacks: a home with a
// configuration, and an exchange that knows what reached it.
type Target struct {
	*Machine
	Market      *sandbox.Server
	ExchangeURL string
	ahead       atomic.Int64 // of the clock of everything in this process, nanoseconds
}

const targetConfig = `
[exchange]
url = %q
api_login = %q
api_key = %q
billing_account = 1
requests_per_second = 1000
timeout = "20s"
read_deadline = "60s"
[routing]
contact = "sip:{number}@sip.example.net:5060"
smpp_contact = "smpp:login:template-password:{number}@smpp.example.net:2776"
`

// Front stands before the exchange of a target, and may let next answer.
type Front func(w http.ResponseWriter, r *http.Request, next http.Handler)

// NewTarget makes one at an honest exchange. The settings are further sections of
// the configuration.
func NewTarget(t *testing.T, settings string) *Target {
	t.Helper()
	return NewTargetBehind(t, settings, func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) })
}

// NewTargetBehind makes one with something before its exchange.
func NewTargetBehind(t *testing.T, settings string, before Front) *Target {
	t.Helper()
	g := &Target{Machine: NewMachine(t)}
	var err error
	g.Market, err = sandbox.New(sandbox.Options{Seed: ExchangeSeed, Numbers: 2000, Now: g.Now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { before(w, r, g.Market) }))
	t.Cleanup(func() { server.Close(); _ = g.Market.Close() })
	g.ExchangeURL = server.URL
	g.Configure(t, settings)
	return g
}

// Configure writes the configuration: the target's exchange and routing, and
// further sections.
func (g *Target) Configure(t *testing.T, settings string) {
	t.Helper()
	path := filepath.Join(g.Env["HOME"], "config.toml")
	text := fmt.Sprintf(targetConfig, g.ExchangeURL, ExchangeLogin, ExchangeKey) + settings
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	g.Env["DIDOPS_CONFIG"] = path
}

// Now is the clock of everything in this process.
func (g *Target) Now() time.Time { return time.Now().Add(time.Duration(g.ahead.Load())) }

// Forward sets the clock forward.
func (g *Target) Forward(d time.Duration) { g.ahead.Add(int64(d)) }

// Host is what the program is given when it runs in this process.
func (g *Target) Host(in io.Reader, out, err io.Writer) app.Host {
	return app.Host{Getenv: func(name string) string { return g.Env[name] }, Now: g.Now, In: in, Out: out, Err: err, Environ: g.Environ, Patience: hostPatience}
}

// Result is how a command ended.
type Result struct {
	Code     int
	Out, Err string
	Output   // what out says, where it is JSON
}

// Output is what operations return.
type Output struct {
	Order  *ticket  `json:"order"`
	Orders []ticket `json:"orders"`
	Error  struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Hint    string `json:"hint"`
		Field   string `json:"field"`
	} `json:"error"`
}

// ParseOutput reads what --json prints; what is not JSON says nothing.
func ParseOutput(out string) Output {
	var o Output
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

// Shell runs a command whose input and output are no terminal.
func (g *Target) Shell(t *testing.T, args ...string) Result {
	t.Helper()
	return g.AtTerminal(t, nil, args...)
}

// Typing is a terminal at which the line is typed when it is read; "" is the
// end of the input.
type Typing string

// Discard implements [shell.Terminal].
func (Typing) Discard() error { return nil }

// ReadLine implements [shell.Terminal].
func (k Typing) ReadLine(context.Context) (string, error) {
	if k == "" {
		return "", io.EOF
	}
	return string(k), nil
}

// AtTerminal runs a command with a person at a terminal of 80 columns.
func (g *Target) AtTerminal(t *testing.T, person shell.Terminal, args ...string) Result {
	t.Helper()
	out, err := capture.New(), capture.New()
	h := g.Host(strings.NewReader(""), out, err)
	if h.Terminal = person; person != nil {
		h.ErrTTY, h.ErrWidth = true, 80
	}
	r := Result{Code: app.Run(t.Context(), args, h), Out: out.String(), Err: err.String()}
	r.Output = ParseOutput(r.Out)
	return r
}

// Writes returns the requests that could have changed something.
func (g *Target) Writes() []sandbox.Request {
	return slices.DeleteFunc(g.Market.Requests(), func(r sandbox.Request) bool {
		return slices.Contains([]sandbox.Operation{sandbox.Market, sandbox.List, sandbox.Calls, sandbox.Messages}, r.Operation)
	})
}

// Unharmed checks that no more writes reached the exchange than were meant
// to, and that each was carried out once.
func (g *Target) Unharmed(t *testing.T, when string, writes int) {
	t.Helper()
	ledger, err := g.Market.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := g.Writes(); len(got) != writes || len(ledger) != writes {
		t.Errorf("%s: got the requests %v and the ledger %v, want %d of each", when, got, ledger, writes)
	}
}

// State returns where an order stands.
func (g *Target) State(t *testing.T, id string) string {
	t.Helper()
	r := g.Shell(t, "order", "get", id, "--json")
	if r.Order == nil {
		t.Fatalf("order get %s: got exit %d: %s%s", id, r.Code, r.Out, r.Err)
	}
	return r.Order.State
}

// Order has an order placed that waits, and returns its id.
func (g *Target) Order(t *testing.T, args ...string) string {
	t.Helper()
	r := g.Shell(t, append(args, "--json")...)
	if r.Code != 8 || r.Order == nil {
		t.Fatalf("%v: got exit %d: %s%s", args, r.Code, r.Out, r.Err)
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

// ClientsConfig serves the clients team, guest, mute and auditor, whose tokens
// are "team-token" and so on.
func ClientsConfig() string {
	sum := func(token string) string { s := sha256.Sum256([]byte(token)); return hex.EncodeToString(s[:]) }
	return fmt.Sprintf(servedClients, sum("team-token"), sum("guest-token"), sum("mute-token"), sum("auditor-token"))
}

// LoopbackConfig serves whoever reaches the address.
const LoopbackConfig = "\n[http]\nlisten = \"127.0.0.1:0\"\nrequests_per_minute = 100000\n"

// served is "didops serve" in this process.
type served struct {
	Address string
	Log     *capture.Output
	Stop    func() // and wait for the end
}

// Serve starts "didops serve" in this process, and waits until it serves.
func (g *Target) Serve(t *testing.T, flags ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &served{Log: capture.New()}
	ended := make(chan int, 1)
	go func() {
		ended <- app.Run(ctx, append([]string{"serve"}, flags...), g.Host(strings.NewReader(""), capture.New(), s.Log))
	}()
	s.Stop = sync.OnceFunc(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("serve: got exit %d: %s", code, s.Log.String())
		}
	})
	for s.Address == "" {
		select {
		case <-s.Log.More:
		case code := <-ended:
			t.Fatalf("serve: got exit %d: %s", code, s.Log.String())
		}
		if found := Serves.FindStringSubmatch(s.Log.String()); found != nil {
			s.Address = found[1]
		}
	}
	t.Cleanup(s.Stop)
	return s
}

// Assistant starts "didops mcp" in this process.
func (g *Target) Assistant(t *testing.T, modern bool, person func(string) string) *Client {
	t.Helper()
	inside, in := io.Pipe()
	out, outside := io.Pipe()
	log, ended := capture.New(), make(chan int, 1)
	go func() {
		code := app.Run(t.Context(), []string{"mcp"}, g.Host(inside, outside, log))
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

// Spawn starts "didops mcp" in a process of its own.
func (g *Target) Spawn(t *testing.T, modern bool, person func(string) string) (*Client, *exec.Cmd) {
	t.Helper()
	cmd := g.Process(t, "mcp")
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

// Process prepares the program in a process of its own.
func (g *Target) Process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("didops")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env = g.Env["HOME"], append(g.Environ(), "GORACE=atexit_sleep_ms=0")
	return cmd
}
