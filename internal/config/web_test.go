package config_test

import (
	"strings"
	"testing"

	"didops/internal/config"
)

// TestPageAddress holds where a page can be: at a host name, since passkeys are
// of one, and without TLS on this machine alone.
func TestPageAddress(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"":                                 "",
		"https://didops.example.net":       "https://didops.example.net",
		"https://Didops.Example.net:443/":  "https://didops.example.net",
		"https://didops.example.net/desk/": "https://didops.example.net/desk",
		"http://localhost:8931":            "http://localhost:8931",
		"http://didops.example.net":        "no",
		"http://127.0.0.1:8931":            "no",
		"https://192.0.2.7":                "no",
		"https://[2001:db8::7]":            "no",
		"https://didops.example.net/mcp":   "no",
		"https://didops.example.net/a/../": "no",
		"https://didops.example.net/a%2fb": "no",
		"https://didops.example.net?a=b":   "no",
		"https://a:b@didops.example.net":   "no",
		"didops.example.net":               "no",
	} {
		c, err := load(t, "[http]\nlisten = \"127.0.0.1:8931\"\n[web]\nurl = \""+url+"\"\n")
		switch {
		case want == "no" && err == nil:
			t.Errorf("%s: got %q, want it refused", url, c.Web.URL)
		case want != "no" && (err != nil || c.Web.URL != want):
			t.Errorf("%s: got %v, %v, want %q", url, c, err, want)
		}
	}
}

func TestWhoSignsIn(t *testing.T) {
	t.Parallel()
	const page = "[http]\nlisten = \"127.0.0.1:8931\"\n[web]\nurl = \"http://localhost:8931\"\noidc_issuer = \"https://login.example.net/\"\noidc_client_id = \"didops\"\n" +
		"[[people]]\nname = \"Alice\"\noidc = \"https://login.example.net/ auth0|5f 7c\"\n[[people]]\nname = \"Bob\"\n"
	c, err := load(t, page)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Subject{Issuer: "https://login.example.net/", ID: "auth0|5f 7c"}
	if c.People[0].OIDC != want || c.People[1].OIDC != (config.Subject{}) {
		t.Errorf("got %+v, want Alice to be %+v", c.People, want)
	}
	if _, err := load(t, strings.Replace(page, "net/ auth0", "net auth0", 1)); err == nil {
		t.Error("got somebody of another issuer, want it refused: a slash tells issuers apart")
	}
}
