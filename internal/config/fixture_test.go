package config_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"didops/internal/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Secrets of the tests. None of them may come out anywhere.
const (
	secretKey     = "MARKED-api-key-7Qd2"
	secretSMPP    = "MARKED-smpp-password-x81"
	secretStore   = "MARKED-store-password-k3"
	secretDiscord = "MARKED-discord-token-9Zt"
	secretWebhook = "whsec_MARKEDwebhooksecret0123456789abc"
	marked        = "MARKED"
)

// machine is a fake of what Load sees of a machine.
type machine struct {
	files  map[string]string
	modes  map[string]fs.FileMode // 0600 where not named
	denied map[string]bool
	env    map[string]string
	goos   string
}

func (m machine) source(flag string) config.Source {
	disk := fstest.MapFS{}
	for name, data := range m.files {
		mode := fs.FileMode(0o600)
		if special, ok := m.modes[name]; ok {
			mode = special
		}
		disk[strings.TrimPrefix(name, "/")] = &fstest.MapFile{Data: []byte(data), Mode: mode}
	}
	goos := m.goos
	if goos == "" {
		goos = "linux"
	}
	return config.Source{
		Flag:   flag,
		GOOS:   goos,
		Getenv: func(name string) string { return m.env[name] },
		Open: func(name string) (fs.File, error) {
			if m.denied[name] {
				return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
			}
			return disk.Open(strings.TrimPrefix(name, "/"))
		},
	}
}

// load reads text as config.toml.
func load(tb testing.TB, text string) (*config.Config, error) {
	tb.Helper()
	return config.Load(machine{files: map[string]string{"config.toml": text}}.source("config.toml"))
}

func mustLoad(tb testing.TB, m machine, flag string) *config.Config {
	tb.Helper()
	c, err := config.Load(m.source(flag))
	if err != nil {
		tb.Fatalf("load: %v", err)
	}
	return c
}

// full sets every secret in the file.
const full = `
[exchange]
url = "https://api.example.net/"
api_login = "acme"
api_key = "` + secretKey + `"
[routing]
contact = "sip:{number}@sip.example.net:5060"
smpp_contact = "smpp:login:` + secretSMPP + `:{number}@smpp.example.net:2776"
hosts = ["SIP2.example.net"]
[limits]
countries = ["ae", "JO"]
max_monthly_fee = "12.5"
[[people]]
name = "Alice"
os = "alice"
discord = "123456789012345678"
http = "alice-laptop"
[store]
url = "postgres://didops:` + secretStore + `@db.example.net/didops"
[http]
listen = "127.0.0.1:8931"
allowed_origins = ["https://App.example.net"]
[[http.clients]]
name = "alice-laptop"
token_sha256 = "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"
role = "reader"
[http.oauth]
issuer = "https://login.example.net/"
audience = "didops"
[discord]
token = "` + secretDiscord + `"
guild_ids = ["123456789012345670"]
rest_url = "http://127.0.0.1:3000/"
[[webhooks]]
name = "ops"
url = "https://hooks.example.net/didops?team=ops"
secret = "` + secretWebhook + `"
events = ["order.requested", "watch.hit"]
[[webhooks]]
name = "inside"
url = "http://10.1.2.3:8080"
secret = "` + secretWebhook + `"
old_secret = "` + secretWebhook + `abcd"
private = ["10.0.0.0/8", "fd00::/8"]
`
