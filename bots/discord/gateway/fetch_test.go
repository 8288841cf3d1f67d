package gateway_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"didops/bots/discord/gateway"
)

// answering is a network in which every request is answered alike.
type answering struct {
	status int
	body   string
	asked  []*http.Request
}

func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	a.asked = append(a.asked, r)
	w := httptest.NewRecorder()
	w.Header().Set("Location", "https://elsewhere.example/file")
	w.WriteHeader(a.status)
	_, _ = w.WriteString(a.body)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

// TestFetch holds where files are fetched from, that the token does not go
// there, and that neither a redirection is followed nor more read than asked.
func TestFetch(t *testing.T) {
	t.Parallel()
	const cdn = "https://cdn.discordapp.com/ephemeral-attachments/1/2/list.csv?ex=1&is=2&hm=3"
	for name, tt := range map[string]struct {
		rest, url string
		status    int
		want      error
		asked     int
	}{
		"Discord's":         {"", cdn, 200, nil, 1},
		"its other host":    {"", "https://media.discordapp.net/x", 200, nil, 1},
		"behind a proxy":    {"https://proxy.example.net", cdn, 200, nil, 1},
		"a proxy near by":   {"http://127.0.0.1:1", cdn, 200, nil, 1},
		"the proxy":         {"https://proxy.example.net", "https://proxy.example.net/x", 200, gateway.ErrInvalid, 0},
		"without TLS":       {"", "http://cdn.discordapp.com/x", 200, gateway.ErrInvalid, 0},
		"elsewhere":         {"", "https://cdn.discordapp.com.example.net/x", 200, gateway.ErrInvalid, 0},
		"another port":      {"", "https://cdn.discordapp.com:8443/x", 200, gateway.ErrInvalid, 0},
		"with a password":   {"", "https://a:b@cdn.discordapp.com/x", 200, gateway.ErrInvalid, 0},
		"a user as a host":  {"", "https://cdn.discordapp.com@elsewhere.example/x", 200, gateway.ErrInvalid, 0},
		"this machine":      {"", "http://127.0.0.1:8931/metrics", 200, gateway.ErrInvalid, 0},
		"another of ours":   {"http://127.0.0.1:1", "http://127.0.0.1:2/x", 200, gateway.ErrInvalid, 0},
		"a file":            {"", "file:///etc/passwd", 200, gateway.ErrInvalid, 0},
		"no address":        {"", ":", 200, gateway.ErrInvalid, 0},
		"a redirection":     {"", cdn, 302, gateway.ErrUnavailable, 1},
		"a link of old":     {"", cdn, 404, gateway.ErrGone, 1},
		"a link that fails": {"", cdn, 500, gateway.ErrUnavailable, 1},
	} {
		network := &answering{status: tt.status, body: "12345"}
		l, err := gateway.New(gateway.Config{Token: "secret", RESTURL: tt.rest, Transport: network, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		data, err := l.Fetch(t.Context(), gateway.Upload{URL: tt.url}, 5)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", name, err, tt.want)
		}
		if string(data) != "12345" && tt.want == nil || len(network.asked) != tt.asked {
			t.Errorf("%s: got %q after %d requests, want %d", name, data, len(network.asked), tt.asked)
		}
		for _, r := range network.asked {
			if r.Header.Get("Authorization") != "" || strings.Contains(r.URL.String(), "elsewhere") {
				t.Errorf("%s: got %s with %v", name, r.URL, r.Header)
			}
		}
		if tt.want == nil {
			if _, err := l.Fetch(t.Context(), gateway.Upload{URL: tt.url}, 4); !errors.Is(err, gateway.ErrInvalid) {
				t.Errorf("%s: got %v, want it too long", name, err)
			}
		}
	}
}
