package oauth_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"didops/internal/fault"
	"didops/internal/oauth"
	"didops/internal/testing/fakeissuer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func verifier(t *testing.T, i *fakeissuer.Issuer, log io.Writer) *oauth.Verifier {
	t.Helper()
	v, err := oauth.New(oauth.Config{Issuer: i.URL, Audience: i.Audience, NameClaim: "sub", Now: time.Now, Log: zerolog.New(log)})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// running is a verifier that has its keys.
func running(t *testing.T, i *fakeissuer.Issuer) *oauth.Verifier {
	t.Helper()
	log := make(lines, 16)
	v := verifier(t, i, log)
	run(t, v)
	log.await(t, "can be checked")
	return v
}

func run(t *testing.T, v *oauth.Verifier) {
	t.Helper()
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	t.Cleanup(func() {
		end()
		if err := <-ended; err != nil {
			t.Errorf("run: got %v, want nil", err)
		}
	})
}

// lines is a log that can be waited for.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	select {
	case l <- string(p):
	default: // nobody waits any more
	}
	return len(p), nil
}

func (l lines) await(t *testing.T, text string) {
	t.Helper()
	for {
		select {
		case line := <-l:
			if strings.Contains(line, text) {
				return
			}
		case <-time.After(time.Minute):
			t.Fatalf("the log does not say %q", text)
		}
	}
}

func TestEveryAlgorithm(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	keys := []fakeissuer.Key{}
	for _, alg := range []string{"RS256", "PS256", "ES256", "EdDSA"} {
		keys = append(keys, fakeissuer.NewKey(t, "the "+alg, alg))
	}
	i.Rotate(keys...)
	v := running(t, i)
	for _, k := range keys {
		name, scopes, err := v.Check(t.Context(), i.Token(t, "alice", "did:read did:order", fakeissuer.Signed(k)))
		if err != nil || name != "alice" || !slices.Equal(scopes, []string{"did:read", "did:order"}) {
			t.Errorf("%s: got %q, %v, %v", k.ID, name, scopes, err)
		}
	}
}

func TestTokensThatCount(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	v := running(t, i)
	tests := []struct {
		name   string
		change func(*fakeissuer.Token)
		scopes []string
	}{
		{"long type", fakeissuer.Header("typ", "application/at+jwt"), []string{"a", "b"}},
		{"type in capitals", fakeissuer.Header("typ", "AT+JWT"), []string{"a", "b"}},
		{"no key id", fakeissuer.Header("kid", nil), []string{"a", "b"}},
		{"one audience of several", fakeissuer.Claim("aud", []string{"other", "didops"}), []string{"a", "b"}},
		{"expired within the leeway", fakeissuer.Claim("exp", time.Now().Add(-10*time.Second).Unix()), []string{"a", "b"}},
		{"valid soon, within the leeway", fakeissuer.Claim("nbf", time.Now().Add(10*time.Second).Unix()), []string{"a", "b"}},
		{"no scope", fakeissuer.Claim("scope", nil), nil},
		{"scopes as a list", func(t *fakeissuer.Token) {
			t.Claims["scope"], t.Claims["scp"] = nil, []any{"c", 1, "d"}
		}, []string{"c", "d"}},
		{"scp as text", func(t *fakeissuer.Token) { t.Claims["scope"], t.Claims["scp"] = nil, "c d" }, []string{"c", "d"}},
		{"scope of another shape", fakeissuer.Claim("scope", 7), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			name, scopes, err := v.Check(t.Context(), i.Token(t, "alice", "a b", tt.change))
			if err != nil || name != "alice" || !slices.Equal(scopes, tt.scopes) {
				t.Errorf("got %q, %v, %v, want alice and %v", name, scopes, err, tt.scopes)
			}
		})
	}
}

func TestTokensThatDoNotCount(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	i.Rotate(fakeissuer.NewKey(t, "key-1", "RS256"))
	v := running(t, i)
	other := fakeissuer.New(t)
	good := i.Token(t, "alice", "did:read")
	if _, _, err := v.Check(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	was := func(d time.Duration) int64 { return time.Now().Add(-d).Unix() }
	token := func(changes ...func(*fakeissuer.Token)) string { return i.Token(t, "alice", "did:read", changes...) }
	tests := []struct{ name, token, want string }{
		{"empty", "", "no JWT"},
		{"a word", "hunter2", "no JWT"},
		{"five parts, encrypted", "a.b.c.d.e", "no JWT"},
		{"dots", "..", "can't be verified"},
		{"long", good + strings.Repeat("A", 16<<10), "no JWT"},
		{"null", "bnVsbA.bnVsbA.bnVsbA", "can't be verified"},
		{"expired", token(fakeissuer.Claim("exp", was(time.Minute))), "expired"},
		{"no expiry", token(fakeissuer.Claim("exp", nil)), "lacks"},
		{"expiry of another shape", token(fakeissuer.Claim("exp", "tomorrow")), "can't be verified"},
		{"not yet valid", token(fakeissuer.Claim("nbf", was(-time.Minute))), "not valid yet"},
		{"another audience", token(fakeissuer.Claim("aud", "didops2")), "audience"},
		{"no audience", token(fakeissuer.Claim("aud", nil)), "lacks"},
		{"another issuer", token(fakeissuer.Claim("iss", other.URL)), "issuer"},
		{"an issuer with a slash", token(fakeissuer.Claim("iss", i.URL+"/")), "issuer"},
		{"no issuer", token(fakeissuer.Claim("iss", nil)), "lacks"},
		{"of the other issuer", other.Token(t, "alice", "did:read", fakeissuer.Claim("iss", i.URL)), "can't be verified"},
		{"ID token", token(fakeissuer.Header("typ", "JWT"), fakeissuer.Claim("nonce", "n")), "no access token"},
		{"no type", token(fakeissuer.Header("typ", nil)), "no access token"},
		{"type of another shape", token(fakeissuer.Header("typ", 1)), "no access token"},
		{"logout token", token(fakeissuer.Header("typ", "logout+jwt")), "no access token"},
		{"a condition", token(fakeissuer.Header("crit", []string{"b64"}), fakeissuer.Header("b64", true)), "no access token"},
		{"alg none", token(fakeissuer.Unsigned), "can't be verified"},
		{"alg None", token(fakeissuer.Unsigned, fakeissuer.Header("alg", "None")), "can't be verified"},
		{"HS256 with the public key", token(fakeissuer.Confused), "can't be verified"},
		{"HS256 without key id", token(fakeissuer.Confused, fakeissuer.Header("kid", nil)), "can't be verified"},
		{"alg of another kind of key", token(fakeissuer.Header("alg", "ES256")), "can't be verified"},
		{"alg of the same key", token(fakeissuer.Header("alg", "PS256")), "can't be verified"},
		{"key id of another shape", token(fakeissuer.Header("kid", []string{"key-1"})), "can't be verified"},
		{"another key under this id", token(fakeissuer.Signed(fakeissuer.NewKey(t, "key-1", "ES256"))), "can't be verified"},
		{"own key in the header", token(fakeissuer.Header("jwk", map[string]any{"kty": "oct", "k": "AAAA"}), fakeissuer.Signed(fakeissuer.NewKey(t, "key-1", "RS256"))), "can't be verified"},
		{"tampered scope", fakeissuer.Tampered(t, good, "scope", "did:order"), "can't be verified"},
		{"tampered name", fakeissuer.Tampered(t, good, "sub", "bob"), "can't be verified"},
		{"signature cut off", good[:strings.LastIndex(good, ".")+1], "can't be verified"},
		{"no name", token(fakeissuer.Claim("sub", nil)), "does not name"},
		{"empty name", token(fakeissuer.Claim("sub", "")), "does not name"},
		{"name of another shape", token(fakeissuer.Claim("sub", 7)), "does not name"},
		{"long name", token(fakeissuer.Claim("sub", strings.Repeat("a", 257))), "does not name"},
		{"name with a line", token(fakeissuer.Claim("sub", "alice\nbob")), "does not name"},
		{"name that turns round", token(fakeissuer.Claim("sub", "alice\u202e")), "does not name"},
		{"name that hides", token(fakeissuer.Claim("sub", "al\u200bice")), "does not name"},
		{"name that begins with a space", token(fakeissuer.Claim("sub", " alice")), "does not name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			name, scopes, err := v.Check(t.Context(), tt.token)
			f, ok := fault.As(err)
			if !ok || f.Code != fault.Unauthorized || !strings.Contains(f.Message, tt.want) || name != "" || scopes != nil {
				t.Fatalf("got %q, %v, %v, want unauthorized with %q", name, scopes, err, tt.want)
			}
			if strings.ContainsAny(f.Message, "\"\\\n") {
				t.Errorf("got %q, which can't stand in a header", f.Message)
			}
		})
	}
}

func TestMetadataIsFound(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration",
		"/.well-known/oauth-authorization-server/realms/a", "/.well-known/openid-configuration/realms/a",
		"/realms/a/.well-known/openid-configuration",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			i := fakeissuer.New(t)
			i.Metadata = path
			if strings.Contains(path, "realms") {
				i.URL += "/realms/a"
			} else {
				i.URL += "/" // as some spell themselves
			}
			if r, err := verifier(t, i, io.Discard).Probe(t.Context()); err != nil || r.Usable != 1 || len(r.SameName) > 0 {
				t.Errorf("got %+v, %v, want 1 key", r, err)
			}
		})
	}
}

func TestMetadataOfNoUse(t *testing.T) {
	t.Parallel()
	body := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
	}
	tests := []struct {
		name    string
		handler func(url string) http.HandlerFunc
		code    fault.Code
	}{
		{"nothing there", func(string) http.HandlerFunc { return http.NotFound }, fault.Unavailable},
		{"a page", func(string) http.HandlerFunc { return body("<html>") }, fault.Unavailable},
		{"no keys", func(url string) http.HandlerFunc { return body(`{"issuer":"` + url + `"}`) }, fault.Unavailable},
		{"keys in the clear", func(url string) http.HandlerFunc {
			return body(`{"issuer":"` + url + `","jwks_uri":"http://keys.example.net/"}`)
		}, fault.Unavailable},
		{"keys in a file", func(url string) http.HandlerFunc { return body(`{"issuer":"` + url + `","jwks_uri":"file:///keys"}`) }, fault.Unavailable},
		{"keys that are none", func(url string) http.HandlerFunc {
			return body(`{"issuer":"` + url + `","jwks_uri":"` + url + `/keys","keys":7}`)
		}, fault.Unavailable},
		{"without end", func(string) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				for {
					if _, err := w.Write([]byte(strings.Repeat(" ", 64<<10))); err != nil {
						return
					}
				}
			}
		}, fault.Unavailable},
		{"elsewhere", func(url string) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, url+"/elsewhere", http.StatusFound)
			}
		}, fault.Unavailable},
		{"another issuer", func(string) http.HandlerFunc {
			return body(`{"issuer":"https://login.example.net","jwks_uri":"https://login.example.net/keys"}`)
		}, fault.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var handler http.Handler
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
			defer server.Close()
			handler = tt.handler(server.URL)
			v, err := oauth.New(oauth.Config{Issuer: server.URL, Audience: "didops", NameClaim: "sub", Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			if r, err := v.Probe(t.Context()); fault.CodeOf(err) != tt.code {
				t.Errorf("got %+v, %v, want %s", r, err, tt.code)
			}
		})
	}
}

func TestIssuerMayBeDownAtTheStart(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	i.Down(true)
	log := make(lines, 16)
	v := verifier(t, i, log)
	run(t, v)
	log.await(t, "can't be read")
	token := i.Token(t, "alice", "did:read")
	_, _, err := v.Check(t.Context(), token)
	if f, ok := fault.As(err); !ok || f.Code != fault.Unavailable || f.RetryAfter <= 0 || v.Ready() == nil {
		t.Errorf("got %v, ready %v, want unavailable for a while", err, v.Ready())
	}
	if _, _, err := v.Check(t.Context(), "hunter2"); fault.CodeOf(err) != fault.Unauthorized {
		t.Errorf("what is no JWT: got %v, want unauthorized", err)
	}
	i.Down(false)
	log.await(t, "can be checked")
	if name, _, err := v.Check(t.Context(), token); err != nil || name != "alice" {
		t.Errorf("got %q, %v, want alice", name, err)
	}
	i.Down(true)
	if name, _, err := v.Check(t.Context(), token); err != nil || name != "alice" || v.Ready() != nil {
		t.Errorf("down again: got %q, %v, want alice by the keys that are known", name, err)
	}
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	v := running(t, i)
	before := i.Token(t, "alice", "")
	i.Rotate(fakeissuer.NewKey(t, "key-2", "EdDSA"))
	left, leave := context.WithCancel(t.Context())
	leave() // or callers that hang up could keep new keys from being read
	if name, _, err := v.Check(left, i.Token(t, "alice", "")); err != nil || name != "alice" {
		t.Errorf("the new key: got %q, %v, want alice", name, err)
	}
	if name, _, err := v.Check(t.Context(), before); err == nil {
		t.Errorf("the key that was withdrawn: got %q, want an error", name)
	}
}

// TestFloodOfUnknownKeys sends forged tokens, each with a key of its own: the
// issuer is asked a few times, and whoever has a good token is not kept
// waiting even while it does not answer.
func TestFloodOfUnknownKeys(t *testing.T) {
	t.Parallel()
	const forged = 2000
	i := fakeissuer.New(t)
	v := running(t, i)
	good := i.Token(t, "alice", "")
	begun := time.Now()
	release := i.Hold()
	var all sync.WaitGroup
	attempts := make(chan int)
	for range 32 {
		all.Go(func() {
			for n := range attempts {
				if _, _, err := v.Check(context.Background(), i.Token(t, "mallory", "", fakeissuer.Header("kid", fmt.Sprint("forged-", n)))); fault.CodeOf(err) != fault.Unauthorized {
					t.Errorf("forged: got %v, want unauthorized", err)
				}
			}
		})
	}
	for n := range forged {
		attempts <- n
		if n%100 == 0 {
			if name, _, err := v.Check(t.Context(), good); err != nil || name != "alice" {
				t.Errorf("in the flood: got %q, %v, want alice", name, err)
			}
		}
	}
	close(attempts)
	all.Wait()
	release()
	// One at the start, three at once, then one in ten seconds.
	most := 1 + 3 + int(time.Since(begun)/(10*time.Second)) + 1
	if got := i.Reads(); got > most || got < 2 {
		t.Errorf("got %d readings of the keys for %d forged tokens, want 2 to %d", got, forged, most)
	}
	t.Logf("%d forged tokens in %v: the keys were read %d times", forged, time.Since(begun).Round(time.Millisecond), i.Reads())
}

func TestNewNeedsItsSettings(t *testing.T) {
	t.Parallel()
	if _, err := oauth.New(oauth.Config{Issuer: "https://login.example.net", Now: time.Now}); err == nil {
		t.Error("without an audience: got nil, want an error")
	}
}
