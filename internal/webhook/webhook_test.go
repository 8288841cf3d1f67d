package webhook_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"didops/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// example is the secret of the specification's own example.
const example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func secret(tb testing.TB, text string) webhook.Secret {
	tb.Helper()
	s, err := webhook.ParseSecret(text)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// TestSignature holds the example of Standard Webhooks (in the README and in
// the tests of its reference libraries).
func TestSignature(t *testing.T) {
	t.Parallel()
	got := secret(t, example).Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	of := func(n int) string { return strings.Repeat("QUFB", n/3) }
	for text, good := range map[string]bool{
		example: true, "whsec_" + of(24): true, "whsec_" + of(63): true, "whsec_" + of(66): false, "whsec_" + of(21): false,
		"": false, "whsec_": false, strings.TrimPrefix(example, "whsec_"): false, "WHSEC_" + of(24): false,
		example + "=": false, example + "\n": false, " " + example: false, "whsec_" + strings.Repeat("-_-_", 8): false,
		"whsec_MfKQ9r8GKYqrTwjUPD8I\nLPZIo2LaLaSw": false, "whpk_" + of(32): false,
	} {
		got, err := webhook.ParseSecret(text)
		if (err == nil) != good {
			t.Errorf("%q: got %v, want good: %v", text, err, good)
		}
		if shown := fmt.Sprintf("%v %+v %#v %s %v", got, got, got, got, err); len(text) > 12 && strings.Contains(shown, text[6:]) {
			t.Errorf("%q is shown: %s", text, shown)
		}
	}
	a, b := secret(t, example), secret(t, "whsec_"+of(24))
	if a.Same(b) || !a.Same(secret(t, example)) {
		t.Error("secrets are not told apart")
	}
	if a.Fingerprint("a", "bc") == a.Fingerprint("ab", "c") || a.Fingerprint("a") == b.Fingerprint("a") || a.Fingerprint("a") != secret(t, example).Fingerprint("a") {
		t.Error("fingerprints do not tell settings apart")
	}
}

func loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

func client(tb testing.TB, c webhook.Config) *webhook.Client {
	tb.Helper()
	if c.Secrets == nil {
		c.Secrets = []webhook.Secret{secret(tb, example)}
	}
	c.Now, c.Agent = time.Now, "didops/test"
	made, err := webhook.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(made.Close)
	return made
}

// TestRequest looks at all that a receiver gets.
func TestRequest(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(server.Close)
	old := secret(t, "whsec_"+strings.Repeat("QUFB", 8))
	c := client(t, webhook.Config{URL: server.URL + "/in?team=ops", Private: loopback(), Secrets: []webhook.Secret{secret(t, example), old}})
	r := c.Send(t.Context(), "msg_1", []byte(`{"type":"test"}`))
	if r.Kind != webhook.Delivered || r.Status != http.StatusNoContent || r.Why != "" {
		t.Fatalf("got %+v, want it delivered", r)
	}
	sec, err := strconv.ParseInt(got.Header.Get("Webhook-Timestamp"), 10, 64)
	if err != nil || time.Since(time.Unix(sec, 0)).Abs() > time.Minute {
		t.Errorf("got the time %q, want now", got.Header.Get("Webhook-Timestamp"))
	}
	want := secret(t, example).Sign("msg_1", time.Unix(sec, 0), body) + " " + old.Sign("msg_1", time.Unix(sec, 0), body)
	if s := got.Header.Get("Webhook-Signature"); s != want {
		t.Errorf("got the signatures %q, want %q", s, want)
	}
	for name, value := range map[string]string{
		"Webhook-Id": "msg_1", "Content-Type": "application/json", "User-Agent": "didops/test", "Authorization": "", "Content-Length": "15",
	} {
		if got.Header.Get(name) != value {
			t.Errorf("%s: got %q, want %q", name, got.Header.Get(name), value)
		}
	}
	if got.Method != http.MethodPost || got.URL.String() != "/in?team=ops" || string(body) != `{"type":"test"}` {
		t.Errorf("got %s %s %s", got.Method, got.URL, body)
	}
}

// TestAnswers holds what every kind of answer means, and that nobody's words come
// out of it.
func TestAnswers(t *testing.T) {
	t.Parallel()
	const theirs = "WORDS-OF-THE-RECEIVER"
	for _, tt := range []struct {
		name, says string
		kind       webhook.Kind
		wait       time.Duration
		handler    http.HandlerFunc
	}{
		{"200", "", webhook.Delivered, 0, status(200, "")},
		{"204", "", webhook.Delivered, 0, status(204, "")},
		{"a large yes", "", webhook.Delivered, 0, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) }},
		{"301", "redirects are not followed", webhook.Failed, 0, moved(301)},
		{"307", "redirects are not followed", webhook.Failed, 0, moved(307)},
		{"400", "does not understand", webhook.Failed, 0, status(400, "")},
		{"401", "does not let the event in", webhook.Failed, 0, status(401, "")},
		{"404", "nothing that takes events", webhook.Failed, 0, status(404, "")},
		{"410", "wants no events", webhook.Gone, 0, status(410, "")},
		{"429", "too many", webhook.Failed, 90 * time.Second, status(429, "90")},
		{"500", "in trouble", webhook.Failed, 0, status(500, "")},
		{"503", "in trouble", webhook.Failed, 6 * time.Hour, status(503, "999999")},
		{"503 with nonsense", "in trouble", webhook.Failed, 0, status(503, theirs)},
		{"503 before now", "in trouble", webhook.Failed, 0, status(503, "Wed, 25 Nov 2020 09:00:00 GMT")},
		{"hangs up", "hung up", webhook.Failed, 0, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var followed atomic.Bool
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/elsewhere" {
					followed.Store(true)
				}
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("X-Words", theirs)
				tt.handler(w, r)
			}))
			t.Cleanup(server.Close)
			c := client(t, webhook.Config{URL: server.URL + "/path-that-is-a-secret", Private: loopback()})
			r := c.Send(t.Context(), "msg_1", []byte("{}"))
			if r.Kind != tt.kind || r.Wait != tt.wait || !strings.Contains(r.Why, tt.says) || (r.Why == "") != (r.Kind == webhook.Delivered) || (r.Remedy == "") != (r.Why == "") {
				t.Errorf("got %+v, want %s, %v, and that it says %q", r, tt.kind, tt.wait, tt.says)
			}
			if followed.Load() {
				t.Error("a redirect was followed")
			}
			if all := fmt.Sprintf("%+v %v", r, r.Err); strings.Contains(all, theirs) || strings.Contains(all, "path-that-is-a-secret") || strings.Contains(all, example) {
				t.Errorf("got %s, want nobody's words, no path and no secret in it", all)
			}
		})
	}
}

func status(code int, after string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		w.WriteHeader(code)
		if code != http.StatusNoContent {
			_, _ = io.WriteString(w, "WORDS-OF-THE-RECEIVER")
		}
	}
}

func moved(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere?WORDS-OF-THE-RECEIVER")
		w.WriteHeader(code)
	}
}

// TestNobodyThere holds what is said where no answer comes.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(status(200, ""))
	t.Cleanup(plain.Close)
	secure := httptest.NewUnstartedServer(status(200, ""))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	closed, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for url, says := range map[string]string{
		"http://" + closed.Addr().String():                   "nothing listens there",
		strings.Replace(plain.URL, "http://", "https://", 1): "does not speak TLS",
		secure.URL: "does not trust",
	} {
		r := client(t, webhook.Config{URL: url, Private: loopback()}).Send(t.Context(), "msg_1", []byte("{}"))
		if r.Kind != webhook.Failed || !strings.Contains(r.Why, says) || r.Remedy == "" {
			t.Errorf("%s: got %+v, want that it says %q", url, r, says)
		}
	}
}

// TestNoAddressThatIsNotNamed tries loopback in its spellings: nothing is sent.
func TestNoAddressThatIsNotNamed(t *testing.T) {
	t.Parallel()
	var reached atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	other := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, scheme := range []string{"http", "https"} {
		for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "127.0.0.2", "[::1]", "0.0.0.0", "[::]"} {
			for _, private := range [][]netip.Prefix{nil, other} {
				c := client(t, webhook.Config{URL: scheme + "://" + host + ":" + port, Private: private})
				if r := c.Send(t.Context(), "msg_1", []byte("{}")); r.Kind != webhook.Refused || r.Remedy == "" {
					t.Errorf("%s://%s with %v: got %+v, want it refused", scheme, host, private, r)
				}
			}
		}
	}
	if reached.Load() {
		t.Error("a request arrived")
	}
}

// TestCheck holds which addresses may be written down, without dialling any.
func TestCheck(t *testing.T) {
	t.Parallel()
	ten := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, tt := range []struct {
		url     string
		private []netip.Prefix
		good    bool
	}{
		{"https://hooks.example.net", nil, true},
		{"https://1.1.1.1", nil, true},
		{"https://[2606:4700:4700::1111]", nil, true},
		{"https://10.1.2.3", nil, false},
		{"https://10.1.2.3", ten, true},
		{"http://10.1.2.3:8080", ten, true},
		{"http://1.1.1.1", ten, false}, // plain, and public
		{"https://192.168.0.1", ten, false},
		{"https://169.254.169.254", ten, false},
		{"https://100.64.0.1", nil, false},
		{"https://127.0.0.1", ten, false},
		{"https://[::ffff:127.0.0.1]", ten, false},
		{"https://[::ffff:10.0.0.1]", ten, true},
		{"https://[fd00::1]", ten, true},
		{"https://[fe80::1]", ten, false},
		{"https://[64:ff9b::7f00:1]", ten, false},
		{"https://0.0.0.0", ten, false},
		{"https://255.255.255.255", nil, false},
		{"https://192.0.2.1", nil, false}, // for documentation
	} {
		u, err := url.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		if err := webhook.Check(u, tt.private); (err == nil) != tt.good {
			t.Errorf("%s: got %v, want good: %v", tt.url, err, tt.good)
		}
	}
}

// silent never answers, and minds nothing but the end of its context.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := client(t, webhook.Config{URL: "https://hooks.example.net", Transport: silent{}})
		r := c.Send(t.Context(), "msg_1", []byte("{}"))
		if r.Kind != webhook.Failed || r.Took != webhook.Timeout || !strings.Contains(r.Why, "no answer within 15s") {
			t.Errorf("got %+v, want that there was no answer within 15s", r)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if r := c.Send(ctx, "msg_1", []byte("{}")); r.Kind != webhook.Failed || !strings.Contains(r.Why, "given up") {
			t.Errorf("got %+v, want that it was given up", r)
		}
	})
}

func TestNotAReceiver(t *testing.T) {
	t.Parallel()
	good := webhook.Config{URL: "https://hooks.example.net", Secrets: []webhook.Secret{secret(t, example)}, Now: time.Now}
	for name, change := range map[string]func(*webhook.Config){
		"no address": func(c *webhook.Config) { c.URL = "" },
		"a path":     func(c *webhook.Config) { c.URL = "/hooks" },
		"a user":     func(c *webhook.Config) { c.URL = "https://user:pass@hooks.example.net" },
		"a file":     func(c *webhook.Config) { c.URL = "file:///etc/passwd" },
		"no secret":  func(c *webhook.Config) { c.Secrets = nil },
		"no clock":   func(c *webhook.Config) { c.Now = nil },
	} {
		c := good
		change(&c)
		if _, err := webhook.New(c); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
