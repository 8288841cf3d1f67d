package mcp_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/mcp"
	"didops/internal/identity"
	"didops/internal/testing/capture"
)

const (
	teamToken  = "example-team-token"
	guestToken = "example-guest-token"
)

func twoClients() []mcp.Client {
	return []mcp.Client{
		{Name: "team", TokenSHA256: sha256.Sum256([]byte(teamToken)), Role: identity.Requester},
		{Name: "guest", TokenSHA256: sha256.Sum256([]byte(guestToken)), Role: identity.Reader},
	}
}

func handler(tb testing.TB, s *mcp.Server, c mcp.HTTP) *mcp.Handler {
	tb.Helper()
	if c.Listen == "" {
		c.Listen = "127.0.0.1:8931"
	}
	if len(c.Clients) == 0 && c.LoopbackPrincipal.ID == "" {
		c.LoopbackPrincipal = alice()
	}
	h, err := s.Handler(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := h.Close(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	return h
}

// post builds a request as a client of either era would send it.
func post(body string, headers ...string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "http://localhost:8931/mcp", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	set(r, headers)
	return r
}

func set(r *http.Request, headers []string) {
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
}

func bodyless(method string, headers ...string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), method, "http://localhost:8931/mcp", nil)
	r.Header.Set("Accept", "text/event-stream")
	set(r, headers)
	return r
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// modernPost is a request of the stateless era with the headers it needs.
func modernPost(id, method, params string, headers ...string) *http.Request {
	r := post(modern(id, method, params), "Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", method)
	if _, rest, ok := strings.Cut(params, `"name":"`); ok {
		name, _, _ := strings.Cut(rest, `"`)
		r.Header.Set("Mcp-Name", name)
	}
	set(r, headers)
	return r
}

// begin opens a session and returns its id.
func begin(tb testing.TB, h http.Handler, headers ...string) string {
	tb.Helper()
	w := serve(h, post(initialize, headers...))
	if w.Code != http.StatusOK {
		tb.Fatalf("initialize: got %d %s", w.Code, w.Body)
	}
	id := w.Header().Get("Mcp-Session-Id")
	if id == "" {
		tb.Fatal("initialize: got no session id")
	}
	return id
}

func TestHTTPWhoMayAsk(t *testing.T) {
	t.Parallel()
	s := newHarness(t).server(t, zerolog.Nop())
	local := mcp.HTTP{}
	named := mcp.HTTP{AllowedHosts: []string{"Mcp.Example.net"}, AllowedOrigins: []string{"https://app.example.net"}}
	public := mcp.HTTP{Listen: "192.0.2.1:8931", AllowedHosts: []string{"mcp.example.net"}, Clients: twoClients()}
	tests := []struct {
		name    string
		config  mcp.HTTP
		headers []string
		want    int
	}{
		{"localhost", local, nil, 200},
		{"localhost without port", local, []string{"Host", "localhost"}, 200},
		{"LOCALHOST.", local, []string{"Host", "LOCALHOST.:8931"}, 200},
		{"127.0.0.1", local, []string{"Host", "127.0.0.1:8931"}, 200},
		{"::1", local, []string{"Host", "[::1]:8931"}, 200},
		{"::1 without port", local, []string{"Host", "[::1]"}, 200},
		{"rebound name", local, []string{"Host", "evil.example.net:8931"}, 403},
		{"name that begins like ours", local, []string{"Host", "localhost.evil.example.net"}, 403},
		{"no host", local, []string{"Host", ""}, 403},
		{"any origin", local, []string{"Origin", "http://localhost:8931"}, 403},
		{"null origin", local, []string{"Origin", "null"}, 403},
		{"empty origin", local, []string{"Origin", ""}, 403},
		{"allowed host", named, []string{"Host", "mcp.example.net"}, 200},
		{"loopback besides", named, nil, 200},
		{"allowed origin", named, []string{"Origin", "https://app.example.net"}, 200},
		{"origin with port", named, []string{"Origin", "https://app.example.net:8443"}, 403},
		{"origin by http", named, []string{"Origin", "http://app.example.net"}, 403},
		{"no token", public, []string{"Host", "mcp.example.net"}, 401},
		{"loopback name beyond loopback", public, []string{"Authorization", "Bearer " + teamToken}, 403},
		{"own address", public, []string{"Host", "192.0.2.1:8931", "Authorization", "Bearer " + teamToken}, 200},
		{"token", public, []string{"Host", "mcp.example.net", "Authorization", "Bearer " + teamToken}, 200},
		{"second token", public, []string{"Host", "mcp.example.net", "Authorization", "bearer " + guestToken}, 200},
		{"wrong token", public, []string{"Host", "mcp.example.net", "Authorization", "Bearer " + teamToken + "x"}, 401},
		{"empty token", public, []string{"Host", "mcp.example.net", "Authorization", "Bearer "}, 401},
		{"basic", public, []string{"Host", "mcp.example.net", "Authorization", "Basic " + teamToken}, 401},
		{"token hash as token", public, []string{"Host", "mcp.example.net", "Authorization", fmt.Sprintf("Bearer %x", sha256.Sum256([]byte(teamToken)))}, 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := handler(t, s, tt.config)
			for _, r := range []*http.Request{post(initialize, tt.headers...), modernPost("1", "server/discover", "", tt.headers...)} {
				w := serve(h, r)
				if w.Code != tt.want {
					t.Errorf("got %d %s, want %d", w.Code, w.Body, tt.want)
				}
				if got := w.Header().Get("WWW-Authenticate"); (w.Code == 401) != strings.HasPrefix(got, "Bearer") {
					t.Errorf("got WWW-Authenticate %q with %d", got, w.Code)
				}
				if !json.Valid(w.Body.Bytes()) {
					t.Errorf("got %q, want JSON", w.Body)
				}
				if got := w.Header().Get("X-Accel-Buffering"); got != "no" {
					t.Errorf("got X-Accel-Buffering %q, want no", got)
				}
			}
		})
	}
}

func TestHTTPPreflight(t *testing.T) {
	t.Parallel()
	s := newHarness(t).server(t, zerolog.Nop())
	h := handler(t, s, mcp.HTTP{AllowedOrigins: []string{"https://app.example.net"}, Clients: twoClients()})
	w := serve(h, bodyless(http.MethodOptions, "Origin", "https://app.example.net", "Access-Control-Request-Method", "POST"))
	if w.Code != http.StatusNoContent || w.Header().Get("Access-Control-Allow-Origin") != "https://app.example.net" {
		t.Errorf("allowed origin: got %d %v", w.Code, w.Header())
	}
	for _, name := range []string{"Authorization", "Mcp-Session-Id", "Mcp-Protocol-Version", "Mcp-Method", "Mcp-Name"} {
		if !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), name) {
			t.Errorf("the header %s is not allowed", name)
		}
	}
	w = serve(h, bodyless(http.MethodOptions, "Origin", "https://evil.example.net", "Access-Control-Request-Method", "POST"))
	if w.Code != http.StatusForbidden || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("foreign origin: got %d %v", w.Code, w.Header())
	}
	if w = serve(h, bodyless(http.MethodOptions)); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("no origin: got %d, want 405", w.Code)
	}
	w = serve(h, post(initialize, "Origin", "https://app.example.net"))
	if w.Code != http.StatusUnauthorized || w.Header().Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("no token: got %d %v, want a 401 that the page can read", w.Code, w.Header())
	}
}

func TestHTTPMessages(t *testing.T) {
	t.Parallel()
	h := handler(t, newHarness(t).server(t, zerolog.Nop()), mcp.HTTP{})
	session := begin(t, h)
	big := strings.Repeat("x", 10<<20)
	in := []string{"Mcp-Session-Id", session}
	endless := post("", in...)
	endless.Body, endless.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader(`{"jsonrpc":"2.0","id":4,"method":"`), forever{})), -1
	cut := post("", in...)
	cut.Body = io.NopCloser(failing{io.ErrUnexpectedEOF})
	tests := []struct {
		name string
		r    *http.Request
		want int
		text []string
	}{
		{"list", post(old("1", "tools/list", ""), in...), 200, []string{`"id":1`, "line_find"}},
		{"modern list", modernPost("1", "tools/list", ""), 200, []string{`"id":1`, "line_find", "ttlMs"}},
		{"modern call", modernPost("2", "tools/call", `"name":"line_find","arguments":{"town":"x"}`), 200, []string{`"sandbox":true`}},
		{"modern with a session", modernPost("2", "tools/list", "", "Mcp-Session-Id", "mcp-session-x"), 200, []string{`"id":2`}},
		{"modern body, old header", post(modern("2", "tools/list", ""), in...), 400, []string{`-32020`}},
		{"old body, modern header", post(old("2", "tools/list", ""), "Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/list"), 400, []string{`"id":2`, `-32602`}},
		{"in a session, modern header", post(old("2", "tools/list", ""), append([]string{"Mcp-Protocol-Version", "2026-07-28"}, in...)...), 200, []string{`"id":2`, "line_find"}},
		{"a call in a session, modern header", post(old("2", "tools/call", `"name":"line_find","arguments":{"town":"x"}`), append([]string{"Mcp-Protocol-Version", "2026-07-28"}, in...)...), 200, []string{`"sandbox":true`}},
		{"initialized, modern header", post(initialized, append([]string{"Mcp-Protocol-Version", "2026-07-28"}, in...)...), 202, nil},
		{"in a session that ended, modern header", post(old("2", "tools/list", ""), "Mcp-Protocol-Version", "2026-07-28", "Mcp-Session-Id", "mcp-session-x"), 404, []string{`"id":2`}},
		{"response, modern header", post(`{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`, append([]string{"Mcp-Protocol-Version", "2026-07-28"}, in...)...), 202, nil},
		{"initialize, modern header", post(initialize, "Mcp-Protocol-Version", "2026-07-28"), 200, []string{`"protocolVersion":"2025-`}},
		{"initialize, unknown header", post(initialize, "Mcp-Protocol-Version", "2099-01-01"), 200, []string{`"protocolVersion":"2025-`}},
		{"initialize for the newer version", post(strings.Replace(initialize, "2025-11-25", "2026-07-28", 1), "Mcp-Protocol-Version", "2026-07-28"), 200, []string{`"protocolVersion":"2025-`}},
		{"byte order mark", post("\ufeff"+old("2", "tools/list", ""), in...), 200, []string{`"id":2`, "line_find"}},
		{"byte order mark and spaces", post("\ufeff \r\n" + initialize), 200, []string{`"protocolVersion"`}},
		{"two byte order marks", post("\ufeff\ufeff" + initialize), 200, []string{`"protocolVersion"`}},
		{"byte order marks behind empty lines", post("\n\r\n\ufeff \ufeff\n" + initialize), 200, []string{`"protocolVersion"`}},
		{"a byte order mark within", post(strings.Replace(initialize, ",", ",\ufeff", 1)), 400, []string{`-32700`}},
		{"modern with another name", modernPost("2", "tools/call", `"name":"line_find"`, "Mcp-Name", "note_fail"), 400, []string{`-32020`}},
		{"unknown tool", post(old("3", "tools/call", `"name":"line_fnd"`), in...), 200, []string{`"id":3`, `-32602`, "line_find"}},
		{"modern unknown tool", modernPost("3", "tools/call", `"name":"line_fnd"`), 400, []string{`"id":3`, `-32602`, "line_find"}},
		{"modern unknown method", modernPost("3", "no/such", ""), 404, []string{`-32601`}},
		{"error result", post(old("3", "tools/call", `"name":"note_fail","arguments":{"code":"refused"}`), in...), 200, []string{`"isError":true`, `"code":"refused"`}},
		{"panic", post(old("3", "tools/call", `"name":"note_fail","arguments":{"code":"panic"}`), in...), 200, []string{`"isError":true`, "reference"}},
		{"no session", post(old("5", "tools/list", "")), 400, []string{`"id":5`, "Mcp-Session-Id"}},
		{"wrong session", post(old("5", "tools/list", ""), "Mcp-Session-Id", session+"x"), 404, []string{`"id":5`}},
		{"response without session", post(`{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`), 400, nil},
		{"response to nothing", post(`{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`, in...), 202, nil},
		{"unknown version", post(old("5", "tools/list", ""), append([]string{"Mcp-Protocol-Version", "2019-01-01"}, in...)...), 400, nil},
		{"10 MB", post(old("6", "tools/call", `"name":"line_find","arguments":{"town":"`+big+`"}`), in...), 413, []string{`"id":6`, "1048576"}},
		{"10 MB before the token", post(big), 413, []string{`"id":null`}},
		{"without end", endless, 413, []string{`"id":4`}},
		{"cut off", cut, 400, []string{`-32700`}},
		{"no JSON", post("nonsense", in...), 400, []string{`-32700`}},
		{"empty", post("", in...), 400, []string{`-32700`}},
		{"batch", post("["+old("1", "ping", "")+"]", in...), 400, []string{"batches"}},
		{"invalid UTF-8", post(old("7", "tools/call", `"name":"line_find","arguments":{"town":"`+"\xff"+`"}`), in...), 200, []string{`"id":7`, `"isError":true`}},
		{"form", post("a=b", "Content-Type", "application/x-www-form-urlencoded", "Mcp-Session-Id", session), 400, nil},
		{"text", post(old("7", "tools/list", ""), "Content-Type", "text/plain", "Mcp-Session-Id", session), 400, nil},
		{"initialized", post(initialized, in...), 202, nil},
		{"put", bodyless(http.MethodPut), 405, nil},
		{"head", bodyless(http.MethodHead), 405, nil},
		{"get without session", bodyless(http.MethodGet), 400, nil},
		{"get of a wrong session", bodyless(http.MethodGet, "Mcp-Session-Id", "mcp-session-x"), 404, nil},
		{"modern get", bodyless(http.MethodGet, "Mcp-Protocol-Version", "2026-07-28"), 405, nil},
		{"modern delete", bodyless(http.MethodDelete, "Mcp-Protocol-Version", "2026-07-28", "Mcp-Session-Id", session), 405, nil},
		{"delete of a wrong session", bodyless(http.MethodDelete, "Mcp-Session-Id", "mcp-session-x"), 404, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := serve(h, tt.r)
			if w.Code != tt.want {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, tt.want)
			}
			for _, want := range tt.text {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("got %s, want it to contain %s", w.Body, want)
				}
			}
			if strings.Contains(w.Body.String(), secret) || strings.Contains(w.Body.String(), "invalid _meta field") {
				t.Errorf("got %s, which holds the secret or what nobody can act upon", w.Body)
			}
		})
	}
}

// forever is a body that does not end.
type forever struct{}

func (forever) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestHTTPSessionBelongsToItsCaller(t *testing.T) {
	t.Parallel()
	y := newHarness(t)
	h := handler(t, y.server(t, zerolog.Nop()), mcp.HTTP{Clients: twoClients()})
	team := []string{"Authorization", "Bearer " + teamToken}
	guest := []string{"Authorization", "Bearer " + guestToken}
	session := begin(t, h, team...)
	in := func(auth []string) []string { return append([]string{"Mcp-Session-Id", session}, auth...) }

	for name, r := range map[string]*http.Request{
		"request":      post(old("1", "tools/list", ""), in(guest)...),
		"response":     post(`{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`, in(guest)...),
		"cancellation": post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, in(guest)...),
		"stream":       bodyless(http.MethodGet, in(guest)...),
		"end":          bodyless(http.MethodDelete, in(guest)...),
	} {
		if w := serve(h, r); w.Code != http.StatusNotFound {
			t.Errorf("%s of another caller: got %d %s, want 404", name, w.Code, w.Body)
		}
	}
	if w := serve(h, post(old("1", "tools/list", ""), in(team)...)); w.Code != http.StatusOK {
		t.Errorf("own request: got %d %s, want 200", w.Code, w.Body)
	}
	if w := serve(h, bodyless(http.MethodDelete, in(team)...)); w.Code != http.StatusOK {
		t.Errorf("own end: got %d %s, want 200", w.Code, w.Body)
	}
	if w := serve(h, post(old("1", "tools/list", ""), in(team)...)); w.Code != http.StatusNotFound {
		t.Errorf("after the end: got %d %s, want 404", w.Code, w.Body)
	}
}

func TestHTTPManySessions(t *testing.T) {
	t.Parallel()
	h := handler(t, newHarness(t).server(t, zerolog.Nop()), mcp.HTTP{})
	first := begin(t, h)
	seen := map[string]bool{first: true}
	for range 1000 {
		seen[begin(t, h)] = true
	}
	if len(seen) != 1001 {
		t.Errorf("got %d different sessions, want 1001", len(seen))
	}
	for id := range seen {
		if w := serve(h, post(old("1", "ping", ""), "Mcp-Session-Id", id)); w.Code != http.StatusOK {
			t.Fatalf("one of 1001 sessions: got %d, want 200", w.Code)
		}
	}
}

func TestHTTPRate(t *testing.T) {
	t.Parallel()
	y := newHarness(t)
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	s, err := mcp.New(mcp.Config{Gate: y.gate, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	h := handler(t, s, mcp.HTTP{Clients: twoClients(), RequestsPerMinute: 3})
	ask := func(token, remote string) *httptest.ResponseRecorder {
		r := modernPost("1", "tools/list", "", "Authorization", "Bearer "+token)
		r.RemoteAddr = remote
		return serve(h, r)
	}
	steps := []struct {
		name, token, remote string
		later               time.Duration
		want                int
		retry               string
	}{
		{"1st", teamToken, "192.0.2.1:1", 0, 200, ""},
		{"2nd", teamToken, "192.0.2.2:1", 0, 200, ""},
		{"3rd", teamToken, "192.0.2.1:1", 0, 200, ""},
		{"4th", teamToken, "192.0.2.1:1", 0, 429, "20"},
		{"another caller", guestToken, "192.0.2.1:1", 0, 200, ""},
		{"5th, later", teamToken, "192.0.2.1:1", 19500 * time.Millisecond, 429, "1"},
		{"6th, in time", teamToken, "192.0.2.1:1", time.Second, 200, ""},
		{"guess 1", "x", "192.0.2.1:1", 0, 401, ""},
		{"guess 2", "y", "192.0.2.1:2", 0, 401, ""},
		{"guess 3", "z", "192.0.2.1:3", 0, 401, ""},
		{"guess 4", "z", "192.0.2.1:4", 0, 429, "20"},
		{"guess from elsewhere", "z", "192.0.2.9:4", 0, 401, ""},
		{"IPv6 1", "z", "[2001:db8::1]:4", 0, 401, ""},
		{"IPv6 2", "z", "[2001:db8::2]:4", 0, 401, ""},
		{"IPv6 3", "z", "[2001:db8::3]:4", 0, 401, ""},
		{"IPv6 4, same network", "z", "[2001:db8::4]:4", 0, 429, "20"},
		{"a good token from there", guestToken, "192.0.2.1:1", 0, 200, ""},
	}
	for _, st := range steps {
		now = now.Add(st.later)
		w := ask(st.token, st.remote)
		if w.Code != st.want || w.Header().Get("Retry-After") != st.retry {
			t.Errorf("%s: got %d, Retry-After %q, want %d, %q", st.name, w.Code, w.Header().Get("Retry-After"), st.want, st.retry)
		}
	}
}

func TestHTTPManyAddressesAreServed(t *testing.T) {
	t.Parallel()
	y := newHarness(t)
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	s, err := mcp.New(mcp.Config{Gate: y.gate, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	h := handler(t, s, mcp.HTTP{Clients: twoClients(), RequestsPerMinute: 1})
	for i := range 10000 {
		r := modernPost("1", "tools/list", "")
		r.RemoteAddr = fmt.Sprintf("198.18.%d.%d:1", i/250, i%250)
		if w := serve(h, r); w.Code != http.StatusUnauthorized {
			t.Fatalf("address %d: got %d, want 401", i, w.Code)
		}
	}
}

func TestHTTPRefusesToBeOpen(t *testing.T) {
	t.Parallel()
	s := newHarness(t).server(t, zerolog.Nop())
	key := sha256.Sum256([]byte("x"))
	tests := []struct {
		name   string
		config mcp.HTTP
		want   string
	}{
		{"all addresses", mcp.HTTP{Listen: ":8931", AllowedHosts: []string{"mcp.example.net"}}, "not a loopback address"},
		{"an address", mcp.HTTP{Listen: "192.0.2.1:8931"}, "not a loopback address"},
		{"a name", mcp.HTTP{Listen: "mcp.example.net:8931"}, "not a loopback address"},
		{"IPv6", mcp.HTTP{Listen: "[::]:8931", AllowedHosts: []string{"mcp.example.net"}}, "not a loopback address"},
		{"no host to be found by", mcp.HTTP{Listen: "0.0.0.0:8931", Clients: twoClients()}, "allowed_hosts"},
		{"no port", mcp.HTTP{Listen: "localhost"}, "listen address"},
		{"client without name", mcp.HTTP{Listen: "127.0.0.1:1", Clients: []mcp.Client{{Role: identity.Reader, TokenSHA256: key}}}, "a name is empty"},
		{"client without role", mcp.HTTP{Listen: "127.0.0.1:1", Clients: []mcp.Client{{Name: "a", TokenSHA256: key}}}, "has no role"},
		{"client without token", mcp.HTTP{Listen: "127.0.0.1:1", Clients: []mcp.Client{{Name: "a", Role: identity.Reader}}}, "has no token"},
		{"client twice", mcp.HTTP{Listen: "127.0.0.1:1", Clients: append(twoClients(), twoClients()[0])}, "twice"},
		{"token twice", mcp.HTTP{Listen: "127.0.0.1:1", Clients: append(twoClients(), mcp.Client{Name: "c", Role: identity.Reader, TokenSHA256: sha256.Sum256([]byte(teamToken))})}, "token of another"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, err := s.Handler(tt.config)
			if err == nil {
				_ = h.Close(t.Context())
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
	for _, listen := range []string{"127.0.0.1:0", "localhost:8931", "[::1]:8931", "127.9.9.9:1"} {
		h, err := s.Handler(mcp.HTTP{Listen: listen, LoopbackPrincipal: alice()})
		if err != nil {
			t.Errorf("%s: got %v, want a handler", listen, err)
			continue
		}
		_ = h.Close(t.Context())
	}
}

func TestHTTPPanicShowsAReferenceOnly(t *testing.T) {
	t.Parallel()
	var log capture.Output
	h := handler(t, newHarness(t).server(t, zerolog.New(&log)), mcp.HTTP{})
	r := post(initialize)
	r.Body = io.NopCloser(panicking{})
	w := serve(h, r)
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), secret) || !strings.Contains(w.Body.String(), "reference") {
		t.Errorf("got %d %s, want 500 with a reference", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "panic in POST") {
		t.Errorf("got the log %s, want the panic in it", log.String())
	}
	ref := reference.FindString(w.Body.String())
	if !strings.Contains(log.String(), strings.TrimPrefix(ref, "reference ")) {
		t.Errorf("the log has no %s", ref)
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic(secret) }

func TestHTTPUnknownToolIsNamedInShort(t *testing.T) {
	t.Parallel()
	y := newHarness(t)
	w := serve(handler(t, y.server(t, zerolog.Nop()), mcp.HTTP{}), modernPost("1", "tools/call", `"name":"`+strings.Repeat("x", 100_000)+`"`))
	if call := <-y.calls; len(call.Tool) > 100 || w.Body.Len() > 500 {
		t.Errorf("got a name of %d bytes for the log and an answer of %d, want both short", len(call.Tool), w.Body.Len())
	}
}

// A modern cancellation names an id that several clients may have in use.
func TestHTTPCancellationReachesOnlyItsOwn(t *testing.T) {
	t.Parallel()
	y := newHarness(t)
	h := handler(t, y.server(t, zerolog.Nop()), mcp.HTTP{Clients: twoClients()})
	ctx, leave := context.WithCancel(t.Context())
	call := modernPost("1", "tools/call", `"name":"note_wait"`, "Authorization", "Bearer "+teamToken)
	var waiting sync.WaitGroup
	waiting.Go(func() {
		serve(h, call.WithContext(ctx))
	})
	<-y.waits.Begun
	cancel := post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,`+modernMeta+`}}}`,
		"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "notifications/cancelled", "Authorization", "Bearer "+guestToken)
	if w := serve(h, cancel); w.Code != http.StatusAccepted {
		t.Errorf("got %d %s, want 202", w.Code, w.Body)
	}
	select {
	case err := <-y.waits.Ended:
		t.Errorf("%v: a guest cancelled a call of the team", err)
	default:
	}
	leave() // the way to cancel in this era
	if err := <-y.waits.Ended; err == nil {
		t.Error("the call was not cancelled")
	}
	waiting.Wait()

	session := begin(t, h, "Authorization", "Bearer "+teamToken)
	in := []string{"Authorization", "Bearer " + teamToken, "Mcp-Session-Id", session}
	waiting.Go(func() { serve(h, post(old("1", "tools/call", `"name":"note_wait"`), in...)) })
	<-y.waits.Begun
	if w := serve(h, post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, in...)); w.Code != http.StatusAccepted {
		t.Errorf("got %d %s, want 202", w.Code, w.Body)
	}
	if err := <-y.waits.Ended; err == nil {
		t.Error("the call was not cancelled")
	}
	waiting.Wait()
}

func TestHTTPProgressIsAnEventStream(t *testing.T) {
	t.Parallel()
	h := handler(t, newHarness(t).server(t, zerolog.Nop()), mcp.HTTP{AllowedOrigins: []string{"https://app.example.net"}})
	session := begin(t, h)
	call := func(headers ...string) *httptest.ResponseRecorder {
		return serve(h, post(old("3", "tools/call", `"_meta":{"progressToken":"p"},"name":"line_find","arguments":{"town":"x"}`),
			append([]string{"Mcp-Session-Id", session, "Origin", "https://app.example.net"}, headers...)...))
	}
	w := call()
	if got := w.Header().Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("got Content-Type %q", got)
	}
	if w.Header().Get("Access-Control-Allow-Origin") == "" || w.Header().Get("X-Accel-Buffering") != "no" {
		t.Errorf("got headers %v", w.Header())
	}
	events := strings.Split(strings.TrimSuffix(w.Body.String(), "\n\n"), "\n\n")
	if len(events) != 2 || !strings.Contains(events[0], "notifications/progress") || !strings.Contains(events[1], `"id":3`) {
		t.Errorf("got events %q, want progress and the answer", events)
	}
	for _, e := range events {
		data, ok := strings.CutPrefix(e, "event: message\ndata: ")
		if !ok || !json.Valid([]byte(data)) {
			t.Errorf("got event %q, want a message", e)
		}
	}
	w = call("Accept", "application/json")
	if got := w.Header().Get("Content-Type"); got != "application/json" || !json.Valid(w.Body.Bytes()) {
		t.Errorf("without event streams: got %q %s, want JSON", got, w.Body)
	}
}

func TestHTTPListenIsAlwaysAcknowledged(t *testing.T) {
	t.Parallel()
	h := handler(t, newHarness(t).server(t, zerolog.Nop()), mcp.HTTP{})
	for i := range 500 {
		w := serve(h, modernPost("19", "subscriptions/listen", `"notifications":{"toolsListChanged":true}`))
		ack, answer, ok := strings.Cut(w.Body.String(), "\n\n")
		if !ok || !strings.Contains(ack, "subscriptions/acknowledged") || !strings.Contains(answer, `"id":19`) {
			t.Fatalf("request %d: got %s, want the acknowledgement and the answer", i, w.Body)
		}
	}
}

func TestHTTPServerEndsItsStreams(t *testing.T) {
	t.Parallel()
	h := handler(t, newHarness(t).server(t, zerolog.Nop()), mcp.HTTP{})
	mux := http.NewServeMux()
	mux.Handle("/mcp", h)
	ts := httptest.NewUnstartedServer(nil)
	ts.Config = h.NewHTTPServer(mux)
	ts.Start()
	defer ts.Close()
	if ts.Config.ReadHeaderTimeout == 0 || ts.Config.WriteTimeout != 0 {
		t.Errorf("got header and write time-outs %v and %v", ts.Config.ReadHeaderTimeout, ts.Config.WriteTimeout)
	}
	session := begin(t, h)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ts.URL+"/mcp", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Mcp-Session-Id", session)
	r.Header.Set("Accept", "text/event-stream")
	resp, err := ts.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	if resp.StatusCode != http.StatusOK || resp.Header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("got %d %v", resp.StatusCode, resp.Header)
	}
	if err := ts.Config.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(resp.Body); err != nil {
		t.Errorf("the stream ended with %q, %v, want an orderly end", rest, err)
	}
}

func TestLogHoldsNoSessionID(t *testing.T) {
	t.Parallel()
	var log capture.Output
	h := handler(t, newHarness(t).server(t, zerolog.New(&log)), mcp.HTTP{})
	session := begin(t, h)
	serve(h, post(old("1", "tools/list", ""), "Mcp-Session-Id", session))
	serve(h, post(`{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`, "Mcp-Session-Id", session))
	if !strings.Contains(log.String(), "tools/list") || !strings.Contains(log.String(), "[redacted]") {
		t.Errorf("got the log %s, want its lines", log.String())
	}
	if strings.Contains(log.String(), session) || strings.Contains(log.String(), mcp.SessionPrefix) {
		t.Errorf("got the log %s, which holds the session id", log.String())
	}
}
