package serve_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/e2e/harness"
	"didops/internal/notify"
	"didops/internal/testing/capture"
	"didops/internal/testing/wide"
)

// hookSecret is that of the tests' receivers.
const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// hook is the setting of a receiver on loopback.
func hook(name, url, secret string) string {
	return fmt.Sprintf("[[webhooks]]\nname = %q\nurl = %q\nsecret = %q\nprivate = [\"127.0.0.0/8\"]\n", name, url, secret)
}

// hooked is an event that reached a receiver.
type hooked struct {
	id string
	notify.Event
}

// catcher is a receiver on loopback.
type catcher struct {
	url  string
	does func(n int) int // status of the n-th; nil = yes

	mu   sync.Mutex
	got  []hooked
	more chan struct{} // closed with the next
}

func newCatcher(t *testing.T) *catcher {
	t.Helper()
	c := &catcher{more: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var e notify.Event
		body, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(body, &e) != nil {
			t.Errorf("got %s, %v, want an event", body, err)
		}
		c.mu.Lock()
		n := len(c.got)
		c.got = append(c.got, hooked{r.Header.Get("Webhook-Id"), e})
		close(c.more)
		c.more = make(chan struct{})
		c.mu.Unlock()
		status := http.StatusNoContent
		if c.does != nil {
			status = c.does(n)
		}
		if status == 0 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	c.url = server.URL + "/in"
	return c
}

// await returns what has arrived as soon as it is so.
func (c *catcher) await(t *testing.T, so func([]hooked) bool) []hooked {
	t.Helper()
	patience := time.After(harness.Patience)
	for {
		c.mu.Lock()
		got, more := slices.Clone(c.got), c.more
		c.mu.Unlock()
		if so(got) {
			return got
		}
		select {
		case <-more:
		case <-patience:
			t.Fatalf("got %+v, want more", got)
		}
	}
}

// server is "didops serve" in a process of its own.
func server(t *testing.T, g *harness.Target) (kill func()) {
	t.Helper()
	cmd := g.Process(t, "serve")
	log := capture.New()
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		for _, private := range []string{hookSecret, strings.TrimPrefix(hookSecret, "whsec_"), "/in"} {
			if strings.Contains(log.String(), private) {
				t.Errorf("%q is in the log: %s", private, log.String())
			}
		}
	})
	t.Cleanup(kill)
	patience := time.After(harness.Patience)
	for !harness.Serves.MatchString(log.String()) {
		select {
		case <-log.More:
		case <-patience:
			t.Fatalf("it does not serve: %s", log.String())
		}
	}
	return kill
}

// told are the types, words and states of events, a line each.
func told(list []hooked) (lines []string) {
	for _, e := range list {
		lines = append(lines, strings.TrimSpace(e.Type+": "+e.Data.Event+" "+e.Data.State+" "+strings.Join(e.Data.Numbers, " ")))
	}
	return lines
}

// TestWebhooks goes the whole way with the program: an order is asked for and
// approved by other processes, and a receiver hears of it in order; one that
// fails is told again, and one that may not be where it is, never.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	all, some := newCatcher(t), newCatcher(t)
	some.does = func(n int) int { return []int{0, 500}[min(n, 1)] }
	g := harness.NewTarget(t, harness.LoopbackConfig+hook("all", all.url, hookSecret)+
		strings.Replace(hook("some", some.url, hookSecret), "private", "events = [\"order.settled\"]\nprivate", 1)+
		"[[webhooks]]\nname = \"nowhere\"\nurl = \"https://localhost/in\"\nsecret = \""+hookSecret+"\"\n")
	if r := g.Shell(t, "doctor"); !strings.Contains(r.Out, "all: it is new") {
		t.Errorf("got %s, want that nothing serves it", r.Out)
	}
	server(t, g)
	lot := g.Lots(t, 1)[0]
	id := g.Order(t, "did", "purchase", lot.Number)
	if r := g.AtTerminal(t, harness.Typing("y"), "order", "approve", id, "--json"); r.Code != 0 {
		t.Fatalf("got exit %d: %s%s", r.Code, r.Out, r.Err)
	}
	over := func(list []hooked) bool { return len(list) > 0 && list[len(list)-1].Type == "order.settled" }
	got := all.await(t, over)
	want := []string{
		"order.requested: requested pending " + lot.Number, "order.decided: approved executing " + lot.Number,
		"order.changed: sent executing " + lot.Number, "order.settled: done done " + lot.Number,
	}
	if diff := cmp.Diff(want, told(got)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	ids := map[string]bool{}
	for _, e := range got {
		ids[e.id] = true
		if e.Data.Order != id || e.Data.Kind != "purchase" || e.Data.Sandbox || e.Data.Hash == "" || e.Data.Entry == 0 {
			t.Errorf("got %+v, want it of %s", e, id)
		}
	}
	if len(ids) != len(got) {
		t.Errorf("got %d ids of %d events", len(ids), len(got))
	}
	late := some.await(t, func(list []hooked) bool { return len(list) >= 2 })
	for _, e := range late {
		if e.id != got[len(got)-1].id {
			t.Errorf("got %+v, want the outcome alone, and under the id that the other has", e)
		}
	}
	for _, says := range []string{"all: it was told on", "some: it fails since", "nowhere: it fails since", "is not public"} {
		r := g.Shell(t, "doctor", "--json")
		for began := time.Now(); !strings.Contains(r.Out, says); r = g.Shell(t, "doctor", "--json") { // what arrived may not be noted yet
			if time.Since(began) > harness.Patience {
				t.Fatalf("got %s, want %q in it", r.Out, says)
			}
		}
		if strings.Contains(r.Out, hookSecret) {
			t.Error("doctor shows the secret")
		}
	}
}

// TestWebhookTest tries receivers by hand.
func TestWebhookTest(t *testing.T) {
	t.Parallel()
	good, bad := newCatcher(t), newCatcher(t)
	bad.does = func(int) int { return http.StatusUnauthorized }
	g := harness.NewTarget(t, hook("good", good.url, hookSecret)+hook("bad", bad.url, hookSecret))
	for _, tt := range []struct {
		args []string
		code int
		says []string
	}{
		{[]string{"good"}, 0, []string{`"ok":true`, `"status":204`, "The test arrived at 1 webhook."}},
		{[]string{"bad"}, 4, []string{`"ok":false`, `"status":401`, "give the receiver this secret"}},
		{nil, 4, []string{`"name":"good"`, `"name":"bad"`, "did not arrive at 1 of 2 webhooks"}},
		{[]string{"goood"}, 2, []string{"did you mean good?"}},
	} {
		r := g.Shell(t, append([]string{"webhook", "test", "--json"}, tt.args...)...)
		if r.Code != tt.code {
			t.Errorf("%v: got exit %d, want %d: %s%s", tt.args, r.Code, tt.code, r.Out, r.Err)
		}
		for _, says := range tt.says {
			if !strings.Contains(r.Out+r.Err, says) {
				t.Errorf("%v: got %s%s, want %q", tt.args, r.Out, r.Err, says)
			}
		}
		if strings.Contains(r.Out+r.Err, hookSecret) || strings.Contains(r.Out+r.Err, "/in") {
			t.Errorf("%v: got %s%s, want no secret and no path", tt.args, r.Out, r.Err)
		}
	}
	for _, e := range good.await(t, func([]hooked) bool { return true }) {
		if e.Type != notify.TypeTest || !strings.HasPrefix(e.id, "msg_test_") {
			t.Errorf("got %+v, want a test", e)
		}
	}
}

// TestWebhooksAfterAKill kills the program when an event has arrived, before it
// can have heard so: the next one tells it again, under the same id, and goes on
// from there.
func TestWebhooksAfterAKill(t *testing.T) {
	t.Parallel()
	if !wide.Wanted() {
		t.Skip("waits for the lease of a process that was killed to run out")
	}
	c := newCatcher(t)
	g := harness.NewTarget(t, harness.LoopbackConfig+hook("ops", c.url, hookSecret))
	kill := server(t, g)
	killed := make(chan struct{})
	c.does = func(n int) int {
		if n == 1 {
			kill()
			close(killed)
			return 0
		}
		return http.StatusNoContent
	}
	lot := g.Lots(t, 1)[0]
	id := g.Order(t, "did", "purchase", lot.Number)
	g.AtTerminal(t, harness.Typing("y"), "order", "approve", id, "--json")
	<-killed
	server(t, g)
	got := c.await(t, func(list []hooked) bool { return len(list) >= 5 })
	want := []string{
		"order.requested: requested pending", "order.decided: approved executing", "order.decided: approved executing",
		"order.changed: sent executing", "order.settled: done done",
	}
	for i := range want {
		want[i] += " " + lot.Number
	}
	if diff := cmp.Diff(want, told(got)); diff != "" || got[1].id != got[2].id {
		t.Errorf("got the ids %s and %s, -want +got\n%s", got[1].id, got[2].id, diff)
	}
}

// TestWebhookIsVerified lets the reference library of Standard Webhooks judge
// what is delivered, with the secret of now and the one before.
func TestWebhookIsVerified(t *testing.T) {
	t.Parallel()
	modules := os.Getenv(nodeModules)
	if modules == "" {
		t.Skip(nodeModules + " names no folder with the clients")
	}
	home, script := placed(t, modules, "webhook.mjs")
	const other = "whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
	cmd := exec.CommandContext(t.Context(), "node", script, hookSecret)
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	next := func() string {
		t.Helper()
		if !lines.Scan() {
			t.Fatal("the script has ended")
		}
		return lines.Text()
	}
	url := next()
	g := harness.NewTarget(t, harness.LoopbackConfig+hook("wrong", url, other)+
		strings.Replace(hook("rotating", url, other), "private", "old_secret = \""+hookSecret+"\"\nprivate", 1)+hook("right", url, hookSecret))
	for name, want := range map[string]string{"right": "verified test", "rotating": "verified test", "wrong": "refused No matching signature found"} {
		code := map[bool]int{true: 0, false: 4}[name != "wrong"]
		if r := g.Shell(t, "webhook", "test", name); r.Code != code {
			t.Errorf("%s: got exit %d, want %d: %s%s", name, r.Code, code, r.Out, r.Err)
		}
		if got := next(); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	g.Configure(t, harness.LoopbackConfig+hook("right", url, hookSecret))
	server(t, g)
	g.Order(t, "did", "purchase", g.Lots(t, 1)[0].Number)
	if got := next(); got != "verified order.requested" {
		t.Errorf("got %q, want the order", got)
	}
}
