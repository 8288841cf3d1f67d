package replicas_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"didops/e2e/harness"
	"didops/internal/exchange/sandbox"
	"didops/internal/testing/capture"
	"didops/internal/testing/fakediscord"
)

// fleet is several "didops serve" on one store, behind a load balancer that
// gives every request to the next of them, at an exchange and a Discord of
// the test's own.
type fleet struct {
	*harness.Target
	*fakediscord.Fake
	bob   fakediscord.Actor // who may decide
	front *httptest.Server

	mu        sync.Mutex
	replicas  []*replica
	turn      int
	kills     int
	purchases int // requests that reached the exchange
}

// replica is one process, again and again.
type replica struct {
	cmd     *exec.Cmd
	log     *capture.Output
	to      *url.URL // where it serves; nil = it does not
	ended   chan struct{}
	outcome error
}

// fleetConfig has short deadlines, so that what a dead replica was sending is
// looked for soon.
const fleetConfig = `
[exchange]
url = %q
api_login = %q
api_key = %q
billing_account = 1
requests_per_second = 1000
timeout = "2s"
read_deadline = "2s"
settle_after = "20s"
[routing]
contact = "sip:{number}@sip.example.net:5060"
[limits]
max_order_total = ""
max_day_total = ""
max_open_orders = 0
[approval]
elicitation = "on"
[store]
url = %q
[http]
listen = "127.0.0.1:0"
requests_per_minute = 1000000
[[http.clients]]
name = "asks"
token_sha256 = %q
may_elicit = true
[[http.clients]]
name = "mute"
token_sha256 = %q
[discord]
token = %q
guild_ids = [%q]
approvals_channel = %q
approver_roles = [%q]
rest_url = %q
`

// The role of who may decide on the Discord of a fleet, and where it is asked.
const (
	fleetRole    = "1300000000000000002"
	fleetChannel = "1400000000000000001"
)

// newFleet starts replicas on a store. Interactions of Discord arrive through
// the load balancer, or where that is not wanted over the gateway. more are
// further settings.
func newFleet(t *testing.T, store string, size int, gateway bool, more ...string) *fleet {
	t.Helper()
	f := &fleet{
		Target: &harness.Target{Machine: harness.NewMachine(t)}, Fake: fakediscord.New(t, fakediscord.Lenient, fakediscord.Patience(attemptFor)),
		bob: fakediscord.Actor{ID: "1500000000000000002", Name: "bob", Roles: []string{fleetRole}},
	}
	var err error
	if f.Market, err = sandbox.New(sandbox.Options{Seed: harness.ExchangeSeed, Numbers: 2000, Now: f.Now}); err != nil {
		t.Fatal(err)
	}
	exchange := httptest.NewServer(http.HandlerFunc(f.exchange))
	t.Cleanup(func() { exchange.Close(); _ = f.Market.Close() })
	f.ExchangeURL = exchange.URL
	sum := func(token string) string { s := sha256.Sum256([]byte(token)); return hex.EncodeToString(s[:]) }
	text := fmt.Sprintf(fleetConfig, f.ExchangeURL, harness.ExchangeLogin, harness.ExchangeKey, store, sum("asks-token"), sum("mute-token"),
		f.Token, f.Guild, fleetChannel, fleetRole, f.URL)
	if !gateway {
		text += fmt.Sprintf("public_key = %q\n", f.PublicKey())
	}
	text += strings.Join(more, "")
	path := filepath.Join(f.Env["HOME"], "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f.Env["DIDOPS_CONFIG"] = path
	f.front = httptest.NewServer(f)
	t.Cleanup(f.front.Close)
	if !gateway {
		f.DeliverTo(f.front.URL + "/discord/interactions")
	}
	for range size {
		r := &replica{}
		f.replicas = append(f.replicas, r)
		f.start(t, r)
	}
	t.Cleanup(func() {
		for _, r := range f.replicas {
			f.kill(r)
		}
	})
	return f
}

// exchange serves the market. Every fourth purchase takes its time, before and
// after it is carried out, so that replicas die while they wait for it.
func (f *fleet) exchange(w http.ResponseWriter, r *http.Request) {
	slow := false
	if strings.Contains(r.URL.Path, "purchase") {
		f.mu.Lock()
		f.purchases++
		slow = f.purchases%4 == 0
		f.mu.Unlock()
	}
	if !slow {
		f.Market.ServeHTTP(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body) // what has arrived is carried out, whoever dies
	again := r.Clone(context.WithoutCancel(r.Context()))
	again.Body = io.NopCloser(bytes.NewReader(body))
	<-time.After(latency)
	f.Market.ServeHTTP(w, again)
	<-time.After(latency)
}

// latency is half the time of a purchase that takes its time.
const latency = 100 * time.Millisecond

// start starts a replica, and waits until it serves.
func (f *fleet) start(t *testing.T, r *replica) {
	t.Helper()
	path, err := exec.LookPath("didops")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), path, "serve")
	cmd.Dir, cmd.Env = f.Env["HOME"], append(f.Environ(), "GORACE=atexit_sleep_ms=0")
	out := capture.New()
	cmd.Stderr = out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	f.mu.Lock()
	r.cmd, r.log, r.ended = cmd, out, ended
	f.mu.Unlock()
	go func() {
		r.outcome = cmd.Wait()
		close(ended)
	}()
	for {
		if found := harness.Serves.FindStringSubmatch(out.String()); found != nil {
			f.mu.Lock()
			r.to = &url.URL{Scheme: "http", Host: found[1]}
			f.mu.Unlock()
			return
		}
		select {
		case <-out.More:
		case <-ended:
			t.Errorf("a replica ended before it served: %s", out.String())
			return
		}
	}
}

// kill ends a replica by SIGKILL, and waits for its end.
func (f *fleet) kill(r *replica) {
	f.mu.Lock()
	r.to = nil
	f.kills++
	f.mu.Unlock()
	_ = r.cmd.Process.Kill()
	<-r.ended
}

// stop ends a replica as a supervisor does.
func (f *fleet) stop(t *testing.T, r *replica) {
	t.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-r.ended
	if r.outcome != nil {
		t.Errorf("a replica ended with %v: %s", r.outcome, r.log.String())
	}
}

// replicaHeader says which replica has answered.
const replicaHeader = "X-Replica"

// ServeHTTP passes a request to the next replica that serves.
func (f *fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, to := f.next()
	if to == nil {
		http.Error(w, "no replica serves", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set(replicaHeader, strconv.Itoa(n))
	link := &http.Transport{DisableKeepAlives: true}
	defer link.CloseIdleConnections()
	proxy := httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(to) }, Transport: link, FlushInterval: -1,
		ErrorLog: log.New(io.Discard, "", 0), // what is cut off is meant to be
	}
	proxy.ServeHTTP(w, r)
}

func (f *fleet) next() (int, *url.URL) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range f.replicas {
		f.turn = (f.turn + 1) % len(f.replicas)
		if to := f.replicas[f.turn].to; to != nil {
			return f.turn, to
		}
	}
	return 0, nil
}

// many returns numbers of the market that take calls only, each offered once.
func (f *fleet) many(t *testing.T, n int) []harness.Lot {
	t.Helper()
	var all []harness.Lot
	count := map[string]int{}
	for cursor := ""; ; {
		args := []string{"did", "search", "--voice", "--sms=false", "--documents", "not_required", "--limit", "100", "--json"}
		if cursor != "" {
			args = append(args, "--cursor", cursor)
		}
		var page struct {
			Numbers []harness.Lot `json:"numbers"`
			Next    string        `json:"next_cursor"`
		}
		if r := f.Shell(t, args...); json.Unmarshal([]byte(r.Out), &page) != nil || r.Code != 0 {
			t.Fatalf("search: got exit %d: %s", r.Code, r.Err)
		}
		for _, l := range page.Numbers {
			count[l.Number]++
		}
		all = append(all, page.Numbers...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	var once []harness.Lot
	for _, l := range all {
		if count[l.Number] == 1 && len(once) < n {
			once = append(once, l)
		}
	}
	if len(once) < n {
		t.Fatalf("got %d numbers, want %d", len(once), n)
	}
	return once
}

// soft is a test that may fail without the whole being lost.
type soft struct{ testing.TB }

type softly string

func (s soft) Fatalf(format string, args ...any) { panic(softly(fmt.Sprintf(format, args...))) }

// attemptFor is how long an attempt waits for the answer of a replica, which
// may be dead.
const attemptFor = 10 * time.Second

// attempt reports whether do came to its end without a failure.
func attempt(tb testing.TB, do func(tb testing.TB)) (ok bool) {
	tb.Helper()
	defer func() {
		if p := recover(); p != nil {
			if _, failed := p.(softly); !failed {
				panic(p)
			}
		}
	}()
	do(soft{tb})
	return true
}

// tally is what the clients of a fleet have seen.
type tally struct {
	bought, asked, moved, broken atomic.Int64
	byDiscord                    atomic.Int64
}

// replicasPatience bounds everything together.
const replicasPatience = 10 * time.Minute
