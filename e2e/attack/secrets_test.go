package attack_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"didops/cmd/didops/app"
	"didops/e2e/harness"
	"didops/internal/exchange/sandbox"
	"didops/internal/testing/capture"
)

// The secrets of these tests; each holds the mark.
const (
	mark          = "marked"
	markedKey     = "marked-api+key/1"
	markedSMPP    = "smpp:login:marked-password:{number}@smpp.example.net:2776"
	markedStore   = "postgres://didops:marked-store@127.0.0.1:1/didops" // nobody answers there
	markedDiscord = "marked.discord.token"
	markedBearer  = "marked-bearer-token"
	markedGiven   = "smpp:other:marked-given:{number}@smpp.new.example:2776"
)

// vault collects what left the program, and the signatures and other secrets
// that must not be in it: they are known only afterwards.
type vault struct {
	mu         sync.Mutex
	texts      map[string]string // by what wrote them
	signatures map[string]bool
	others     map[string]bool // handles of dialogs, and the key of the store
}

func newVault() *vault {
	return &vault{texts: map[string]string{}, signatures: map[string]bool{}, others: map[string]bool{}}
}

func (v *vault) keep(from, text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.texts[from] += text
}

// check looks for the mark and the signatures in everything that was kept.
func (v *vault) check(t *testing.T, requests int) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.signatures) < requests {
		t.Errorf("got %d signatures, want at least %d: else nothing is proven", len(v.signatures), requests)
	}
	for from, text := range v.texts {
		if at := strings.Index(text, mark); at >= 0 {
			t.Errorf("%s: got a secret: …%s", from, text[max(0, at-80):min(len(text), at+40)])
		}
		for s := range v.signatures {
			if strings.Contains(text, s) {
				t.Errorf("%s: got a signature in %s", from, text)
			}
		}
		for s := range v.others {
			if strings.Contains(text, s) {
				t.Errorf("%s: got the handle or key %s in %s", from, s, text)
			}
		}
	}
}

// measured keeps the metrics that are served at an address.
func (v *vault) measured(t *testing.T, address string) {
	t.Helper()
	status, text := harness.Fetch(t, "http://"+address+"/metrics")
	if status != http.StatusOK || !strings.Contains(text, "\ndidops_http_refusals_total{") {
		t.Errorf("got %d and the metrics %s, want some that count", status, text)
	}
	v.keep("metrics", text)
}

// everything runs all commands that end by themselves, and keeps what they
// wrote.
func (v *vault) everything(t *testing.T, m *harness.Machine, name string) {
	t.Helper()
	m.In = strings.Join([]string{
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`,
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"did_search","arguments":{"country":"AE"}}}`,
		`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"did_list","arguments":{}}}`,
		`{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"did_purchase","arguments":{"numbers":["+971501234567"],"smpp_contact":"` + markedGiven + `"}}}`,
		`{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"did_unsubscribe","arguments":{"numbers":["+971501234567"]}}}`,
		`{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"order_list","arguments":{}}}`,
	}, "\n") + "\n"
	for _, command := range []string{
		"did search --country AE --log-level trace", "did search --country AE --json --log-level debug", "did search --csv --all",
		"did overview", "did list --log-level trace", "did list --json --all", "did list --csv",
		"doctor --log-level trace", "doctor --json", "config check", "config check --json", "config print", "config print --json",
		"mcp --log-level trace", "serve", "tools --json", "version", "sandbox reset", "sandbox --fault nonsense",
		"did purchase +971501234567 --json --log-level trace --smpp-contact " + markedGiven,
		"did update +971501234567 --log-level trace --smpp-contact " + markedGiven,
		"order list --log-level trace", "order get o-none --json", "audit verify --json", "audit export",
		"__complete did list --number +", "__complete order get ", "__complete did search --vendor A", "did serach", "did search --limit 0 --json", "--help",
	} {
		m.Run(t, strings.Fields(command)...)
		v.keep(name+": "+command, m.Out.String()+m.Err.String())
	}
}

// configure writes a configuration with all secrets, and makes it the machine's.
func configure(t *testing.T, m *harness.Machine, exchange string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	text := fmt.Sprintf("[exchange]\n%s\napi_login = \"alice\"\napi_key = %q\nrequests_per_second = 1000\ntimeout = \"500ms\"\nread_deadline = \"200ms\"\n"+
		"[routing]\nsmpp_contact = %q\n[store]\nurl = %q\n[discord]\ntoken = %q\nrest_url = \"http://127.0.0.1:1\"\n[log]\nlevel = \"trace\"\n",
		exchange, markedKey, markedSMPP, markedStore, markedDiscord)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	m.Env["DIDOPS_CONFIG"] = path
}

// gossip is an exchange that repeats whatever it is told, and the key, in all
// the places where an answer has room.
type gossip struct {
	vault  *vault
	answer func(w http.ResponseWriter, said string)
}

// digestResponse is the signature of HTTP Digest.
var digestResponse = regexp.MustCompile(`response="([0-9a-f]+)"`)

func (g *gossip) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	authorization := r.Header.Get("Authorization")
	g.vault.mu.Lock()
	if s := form.Get("signature"); s != "" {
		g.vault.signatures[s] = true
	}
	if s := digestResponse.FindStringSubmatch(authorization); s != nil {
		g.vault.signatures[s[1]] = true
	}
	g.vault.mu.Unlock()
	g.answer(w, string(body)+" "+form.Get("signature")+" "+authorization+" "+markedKey)
}

func answerWith(status int, media, format string, escape func(string) string) func(http.ResponseWriter, string) {
	return func(w http.ResponseWriter, said string) {
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, format, escape(said))
	}
}

// TestSecretsStayIn runs everything against exchanges that fail in every way
// and repeat the secrets they were sent.
func TestSecretsStayIn(t *testing.T) {
	t.Parallel()
	asIs := func(s string) string { return s }
	digest := func(answer func(http.ResponseWriter, string)) func(http.ResponseWriter, string) {
		return func(w http.ResponseWriter, said string) {
			if strings.Contains(said, "Digest ") {
				answer(w, said)
				return
			}
			w.Header().Set("WWW-Authenticate", `Digest realm="didops", nonce="abc", qop="auth", algorithm=MD5`)
			w.WriteHeader(http.StatusUnauthorized)
		}
	}
	tests := []struct {
		name   string
		auth   string
		answer func(http.ResponseWriter, string)
	}{
		{"HTML", "signature", answerWith(200, "text/html", "<html>%s</html>", html.EscapeString)},
		{"plain text", "signature", answerWith(200, "text/plain", "%s", asIs)},
		{"an error", "signature", answerWith(200, "application/json", `{"status":"error","message":%s}`, harness.Quote)},
		{"a failed signature", "signature", answerWith(200, "application/json", `{"status":"fail","error":%s}`, func(s string) string { return harness.Quote("Wrong signature " + s) })},
		{"an unknown status", "signature", answerWith(200, "application/json", `{"status":%s}`, harness.Quote)},
		{"half of it", "signature", answerWith(200, "application/json", `{"status":"success","dids":[{"number":%s`, harness.Quote)},
		{"rows not understood", "signature", answerWith(200, "application/json", `{"status":"success","dids":[{"number":%s}]}`, harness.Quote)},
		{"something before", "signature", answerWith(200, "application/json", `%s{"status":"error"}`, asIs)},
		{"HTTP 400", "signature", answerWith(400, "application/json", `{"status":"error","message":%s}`, harness.Quote)},
		{"HTTP 401", "signature", answerWith(401, "text/plain", "%s", asIs)},
		{"HTTP 403", "signature", answerWith(403, "text/html", "%s", url.QueryEscape)},
		{"HTTP 404", "signature", answerWith(404, "text/plain", "%s", asIs)},
		{"HTTP 429", "signature", answerWith(429, "text/plain", "%s", asIs)},
		{"HTTP 500", "signature", answerWith(500, "text/html", "%s", html.EscapeString)},
		{"a redirect", "signature", func(w http.ResponseWriter, said string) {
			w.Header().Set("Location", "http://192.0.2.1/?"+said)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}},
		{"a cut", "signature", func(http.ResponseWriter, string) { panic(http.ErrAbortHandler) }},
		{"digest refused", "digest", digest(answerWith(401, "text/plain", "%s", asIs))},
		{"digest, an error", "digest", digest(answerWith(200, "application/json", `{"status":"error","message":%s}`, harness.Quote))},
		{"digest, HTML", "digest", digest(answerWith(500, "text/html", "%s", html.EscapeString))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVault()
			server := httptest.NewServer(&gossip{vault: v, answer: tt.answer})
			defer server.Close()
			m := harness.NewMachine(t)
			configure(t, m, fmt.Sprintf("url = %q\nauth = %q", server.URL, tt.auth))
			v.everything(t, m, tt.name)
			v.state(t, m)
			v.check(t, 1)
		})
	}
}

// state keeps the files below the home.
func (v *vault) state(t *testing.T, m *harness.Machine) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(m.Env["HOME"]), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(m.Env["HOME"], path))
		v.keep(path, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSecretsOfASandbox runs everything where it works: against a sandbox in
// which a number with a password in its routing was bought.
func TestSecretsOfASandbox(t *testing.T) {
	t.Parallel()
	m, v := harness.NewMachine(t), newVault()
	m.BuyInSandbox(t, "sip:971500000000@sip.example.net:5060", "smpp:login:marked-password:971500000000@smpp.example.net:2776")
	v.everything(t, m, "the sandbox")

	s, err := sandbox.New(sandbox.Options{Key: markedKey, Login: "alice", Numbers: 100, Digest: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	tee := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		v.mu.Lock()
		v.signatures[form.Get("signature")] = true
		v.mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		s.ServeHTTP(w, r)
	})
	server := httptest.NewServer(tee)
	defer server.Close()
	m = harness.NewMachine(t)
	configure(t, m, fmt.Sprintf("url = %q", server.URL))
	v.everything(t, m, "an exchange")
	v.state(t, m)
	delete(v.signatures, "")
	v.check(t, 1)
}

// TestSecretsInMistakes puts secrets where they do not belong.
func TestSecretsInMistakes(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text string }{
		{"an unknown key", "[exchange]\napi_kee = \"marked\""},
		{"an unknown section", "[exchang]\napi_key = \"marked\""},
		{"a broken line", "[exchange]\napi_key = \"marked"},
		{"no value", "[exchange]\napi_key = marked"},
		{"a key without a url", "[exchange]\napi_key = \"marked\""},
		{"a key of two lines", "[exchange]\napi_key = \"\"\"marked\nmarked\"\"\""},
		{"a list", "[exchange]\napi_key = [\"marked\"]"},
		{"a key given twice", "[exchange]\napi_key = \"marked\"\napi_key = \"marked\""},
		{"the key as its file", "[exchange]\nurl = \"https://api.example.net\"\napi_login = \"alice\"\napi_key_file = \"marked\""},
		{"a password in the url", "[exchange]\nurl = \"https://alice:marked@api.example.net\"\napi_login = \"alice\"\napi_key = \"marked\""},
		{"a key in the path", "[exchange]\nlist_path = \"/number/list?key=marked\""},
		{"a key as a choice", "[exchange]\nauth = \"marked\"\nstyle = \"marked\"\npaging = \"marked\"\ncurrency = \"marked\""},
		{"a key as a time", "[exchange]\ntimeout = \"marked\"\npage_size = \"marked\""},
		{"a key as an amount", "[limits]\nmax_day_total = \"marked\"\ncountries = [\"marked\"]"},
		{"routing that is none", "[routing]\nsmpp_contact = \"marked\"\ncontact = \"marked\""},
		{"a store that is none", "[store]\nurl = \"mysql://didops:marked@db.example.net\""},
		{"a token for its digest", "[http]\nlisten = \"127.0.0.1:0\"\n[[http.clients]]\nname = \"team\"\ntoken_sha256 = \"marked\""},
		{"a token for a name", "[http]\nlisten = \"marked\"\n[[http.clients]]\nname = \"marked token\"\ntoken_sha256 = \"marked\""},
		{"a token for an id", "[discord]\nguild_ids = [\"marked\"]\npublic_key = \"marked\""},
		{"a level that is none", "[log]\nlevel = \"marked\"\nformat = \"marked\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, v := harness.NewMachine(t), newVault()
			path := filepath.Join(t.TempDir(), "config.toml")
			if err := os.WriteFile(path, []byte(tt.text+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			m.Env["DIDOPS_CONFIG"] = path
			if code := m.Run(t, "config", "check"); code != 2 {
				t.Errorf("got exit %d, want 2", code)
			}
			if !strings.Contains(m.Err.String(), "config.toml:") {
				t.Errorf("got %q, want file and line", m.Err.String())
			}
			v.everything(t, m, tt.name)
			v.check(t, 0)
		})
	}
}

// TestSecretsOfClients sends bearer tokens, right and wrong ones, and looks
// for them in answers and log.
func TestSecretsOfClients(t *testing.T) {
	t.Parallel()
	v := newVault()
	m := harness.NewMachine(t)
	path := filepath.Join(t.TempDir(), "config.toml")
	sum := sha256.Sum256([]byte(markedBearer))
	text := fmt.Sprintf("[http]\nlisten = \"127.0.0.1:0\"\n[[http.clients]]\nname = \"team\"\ntoken_sha256 = %q\n[log]\nlevel = \"trace\"\n", hex.EncodeToString(sum[:]))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	m.Env["DIDOPS_CONFIG"] = path
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, log := capture.New(), capture.New()
	ended := make(chan int, 1)
	go func() {
		ended <- app.Run(ctx, []string{"serve", "--log-level", "trace"}, app.Host{
			Getenv: func(name string) string { return m.Env[name] }, Now: time.Now, In: strings.NewReader(""), Out: out, Err: log,
		})
	}()
	var address string
	for address == "" {
		select {
		case <-log.More:
		case code := <-ended:
			t.Fatalf("got exit %d: %s", code, log.String())
		}
		if found := harness.Serves.FindStringSubmatch(log.String()); found != nil {
			address = found[1]
		}
	}
	for _, token := range []string{markedBearer, "marked-wrong", "marked-wrong " + markedBearer, ""} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/mcp",
			strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "application/json, text/event-stream")
		req.Header.Set("Authorization", "Bearer "+token)
		req.Close = true
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: 200, false: 401}[token == markedBearer]; resp.StatusCode != want {
			t.Errorf("got status %d for %q, want %d", resp.StatusCode, token, want)
		}
		v.keep("an answer", fmt.Sprint(resp.Header)+string(body))
	}
	v.measured(t, address)
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("got exit %d, want 0: %s", code, log.String())
	}
	v.keep("serve", out.String()+log.String())
	v.state(t, m)
	v.check(t, 0)
}
