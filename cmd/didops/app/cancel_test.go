package app

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestInterrupt ends commands while the exchange keeps them waiting.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"a search", []string{"did", "search"}, "the request was cancelled"},
		{"a list", []string{"did", "list", "--json"}, "the request was cancelled"},
		{"doctor", []string{"doctor"}, "cancelled"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, interrupt := context.WithCancel(t.Context())
			exchange := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.ParseForm() == nil && r.Form.Has("signature") {
					interrupt()
					<-r.Context().Done()
				}
			}))
			defer exchange.Close()
			m := newMachine(t)
			path := filepath.Join(t.TempDir(), "config.toml")
			text := fmt.Sprintf("[exchange]\nurl = %q\napi_login = \"alice\"\napi_key = \"key\"\ntimeout = \"5m\"\nread_deadline = \"5m\"\n", exchange.URL)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			m.env["DIDOPS_CONFIG"] = path
			code := Run(ctx, tt.args, Host{
				Getenv: func(name string) string { return m.env[name] }, Now: time.Now, In: strings.NewReader(""), Out: &m.out, Err: &m.err,
			})
			if code != 1 {
				t.Errorf("got exit %d, want 1", code)
			}
			if text := m.out.String() + m.err.String(); !strings.Contains(text, tt.want) || strings.Contains(text, "internal error") {
				t.Errorf("got %q, want %q", text, tt.want)
			}
		})
	}
}
