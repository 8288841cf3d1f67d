package mcp_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"didops/bots/mcp"
	"didops/internal/identity"
	"didops/internal/oauth"
	"didops/internal/testing/capture"
	"didops/internal/testing/fakeissuer"
)

// guardedServer is a server on loopback whose callers need a token: of two clients,
// or of an issuer.
type guardedServer struct {
	*httptest.Server
	issuer  *fakeissuer.Issuer
	harness *harness
}

// guardedBy serves with the change to what is configured, over TLS if secure.
func guardedBy(t *testing.T, issuer *fakeissuer.Issuer, secure bool, change func(*mcp.HTTP)) *guardedServer {
	t.Helper()
	log := make(logged, 64)
	tokens, err := oauth.New(oauth.Config{Issuer: issuer.URL, Audience: issuer.Audience, NameClaim: "sub", Now: time.Now, Log: zerolog.New(log)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- tokens.Run(ctx) }()
	t.Cleanup(func() {
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	<-log // the keys are read, or can't be
	config := mcp.HTTP{Clients: twoClients(), OAuth: &mcp.OAuth{Tokens: tokens, Issuer: issuer.URL, Audience: issuer.Audience}, LoopbackPrincipal: neighbour()}
	if change != nil {
		change(&config)
	}
	y := newHarness(t)
	h := handler(t, y.server(t, zerolog.Nop()), config)
	mux := http.NewServeMux()
	mux.Handle("/mcp", h)
	mux.Handle(mcp.MetadataPath, h.Metadata("/mcp"))
	mux.Handle(mcp.MetadataPath+"/mcp", h.Metadata("/mcp"))
	server := httptest.NewUnstartedServer(nil)
	server.Config = h.NewHTTPServer(mux)
	if secure {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return &guardedServer{server, issuer, y}
}

// neighbour is who comes to a server that needs no token.
func neighbour() identity.Principal {
	return identity.Principal{Realm: "http", ID: "local", Name: "local", Role: identity.Requester}
}

// logged hands over lines of a log until nobody takes them.
type logged chan string

func (l logged) Write(p []byte) (int, error) {
	select {
	case l <- string(p):
	default:
	}
	return len(p), nil
}

// answer is what of an answer is looked at, besides its body.
type answer struct {
	StatusCode int
	Header     http.Header
	TLS        *tls.ConnectionState
}

// send sends a request to the server and returns the answer and its body.
func (g *guardedServer) send(t *testing.T, r *http.Request) (answer, string) {
	t.Helper()
	host := r.Host
	next, err := http.NewRequestWithContext(t.Context(), r.Method, g.URL+r.URL.Path, r.Body)
	if err != nil {
		t.Error(err)
		return answer{}, ""
	}
	next.Header, next.ContentLength = r.Header, r.ContentLength
	if host != "localhost:8931" { // what requests of tests are addressed to
		next.Host = host
	}
	resp, err := g.Client().Do(next)
	if err != nil {
		t.Error(err)
		return answer{}, ""
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return answer{resp.StatusCode, resp.Header, resp.TLS}, string(text)
}

func TestTokenOfAnIssuer(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	g := guardedBy(t, i, false, nil)
	metadata := `resource_metadata="` + g.URL + `/.well-known/oauth-protected-resource/mcp"`
	plain, invalid := "Bearer "+metadata+`, scope="did:read did:order"`, `, error="invalid_token", error_description="`
	token := func(name, scopes string, changes ...func(*fakeissuer.Token)) []string {
		return bearer(i.Token(t, name, scopes, changes...))
	}
	evil := fakeissuer.New(t)
	good := i.Token(t, "alice", "did:read")
	tests := []struct {
		name    string
		headers []string
		want    int
		asked   string // WWW-Authenticate, or its begin
	}{
		{"reader", token("alice", "openid did:read"), 200, ""},
		{"requester", token("alice", "did:order"), 200, ""},
		{"a client with a token of its own", bearer(teamToken), 200, ""},
		{"wrong host", append(token("alice", "did:read"), "Host", "evil.example.net"), 403, ""},
		{"foreign origin", append(token("alice", "did:read"), "Origin", "https://evil.example.net"), 403, ""},
		{"no token", nil, 401, plain},
		{"empty token", bearer(""), 401, plain},
		{"another scheme", []string{"Authorization", "DPoP " + good}, 401, plain},
		{"no JWT", bearer("hunter2"), 401, plain + invalid + "this is no token that is known here, and no JWT"},
		{"expired", token("alice", "did:read", fakeissuer.Claim("exp", time.Now().Add(-time.Minute).Unix())), 401, plain + invalid + "the token has expired"},
		{"not yet valid", token("alice", "did:read", fakeissuer.Claim("nbf", time.Now().Add(time.Hour).Unix())), 401, plain + invalid + "the token is not valid yet"},
		{"wrong audience", token("alice", "did:read", fakeissuer.Claim("aud", "other")), 401, plain + invalid + "the token is for another audience"},
		{"wrong issuer", token("alice", "did:read", fakeissuer.Claim("iss", evil.URL)), 401, plain + invalid + "the token is of another issuer"},
		{"another issuer's key", bearer(evil.Token(t, "alice", "did:read", fakeissuer.Claim("iss", i.URL))), 401, plain + invalid},
		{"alg none", token("alice", "did:read", fakeissuer.Unsigned), 401, plain + invalid},
		{"HS256 with the public key", token("alice", "did:read", fakeissuer.Confused), 401, plain + invalid},
		{"ID token", token("alice", "did:read", fakeissuer.Header("typ", "JWT")), 401, plain + invalid + "the token is no access token"},
		{"tampered", bearer(fakeissuer.Tampered(t, good, "scope", "did:order")), 401, plain + invalid},
		{"unknown key", token("alice", "did:read", fakeissuer.Header("kid", "forged")), 401, plain + invalid},
		{"name of a client", token("team", "did:order"), 401, plain + invalid + "the name in the token is that of another client"},
		{"name of a client in capitals", token("TEAM", "did:order"), 401, plain + invalid},
		{"wrong scope", token("bob", "did:write did:reader"), 403, "Bearer " + metadata + `, scope="did:read did:order", error="insufficient_scope"`},
		{"no scope", token("bob", ""), 403, "Bearer " + metadata + `, scope="did:read did:order", error="insufficient_scope"`},
		{"oversized token", bearer(good + strings.Repeat("A", 20<<10)), 401, plain + invalid},
		{"oversized headers", append(token("alice", "did:read"), "X-Padding", strings.Repeat("A", 80<<10)), 431, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []*http.Request{post(initialize, tt.headers...), modernPost("1", "server/discover", "", tt.headers...)} {
				resp, text := g.send(t, r)
				got := resp.Header.Get("WWW-Authenticate")
				if resp.StatusCode != tt.want || !strings.HasPrefix(got, tt.asked) || (tt.asked == "") != (got == "") {
					t.Errorf("got %d %s, WWW-Authenticate %q, want %d, %q", resp.StatusCode, text, got, tt.want, tt.asked)
				}
				if strings.Contains(text+got, good) {
					t.Errorf("got the token back: %s %s", text, got)
				}
			}
		})
	}
}

func TestTokenOversizedBody(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	g := guardedBy(t, i, false, nil)
	big := strings.Repeat("x", 10<<20)
	for want, headers := range map[int][]string{413: bearer(i.Token(t, "alice", "did:read")), 401: nil} {
		if resp, text := g.send(t, post(big, headers...)); resp.StatusCode != want {
			t.Errorf("got %d %s, want %d", resp.StatusCode, text, want)
		}
	}
}

// TestTokenScopesAreRoles lists, calls and steps up: a call that needs more
// than the token allows is answered with the scope to ask for.
func TestTokenScopesAreRoles(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	g := guardedBy(t, i, false, nil)
	reader, requester := bearer(i.Token(t, "alice", "did:read")), bearer(i.Token(t, "alice", "did:read did:order"))
	const note = `"name":"line_keep","arguments":{"numbers":["1"]}`
	for _, has := range []struct {
		headers []string
		note    bool
	}{{reader, true}, {requester, true}, {bearer(guestToken), false}} {
		_, text := g.send(t, modernPost("1", "tools/list", "", has.headers...))
		if !strings.Contains(text, "line_find") || strings.Contains(text, "line_keep") != has.note || strings.Contains(text, "note_sign") {
			t.Errorf("got the list %s, want line_keep in it: %v", text, has.note)
		}
	}
	session := begin(t, g.Config.Handler, requester...)
	for name, r := range map[string]*http.Request{
		"stateless": modernPost("7", "tools/call", note, reader...),
		"handshake": post(old("7", "tools/call", note), append(reader, "Mcp-Session-Id", session)...),
	} {
		resp, text := g.send(t, r)
		want := `Bearer resource_metadata="` + g.URL + `/.well-known/oauth-protected-resource/mcp", scope="did:read did:order", error="insufficient_scope"`
		if got := resp.Header.Get("WWW-Authenticate"); resp.StatusCode != http.StatusForbidden || !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %d, %q, want 403, %q", name, resp.StatusCode, got, want)
		}
		if !strings.Contains(text, `"id":7`) || !strings.Contains(text, "did:order") {
			t.Errorf("%s: got %s, want an error for the request", name, text)
		}
	}
	if resp, text := g.send(t, modernPost("8", "tools/call", note, requester...)); resp.StatusCode != http.StatusOK || strings.Contains(text, `"isError":true`) {
		t.Errorf("requester: got %d %s, want the result", resp.StatusCode, text)
	}
	resp, text := g.send(t, modernPost("9", "tools/call", note, bearer(guestToken)...))
	if resp.StatusCode != http.StatusOK || resp.Header.Get("WWW-Authenticate") != "" || !strings.Contains(text, `"isError":true`) {
		t.Errorf("a reader with a token of its own: got %d %s, want a result that is an error and no challenge", resp.StatusCode, text)
	}
	for range 2 {
		if call := <-g.harness.calls; call.Principal.String() != "http:alice" || call.Principal.Name != "alice" || call.Principal.Elicits {
			t.Errorf("got the principal %+v, want http:alice, whose dialogs approve nothing", call.Principal)
		}
	}
}

func TestTokenMetadata(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	local := guardedBy(t, i, false, func(c *mcp.HTTP) {
		c.AllowedHosts, c.AllowedOrigins = []string{"didops.example.net"}, []string{"https://app.example.net"}
	})
	other := fakeissuer.New(t)
	other.Audience = "https://gate.example.net/didops/mcp"
	named := guardedBy(t, other, false, nil)
	tests := []struct {
		name, path string
		server     *guardedServer
		headers    []string
		want       int
		resource   string
	}{
		{"below", "/mcp", local, nil, 200, local.URL + "/mcp"},
		{"at the root", "", local, nil, 200, local.URL + "/mcp"},
		{"by a name", "/mcp", local, []string{"Host", "didops.example.net"}, 200, "https://didops.example.net/mcp"},
		{"audience that is an address", "", named, nil, 200, "https://gate.example.net/didops/mcp"},
		{"allowed origin", "/mcp", local, []string{"Origin", "https://app.example.net"}, 200, local.URL + "/mcp"},
		{"foreign origin", "/mcp", local, []string{"Origin", "https://evil.example.net"}, 403, ""},
		{"wrong host", "/mcp", local, []string{"Host", "evil.example.net"}, 403, ""},
		{"elsewhere", "/other", local, nil, 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := bodyless(http.MethodGet, tt.headers...)
			r.URL.Path = mcp.MetadataPath + tt.path
			resp, text := tt.server.send(t, r)
			if resp.StatusCode != tt.want {
				t.Fatalf("got %d %s, want %d", resp.StatusCode, text, tt.want)
			}
			if tt.want != http.StatusOK {
				return
			}
			var got any
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Fatal(err)
			}
			want := map[string]any{
				"resource": tt.resource, "resource_name": "didops",
				"authorization_servers":    []any{tt.server.issuer.URL},
				"bearer_methods_supported": []any{"header"}, "scopes_supported": []any{"did:read", "did:order"},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	resp, _ := named.send(t, post(initialize))
	const want = `Bearer resource_metadata="https://gate.example.net/.well-known/oauth-protected-resource/didops/mcp"`
	if got := resp.Header.Get("WWW-Authenticate"); !strings.HasPrefix(got, want) {
		t.Errorf("got WWW-Authenticate %q, want %q", got, want)
	}
	r := post("{}")
	r.URL.Path = mcp.MetadataPath
	if resp, _ := local.send(t, r); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: got %d, want 405", resp.StatusCode)
	}
}

func TestTokenWhileTheIssuerIsDown(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	i.Down(true)
	g := guardedBy(t, i, false, nil)
	resp, text := g.send(t, modernPost("1", "tools/list", "", bearer(i.Token(t, "alice", "did:read"))...))
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") != "5" || resp.Header.Get("WWW-Authenticate") != "" {
		t.Errorf("got %d %v %s, want 503, try again in 5 s", resp.StatusCode, resp.Header, text)
	}
	if resp, _ := g.send(t, modernPost("1", "tools/list", "", bearer(teamToken)...)); resp.StatusCode != http.StatusOK {
		t.Errorf("a client with a token of its own: got %d, want 200", resp.StatusCode)
	}
	if resp, _ := g.send(t, modernPost("1", "tools/list", "", bearer("hunter2")...)); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("no JWT: got %d, want 401", resp.StatusCode)
	}
}

// TestTokenRate makes sure that names in tokens are callers like any other.
func TestTokenRate(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	g := guardedBy(t, i, false, func(c *mcp.HTTP) { c.RequestsPerMinute = 2 })
	var got []int
	for _, name := range []string{"alice", "alice", "alice", "bob", "alice"} {
		resp, _ := g.send(t, modernPost("1", "tools/list", "", bearer(i.Token(t, name, "did:read"))...))
		got = append(got, resp.StatusCode)
	}
	if want := []int{200, 200, 429, 200, 429}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestTokenWithoutClients makes sure that an issuer alone closes the door: on
// loopback nobody is let in for being there, and beyond it is enough.
func TestTokenWithoutClients(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	g := guardedBy(t, i, false, func(c *mcp.HTTP) { c.Clients = nil })
	if resp, _ := g.send(t, post(initialize)); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("no token: got %d, want 401", resp.StatusCode)
	}
	if resp, _ := g.send(t, post(initialize, bearer(i.Token(t, "Local", "did:order"))...)); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("the name of who needs no token elsewhere: got %d, want 401", resp.StatusCode)
	}
	if resp, _ := g.send(t, post(initialize, bearer(i.Token(t, "bob", "did:order"))...)); resp.StatusCode != http.StatusOK {
		t.Errorf("a token: got %d, want 200", resp.StatusCode)
	}
	handler(t, newHarness(t).server(t, zerolog.Nop()), mcp.HTTP{
		Listen: "192.0.2.1:8931", OAuth: &mcp.OAuth{Issuer: i.URL, Audience: i.Audience}, LoopbackPrincipal: neighbour(),
	})
}

func TestTokenOverTLS(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	g := guardedBy(t, i, true, nil)
	resp, text := g.send(t, modernPost("1", "tools/list", "", bearer(i.Token(t, "alice", "did:read"))...))
	if resp.StatusCode != http.StatusOK || resp.TLS == nil || resp.TLS.Version < tls.VersionTLS12 {
		t.Errorf("got %d %s", resp.StatusCode, text)
	}
	resp, _ = g.send(t, post(initialize))
	if got := resp.Header.Get("WWW-Authenticate"); !strings.Contains(got, `"`+g.URL+mcp.MetadataPath) || !strings.HasPrefix(g.URL, "https://") {
		t.Errorf("got WWW-Authenticate %q, want metadata by https", got)
	}
}

// TestTokenFloodOfUnknownKeys forges tokens with keys that nobody has: the
// issuer is asked a few times, and who has a good token is served meanwhile
// although the issuer does not answer.
func TestTokenFloodOfUnknownKeys(t *testing.T) {
	t.Parallel()
	const forged = 300
	i := fakeissuer.New(t)
	g := guardedBy(t, i, false, nil)
	good := bearer(i.Token(t, "alice", "did:read"))
	begun := time.Now()
	release := i.Hold()
	defer release()
	done := make(chan int, forged)
	for n := range forged {
		r := modernPost("1", "tools/list", "", bearer(i.Token(t, "mallory", "did:read", fakeissuer.Header("kid", fmt.Sprint("forged-", n))))...)
		go func() {
			resp, _ := g.send(t, r)
			done <- resp.StatusCode
		}()
	}
	for range 20 {
		if resp, text := g.send(t, modernPost("1", "tools/list", "", good...)); resp.StatusCode != http.StatusOK {
			t.Errorf("in the flood: got %d %s, want 200", resp.StatusCode, text)
		}
	}
	for range forged {
		if got := <-done; got != http.StatusUnauthorized {
			t.Errorf("forged: got %d, want 401", got)
		}
	}
	if got, most := i.Reads(), 5+int(time.Since(begun)/(10*time.Second)); got > most {
		t.Errorf("the issuer was asked %d times, want %d at most", got, most)
	}
}

// TestTokenStaysOutOfTheLog sends good and bad tokens and looks for them.
func TestTokenStaysOutOfTheLog(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	var log capture.Output
	tokens := told{}
	h := handler(t, newHarness(t).server(t, zerolog.New(&log)), mcp.HTTP{OAuth: &mcp.OAuth{Tokens: tokens, Issuer: i.URL, Audience: i.Audience}})
	token := i.Token(t, "alice", "did:read")
	if w := serve(h, post(initialize, bearer(token)...)); w.Code != http.StatusUnauthorized || strings.Contains(w.Body.String(), secret) {
		t.Errorf("got %d %s, want 401 without the cause", w.Code, w.Body)
	}
	if text := log.String(); strings.Contains(text, token) || strings.Contains(text, secret) || !strings.Contains(text, "can't be verified") {
		t.Errorf("got the log %s", text)
	}
}

// told is an issuer's tokens where checking goes wrong in a way nobody knows.
type told struct{}

func (told) Check(context.Context, string) (string, []string, error) {
	return "", nil, &net.AddrError{Err: secret}
}
