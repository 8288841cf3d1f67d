package mcp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/bots/mcp"
)

func TestUnservedAnswersTheFirstRequest(t *testing.T) {
	t.Parallel()
	const why = "didops can't start: x.toml:2: no such key"
	for name, tt := range map[string]struct{ in, want string }{
		"handshake":       {initialize + "\n" + initialize + "\n", `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"` + why + `"}}` + "\n"},
		"stateless":       {modern(`"a"`, "server/discover", "") + "\n", `{"jsonrpc":"2.0","id":"a","error":{"code":-32000,"message":"` + why + `"}}` + "\n"},
		"behind notices":  {"\n" + initialized + "\n" + initialize, `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"` + why + `"}}` + "\n"},
		"no JSON":         {"hello\n", `{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"` + why + `"}}` + "\n"},
		"nothing":         {"", ""},
		"only notices":    {initialized + "\n", ""},
		"too long a line": {`{"id":7,"x":"` + strings.Repeat("x", 2<<20) + `"}` + "\n", `{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"` + why + `"}}` + "\n"},
	} {
		var out strings.Builder
		mcp.Unserved(t.Context(), strings.NewReader(tt.in), &out, why)
		if out.String() != tt.want {
			t.Errorf("%s: got %q, want %q", name, out.String(), tt.want)
		}
	}
}

// A client that sends nothing does not keep the process.
func TestUnservedDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in, client := io.Pipe()
		begun := time.Now()
		var out strings.Builder
		mcp.Unserved(t.Context(), in, &out, "x")
		if took := time.Since(begun); took != 10*time.Second || out.Len() > 0 {
			t.Errorf("got %q after %v, want nothing after 10s", out.String(), took)
		}
		_ = client.Close()
	})
}

// Who comes without a token is told how to bring one, also where it tries to
// register for signing in.
func TestTokenlessClientsAreToldHow(t *testing.T) {
	t.Parallel()
	h := handler(t, newHarness(t).server(t, nop()), mcp.HTTP{Clients: twoClients()})
	for name, tt := range map[string]struct {
		handler http.Handler
		request *http.Request
		status  int
		want    string
	}{
		"a request":       {h, post(initialize), http.StatusUnauthorized, `"error":{"code":-32000,"message":"a valid bearer token is needed: have the client send the header \"Authorization: Bearer TOKEN\"`},
		"a registration":  {h.Registration(), post(`{"client_name":"x","redirect_uris":["http://localhost/"]}`), http.StatusForbidden, `{"error":"access_denied","error_description":"a valid bearer token is needed: have the client send the header \"Authorization: Bearer TOKEN\"`},
		"a foreign host":  {h.Registration(), func() *http.Request { r := post(`{}`); r.Host = "evil.example"; return r }(), http.StatusForbidden, "this host name is not served"},
		"a foreign token": {h, post(initialize, bearer("other")...), http.StatusUnauthorized, "a valid bearer token is needed"},
	} {
		w := httptest.NewRecorder()
		tt.handler.ServeHTTP(w, tt.request)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s: got %d %s, want %d with %q", name, w.Code, w.Body, tt.status, tt.want)
		}
	}
}
