package serve_test

import (
	"context"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"didops/e2e/harness"
	"didops/internal/testing/fakeissuer"
)

// page is where the page of the tests is for browsers, wherever it is served.
const page = "http://localhost:8931"

// surfer is a browser of somebody, which finds the page where it is served.
type surfer struct {
	t *testing.T
	http.Client
}

func newSurfer(t *testing.T, address string) *surfer {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
		if to == "localhost:8931" {
			to = address
		}
		return (&net.Dialer{}).DialContext(ctx, network, to)
	}}
	return &surfer{t, http.Client{Jar: jar, Transport: transport}}
}

// open follows where an address leads, and returns what is there.
func (s *surfer) open(method, address string, fields url.Values) (status int, at, text string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, address, strings.NewReader(fields.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", page)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	answer, err := s.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, answer.Request.URL.Path, string(body)
}

var (
	tags  = regexp.MustCompile(`<[^>]*>`)
	terms = regexp.MustCompile(`name="terms" value="([0-9a-f]{64})"`)
)

// read is what of a page is read.
func read(text string) string { return html.UnescapeString(tags.ReplaceAllString(text, " ")) }

// TestPage has two people sign in at an issuer and look at one order: the page
// shows all that a terminal does, the first decision wins, and the second is
// told.
func TestPage(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, store string) {
		t.Helper()
		i := fakeissuer.New(t)
		i.OpenID, i.Secret = true, "s3cr3t-of-the-page"
		people := ""
		for _, name := range []string{"Alice", "Bob"} {
			people += fmt.Sprintf("[[people]]\nname = %q\nroles = [\"approver\"]\noidc = \"%s sub-%s\"\n", name, i.URL, name)
		}
		if store != "" { // there is no file that the key of the log could stand beside
			store += fmt.Sprintf("[audit]\nkey_file = %q\n", filepath.Join(t.TempDir(), "audit.key"))
		}
		g := harness.NewTarget(t, harness.LoopbackConfig+store+fmt.Sprintf("[web]\nurl = %q\noidc_issuer = %q\noidc_client_id = \"page\"\noidc_client_secret = %q\n", page, i.URL, i.Secret)+people)
		s := g.Serve(t)
		lots := g.Lots(t, 2)
		id := g.Order(t, "did", "purchase", lots[0].Number, lots[1].Number, "--reason", "for <all> of us")
		if way := g.Shell(t, "order", "get", id).Out; !strings.Contains(way, "To approve it on the web page, open "+page+"/orders/"+id) {
			t.Errorf("got %s, want it to say where the page is", way)
		}
		in := map[string]*surfer{}
		forms := map[string]url.Values{}
		for _, name := range []string{"Alice", "Bob"} {
			b := newSurfer(t, s.Address)
			in[name], i.Person = b, "sub-"+name
			if _, at, text := b.open(http.MethodGet, page+"/orders/"+id, nil); at != "/signin" || strings.Contains(text, lots[0].Number) {
				t.Fatalf("got %s and %s, want to be asked to sign in", at, text)
			}
			status, at, text := b.open(http.MethodPost, page+"/signin/oidc", url.Values{"to": {"/orders/" + id}})
			if status != http.StatusOK || at != "/orders/"+id || !strings.Contains(text, "Signed in as <b>"+name) {
				t.Fatalf("got %d at %s: %s", status, at, text)
			}
			told, _, _ := strings.Cut(g.Shell(t, "order", "get", id).Out, "To approve it")
			for line := range strings.Lines(told) {
				for word := range strings.FieldsSeq(line) {
					// Users of the machine have no name for who is told nothing of it.
					if !strings.HasPrefix(line, "Asked by") && !strings.Contains(strings.ToLower(read(text)), strings.ToLower(word)) {
						t.Errorf("got a page without %q: %s", word, read(text))
					}
				}
			}
			forms[name] = url.Values{"decision": {"approve"}, "terms": {terms.FindStringSubmatch(text)[1]}}
		}
		if status, _, text := in["Bob"].open(http.MethodPost, page+"/orders/"+id+"/decide", forms["Bob"]); status != http.StatusOK || !strings.Contains(read(text), "Done: 2 numbers bought") {
			t.Errorf("got %d %s", status, read(text))
		}
		status, _, text := in["Alice"].open(http.MethodPost, page+"/orders/"+id+"/decide", forms["Alice"])
		if status != http.StatusConflict || !strings.Contains(read(text), "is decided: approved by “Bob” (web) at ") {
			t.Errorf("got %d %s", status, read(text))
		}
		if r := g.Shell(t, "audit", "verify"); r.Code != 0 || len(g.Writes()) != 2 {
			t.Errorf("got %d writes, and %s%s of the trail", len(g.Writes()), r.Out, r.Err)
		}
		if _, at, text := in["Alice"].open(http.MethodGet, page+"/log", nil); at != "/log" || !strings.Contains(read(text), "approved, by “Bob” (web)") {
			t.Errorf("got %s", read(text))
		}
		s.Stop()
		if log := s.Log.String(); strings.Contains(log, i.Secret) || strings.Contains(log, "code=") {
			t.Errorf("got a secret in the log: %s", log)
		}
	})
}
