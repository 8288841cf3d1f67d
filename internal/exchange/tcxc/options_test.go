package tcxc_test

import (
	"strings"
	"testing"
	"time"

	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	set := func(change func(*tcxc.Options)) tcxc.Options {
		o := tcxc.Options{URL: "https://api.example.net", Login: testLogin, Key: testKey}
		change(&o)
		return o
	}
	url := func(u string) tcxc.Options { return set(func(o *tcxc.Options) { o.URL = u }) }
	tests := []struct {
		name  string
		o     tcxc.Options
		field string // "": accepted
	}{
		{"https", url("https://api.example.net"), ""},
		{"https with port and path", url(" https://api.example.net:8443/v2/ "), ""},
		{"loopback by name", url("http://localhost:8080"), ""},
		{"loopback by address", url("http://127.0.0.2:8080"), ""},
		{"loopback in IPv6", url("http://[::1]:8080"), ""},
		{"plain http", url("http://api.example.net"), "url"},
		{"plain http to a private address", url("http://192.0.2.1"), "url"},
		{"a name that begins like loopback", url("http://localhost.example.net"), "url"},
		{"no scheme", url("api.example.net"), "url"},
		{"another scheme", url("ftp://api.example.net"), "url"},
		{"empty", url(""), "url"},
		{"garbage", url("https://api.example.net:port\x7f"), "url"},
		{"a password", url("https://me:" + testKey + "@api.example.net"), "url"},
		{"a query", url("https://api.example.net/?key=" + testKey), "url"},
		{"an empty query", url("https://api.example.net/?"), "url"},
		{"a fragment", url("https://api.example.net/#x"), "url"},
		{"no login", set(func(o *tcxc.Options) { o.Login = " \n" }), "api_login"},
		{"no key", set(func(o *tcxc.Options) { o.Key = "\t" }), "api_key"},
		{"another auth", set(func(o *tcxc.Options) { o.Auth = "basic" }), "auth"},
		{"another style", set(func(o *tcxc.Options) { o.Style = "soap" }), "style"},
		{"another paging", set(func(o *tcxc.Options) { o.Paging = "bytes" }), "paging"},
		{"a list path without slash", set(func(o *tcxc.Options) { o.ListPath = "number/list" }), "list_path"},
		{"a list path with a query", set(func(o *tcxc.Options) { o.ListPath = "/number/list?unsubscribe=1" }), "list_path"},
		{"a negative page", set(func(o *tcxc.Options) { o.PageSize = -1 }), "page_size"},
		{"a negative time-out", set(func(o *tcxc.Options) { o.Timeout = -time.Second }), "timeout"},
		{"a negative rate", set(func(o *tcxc.Options) { o.RequestsPerSecond = -1 }), "requests_per_second"},
		{"less than one a second", set(func(o *tcxc.Options) { o.RequestsPerSecond = 0.1 }), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := tcxc.New(tt.o)
			if tt.field == "" {
				if err != nil || c == nil {
					t.Errorf("got %v, want a client", err)
				}
				return
			}
			f, ok := fault.As(err)
			if !ok || f.Code != fault.Invalid || f.Field != tt.field {
				t.Fatalf("got %v, want invalid for %s", err, tt.field)
			}
			if strings.Contains(err.Error(), testKey) {
				t.Errorf("the error repeats the value: %v", err)
			}
		})
	}
}
