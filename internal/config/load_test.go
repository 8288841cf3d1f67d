package config_test

import (
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"didops/internal/approval"
	"didops/internal/config"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, machine{}, "")
	if !c.Sandbox() || c.Path != "" || len(c.Warnings) > 0 {
		t.Errorf("got sandbox %v, path %q, warnings %v", c.Sandbox(), c.Path, c.Warnings)
	}
	wantExchange := config.Exchange{
		Auth: config.Signature, BillingAccounts: []int64{}, Currency: "USD", Style: config.REST, ListPath: "/number/list",
		Timeout: 15 * time.Second, RequestsPerSecond: 5, PageSize: 500, Paging: config.Rows, MaxRows: 50000,
		ReadDeadline: 30 * time.Second, Cache: time.Minute, SettleAfter: 15 * time.Minute,
	}
	if diff := cmp.Diff(wantExchange, c.Exchange, cmp.Comparer(func(a, b config.Secret) bool { return a == b })); diff != "" {
		t.Errorf("exchange (-want +got):\n%s", diff)
	}
	if got := c.Limits.MaxOrderTotal; got.Cmp(money.MustParse("100")) != 0 {
		t.Errorf("max_order_total: got %s, want 100.00", got)
	}
	if c.Limits.MaxMonthlyFee.Known() {
		t.Errorf("max_monthly_fee: got %s, want no limit", c.Limits.MaxMonthlyFee)
	}
	a := c.Approval
	if a.Needed != 1 || !a.RequesterMayApprove || a.ExpiresAfter != 15*time.Minute || !a.Terminal || a.Elicitation != config.ElicitWithinLimit {
		t.Errorf("approval: got %+v", a)
	}
}

func TestZeroAndNothingAreNoLimit(t *testing.T) {
	t.Parallel()
	for _, none := range []string{`""`, `"0"`, `"0.00"`} {
		c := mustLoad(t, machine{files: map[string]string{"config.toml": "[limits]\nmax_order_total = " + none}}, "config.toml")
		if c.Limits.MaxOrderTotal.Known() {
			t.Errorf("max_order_total = %s: got %s, want no limit", none, c.Limits.MaxOrderTotal)
		}
	}
}

func TestLoadReadsEverything(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, machine{files: map[string]string{"config.toml": full}}, "config.toml")
	if c.Sandbox() || c.Exchange.URL != "https://api.example.net" || c.Exchange.Login != "acme" {
		t.Errorf("exchange: got %+v", c.Exchange)
	}
	for _, s := range []struct{ name, got, want string }{
		{"api_key", c.Exchange.Key.Reveal(), secretKey},
		{"smpp_contact", c.Routing.SMPPContact.Reveal(), "smpp:login:" + secretSMPP + ":{number}@smpp.example.net:2776"},
		{"store.url", c.Store.URL.Reveal(), "postgres://didops:" + secretStore + "@db.example.net/didops"},
		{"discord.token", c.Discord.Token.Reveal(), secretDiscord},
		{"rest_url", c.Discord.RESTURL, "http://127.0.0.1:3000"},
		{"token_sha256", c.HTTP.Clients[0].TokenSHA256, strings.Repeat("0123456789abcdef", 4)},
		{"issuer", c.HTTP.OAuth.Issuer, "https://login.example.net/"},
	} {
		if s.got != s.want {
			t.Errorf("%s: got %q, want %q", s.name, s.got, s.want)
		}
	}
	if diff := cmp.Diff([]string{"AE", "JO"}, c.Limits.Countries); diff != "" {
		t.Errorf("countries (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"sip2.example.net"}, c.Routing.Hosts); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]config.Person{{Name: "Alice", OS: "alice", Discord: "123456789012345678", HTTP: "alice-laptop", Roles: []string{}, Away: []approval.Days{}}}, c.People); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
	if got := c.HTTP.Clients[0]; got.Role != config.Reader || got.MayElicit {
		t.Errorf("client: got %+v", got)
	}
	want := []config.Webhook{
		{Name: "ops", URL: "https://hooks.example.net/didops?team=ops", Secret: config.NewSecret(secretWebhook), Events: []string{"order.requested", "watch.hit"}},
		{
			Name: "inside", URL: "http://10.1.2.3:8080", Secret: config.NewSecret(secretWebhook), OldSecret: config.NewSecret(secretWebhook + "abcd"),
			Private: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")},
		},
	}
	same := cmp.Options{
		cmp.Comparer(func(a, b config.Secret) bool { return a.Reveal() == b.Reveal() }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmpopts.EquateEmpty(),
	}
	if diff := cmp.Diff(want, c.Webhooks, same); diff != "" {
		t.Errorf("webhooks (-want +got):\n%s", diff)
	}
	if got := c.HTTP.OAuth.NameClaim; got != "sub" {
		t.Errorf("name_claim: got %q, want the default sub", got)
	}
	if got := c.HTTP.OAuth.TokenTypes; !slices.Equal(got, []string{"at+jwt"}) {
		t.Errorf("token_types: got %q, want the default at+jwt", got)
	}
}

// TestExchangeHasOneAddress holds that an exchange is the same however its
// address is spelt: orders, limits and approvals are kept under it.
func TestExchangeHasOneAddress(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://api.example.net":               "https://api.example.net",
		"HTTPS://API.Example.NET":               "https://api.example.net",
		"https://api.example.net:443/":          "https://api.example.net",
		"https://api.example.net:/":             "https://api.example.net",
		"https://api.example.net:0443":          "https://api.example.net",
		"https://api.example.net:80":            "https://api.example.net:80",
		"https://api.example.net:8443/Buyers/":  "https://api.example.net:8443/Buyers",
		"https://API.example.net:08443/Buyers/": "https://api.example.net:8443/Buyers",
		"HTTP://LocalHost:80":                   "http://localhost",
		"http://127.0.0.1:443":                  "http://127.0.0.1:443",
		"http://[::1]:80":                       "http://[::1]",
		"https://[2001:DB8::443]":               "https://[2001:db8::443]",
	} {
		c, err := load(t, "[exchange]\napi_login = \"acme\"\napi_key = \"k\"\nurl = \""+url+"\"")
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if got := c.Exchange.URL; got != want {
			t.Errorf("%s: got %s, want %s", url, got, want)
		}
	}
}

func TestWhereTheFileIsFound(t *testing.T) {
	t.Parallel()
	all := map[string]string{
		"/flag.toml": "", "/env.toml": "", "config.toml": "", "/xdg/didops/config.toml": "",
		"/home/u/.config/didops/config.toml": "", "/home/u/Library/Application Support/didops/config.toml": "",
		"/appdata/didops/config.toml": "", "/etc/didops/config.toml": "",
	}
	tests := []struct {
		name, flag, goos string
		env              map[string]string
		want             string
	}{
		{"flag first", "/flag.toml", "linux", map[string]string{"DIDOPS_CONFIG": "/env.toml"}, "/flag.toml"},
		{"then the variable", "", "linux", map[string]string{"DIDOPS_CONFIG": "/env.toml", "XDG_CONFIG_HOME": "/xdg"}, "/env.toml"},
		{"then XDG", "", "linux", map[string]string{"XDG_CONFIG_HOME": "/xdg", "HOME": "/home/u"}, "/xdg/didops/config.toml"},
		{"XDG on macOS too", "", "darwin", map[string]string{"XDG_CONFIG_HOME": "/xdg", "HOME": "/home/u"}, "/xdg/didops/config.toml"},
		{"relative XDG is ignored", "", "linux", map[string]string{"XDG_CONFIG_HOME": "xdg", "HOME": "/home/u"}, "/home/u/.config/didops/config.toml"},
		{"home", "", "linux", map[string]string{"HOME": "/home/u"}, "/home/u/.config/didops/config.toml"},
		{"macOS", "", "darwin", map[string]string{"HOME": "/home/u"}, "/home/u/Library/Application Support/didops/config.toml"},
		{"Windows", "", "windows", map[string]string{"AppData": "/appdata"}, "/appdata/didops/config.toml"},
		{"machine", "", "linux", nil, "/etc/didops/config.toml"},
		{"nothing, and not the working directory", "", "windows", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := mustLoad(t, machine{files: all, env: tt.env, goos: tt.goos}, tt.flag).Path; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	home := map[string]string{"HOME": "/home/u"}
	const inHome = "/home/u/.config/didops/config.toml"
	tests := []struct {
		name, flag string
		m          machine
		want       string
	}{
		{"flag names none", "/none.toml", machine{}, "--config: /none.toml: there is no such file"},
		{"variable names none", "", machine{env: map[string]string{"DIDOPS_CONFIG": "/none.toml"}}, "$DIDOPS_CONFIG: /none.toml: there is no such file"},
		{"found but not readable", "", machine{env: home, denied: map[string]bool{inHome: true}}, inHome + ": this user may not read the file"},
		{"a folder", "/etc", machine{files: map[string]string{"/etc/x": ""}}, "--config: /etc: this is a folder"},
		{"too big", "big.toml", machine{files: map[string]string{"big.toml": strings.Repeat("#", 1<<20+1)}}, "--config: big.toml: the file has more than 1048576 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(tt.m.source(tt.flag))
			f, ok := fault.As(err)
			if !ok || f.Code != fault.Invalid || f.Message != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestBigFileOfTheRightSizeIsRead(t *testing.T) {
	t.Parallel()
	if _, err := load(t, strings.Repeat("#", 1<<20)); err != nil {
		t.Errorf("got %v, want a file of 1 MiB to be read", err)
	}
}

// TestHostileFiles: whatever fits into a file is answered, not died of.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	for name, text := range map[string]string{
		"deep lists":   "x = " + strings.Repeat("[", size-8),
		"deep tables":  "x = " + strings.Repeat("{a=", size/3-8),
		"long key":     strings.Repeat("a.", size/2-4) + "b = 1",
		"many people":  strings.Repeat("[[people]]\n", size/11),
		"many strange": strings.Repeat("[[x]]\n", size/6),
		"zero bytes":   strings.Repeat("\x00", size),
	} {
		_, err := load(t, text)
		f, ok := fault.As(err)
		if !ok || f.Code != fault.Invalid || len(f.Message) > 10_000 {
			t.Errorf("%s: got %.200v, want a short list of problems", name, err)
		}
	}
}

func TestSecretsThreeForms(t *testing.T) {
	t.Parallel()
	base := "[exchange]\nurl = \"https://api.example.net\"\napi_login = \"acme\"\n"
	tests := []struct {
		name, text, path string
		env              map[string]string
		want, source     string
	}{
		{"in the file", base + "api_key = \"one\"", "/c/config.toml", nil, "one", "/c/config.toml:4"},
		{"file of its own, new line trimmed", base + `api_key_file = "/run/key"`, "/c/config.toml", nil, "from file", "file /run/key"},
		{"with byte order marks", "\ufeff" + base + `api_key_file = "/run/marked"`, "/c/config.toml", nil, "from file", "file /run/marked"},
		{"beside the configuration", base + `api_key_file = "key"`, "/c/config.toml", nil, "beside", "file /c/key"},
		{"environment alone", base, "/c/config.toml", map[string]string{"DIDOPS_API_KEY": "env"}, "env", "environment DIDOPS_API_KEY"},
		{"environment wins over the file", base + `api_key = "one"`, "/c/config.toml", map[string]string{"DIDOPS_API_KEY": "env"}, "env", "environment DIDOPS_API_KEY, instead of /c/config.toml:4"},
		{"environment wins over a missing file", base + `api_key_file = "/none"`, "/c/config.toml", map[string]string{"DIDOPS_API_KEY": "env"}, "env", "environment DIDOPS_API_KEY, instead of file /none"},
		{"empty one and a file", base + "api_key = \"\"\napi_key_file = \"/run/key\"", "/c/config.toml", nil, "from file", "file /run/key"},
		{"empty variable is none", base + `api_key = "one"`, "/c/config.toml", map[string]string{"DIDOPS_API_KEY": ""}, "one", "/c/config.toml:4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := machine{files: map[string]string{tt.path: tt.text, "/run/key": "from file\r\n", "/run/marked": "\ufefffrom file\r\n", "/c/key": "beside\n"}, env: tt.env}
			c := mustLoad(t, m, tt.path)
			if got := c.Exchange.Key.Reveal(); got != tt.want {
				t.Errorf("key: got %q, want %q", got, tt.want)
			}
			for _, s := range c.Settings() {
				if s.Key == "exchange.api_key" && (s.Source != tt.source || s.Value != "***") {
					t.Errorf("setting: got %v from %q, want *** from %q", s.Value, s.Source, tt.source)
				}
			}
		})
	}
}

func TestEverySecretHasEveryForm(t *testing.T) {
	t.Parallel()
	smpp := "smpp:login:" + secretSMPP + ":{number}@smpp.example.net:2776"
	forms := []struct {
		section, key, env, value string
		of                       func(*config.Config) config.Secret
	}{
		{"exchange", "api_key", "DIDOPS_API_KEY", secretKey, func(c *config.Config) config.Secret { return c.Exchange.Key }},
		{"routing", "smpp_contact", "DIDOPS_SMPP_CONTACT", smpp, func(c *config.Config) config.Secret { return c.Routing.SMPPContact }},
		{"store", "url", "DIDOPS_STORE_URL", "sqlite:/var/" + secretStore, func(c *config.Config) config.Secret { return c.Store.URL }},
		{"discord", "token", "DIDOPS_DISCORD_TOKEN", secretDiscord, func(c *config.Config) config.Secret { return c.Discord.Token }},
	}
	for _, f := range forms {
		header := "exchange.url = \"sandbox\"\n[" + f.section + "]\n"
		if f.section == "exchange" {
			header = "[exchange]\nurl = \"sandbox\"\n"
		}
		for form, m := range map[string]machine{
			"file":        {files: map[string]string{"c": header + f.key + " = '" + f.value + "'"}},
			"key_file":    {files: map[string]string{"c": header + f.key + "_file = 'secret'", "secret": f.value + "\n"}},
			"environment": {files: map[string]string{"c": header}, env: map[string]string{f.env: f.value}},
		} {
			c, err := config.Load(m.source("c"))
			if err != nil {
				t.Errorf("%s by %s: %v", f.key, form, err)
				continue
			}
			if got := f.of(c).Reveal(); got != f.value {
				t.Errorf("%s by %s: got %q, want %q", f.key, form, got, f.value)
			}
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	inline := "[exchange]\nurl = \"https://api.example.net\"\napi_login = \"acme\"\napi_key = \"k\"\n"
	apart := "[exchange]\nurl = \"https://api.example.net\"\napi_login = \"acme\"\napi_key_file = \"/run/key\"\n"
	tests := []struct {
		name, text, goos string
		modes            map[string]fs.FileMode
		want             []string
	}{
		{"private", inline, "linux", nil, nil},
		{"group may read the configuration", inline, "linux", map[string]fs.FileMode{"config.toml": 0o640}, []string{"config.toml:4: exchange.api_key: the file holds a secret and others than its owner may read it: chmod 600"}},
		{"configuration without secrets", apart, "linux", map[string]fs.FileMode{"config.toml": 0o644}, nil},
		{"world may read the secret", apart, "linux", map[string]fs.FileMode{"/run/key": 0o604}, []string{"config.toml:4: exchange.api_key_file: others than its owner may read the file (/run/key): chmod 600"}},
		{"Windows has no such modes", inline, "windows", map[string]fs.FileMode{"config.toml": 0o666}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := machine{files: map[string]string{"config.toml": tt.text, "/run/key": "k"}, modes: tt.modes, goos: tt.goos}
			if diff := cmp.Diff(tt.want, mustLoad(t, m, "config.toml").Warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSandboxAndKey(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		env        map[string]string
		want       string // "" = accepted
	}{
		{"named sandbox may keep a key", "[exchange]\nurl = \"sandbox\"\napi_login = \"a\"\napi_key = \"k\"", nil, ""},
		{"loopback over http", "[exchange]\nurl = \"http://127.0.0.1:9000\"\napi_login = \"a\"\napi_key = \"k\"", nil, ""},
		{"login in the environment without url", "", map[string]string{"DIDOPS_API_LOGIN": "a"}, "$DIDOPS_API_LOGIN: exchange.api_login: needs exchange.url"},
		{"key in the environment without url", "", map[string]string{"DIDOPS_API_KEY": secretKey}, "$DIDOPS_API_KEY: exchange.api_key: needs exchange.url"},
		{"bad value in the environment", "", map[string]string{"DIDOPS_SMPP_CONTACT": secretSMPP}, "$DIDOPS_SMPP_CONTACT: routing.smpp_contact: must look like"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(machine{files: map[string]string{"c": tt.text}, env: tt.env}.source("c"))
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got %v, want none", err)
			case tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			case err != nil && strings.Contains(err.Error(), marked):
				t.Errorf("a secret came out: %v", err)
			}
		})
	}
}

func TestStateDir(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, goos string
		env        map[string]string
		want       string
	}{
		{"XDG", "linux", map[string]string{"XDG_STATE_HOME": "/state", "HOME": "/home/u"}, "/state/didops"},
		{"relative XDG is ignored", "linux", map[string]string{"XDG_STATE_HOME": "state", "HOME": "/home/u"}, "/home/u/.local/state/didops"},
		{"home", "linux", map[string]string{"HOME": "/home/u"}, "/home/u/.local/state/didops"},
		{"macOS", "darwin", map[string]string{"HOME": "/Users/u"}, "/Users/u/Library/Application Support/didops"},
		{"Windows", "windows", map[string]string{"LocalAppData": "/local", "HOME": "/home/u"}, "/local/didops"},
		{"no home", "linux", nil, ""},
		{"no home on Windows", "windows", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := config.StateDirOn(tt.goos, func(name string) string { return tt.env[name] })
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
			if err != nil && fault.CodeOf(err) != fault.Invalid {
				t.Errorf("got code %q, want invalid", fault.CodeOf(err))
			}
		})
	}
}

// TestLoadRules holds what rules, roles and people say, and what they leave out.
func TestLoadRules(t *testing.T) {
	t.Parallel()
	c, err := load(t, `
[approval]
time_zone = "Europe/Berlin"
approvals_needed = 2
requester_may_approve = false
[[approval.rules]]
name = "small"
max_monthly_fee = "5 USD"
requesters = ["role:sales", "Alice", "discord"]
hours = ["Mon-Fri 08:00-18:00"]
documents = false
[[approval.rules]]
name = "large"
approvals = 3
requester_counts = true
wait = "5m"
strength = "click"
[[roles]]
name = "sales"
discord = ["123456789012345678"]
[[people]]
name = "Alice"
os = "alice"
away = ["2026-12-24"]
delegate = "Bob"
[[people]]
name = "Bob"
os = "bob"
`)
	if err != nil {
		t.Fatal(err)
	}
	needs := c.Rules().Needs()
	if got := needs[0]; got.Count != 2 || got.RequesterCounts || got.ExpiresAfter != 15*time.Minute || got.Strength != 0 {
		t.Errorf("got %+v, want what [approval] says", got)
	}
	if got := needs[1]; got.Count != 3 || !got.RequesterCounts || got.Wait != 5*time.Minute || got.Strength != identity.Click {
		t.Errorf("got %+v, want what the rule says", got)
	}
	small := c.Approval.Rules[0]
	want := []approval.Who{{Role: "sales"}, {Person: "Alice"}, {Realm: "discord"}}
	if diff := cmp.Diff(want, small.Requesters); diff != "" || small.MaxMonthlyFee.String() != "5.00 USD" || small.Documents == nil || *small.Documents {
		t.Errorf("got %+v (-want +got):\n%s", small, diff)
	}
	away := c.Persons()[0].Away[0]
	if from := time.Date(2026, 12, 23, 23, 0, 0, 0, time.UTC); !away.From.Equal(from) || !away.Until.Equal(from.Add(24*time.Hour)) {
		t.Errorf("got %v, want a day of Berlin from %s", away, from)
	}
	if plain, err := load(t, ""); err != nil || plain.Approval.Policy != nil {
		t.Errorf("got a policy where there are no rules, or %v", err)
	}
}

// TestCases holds how cases are read, and what is wrong with one.
func TestCases(t *testing.T) {
	t.Parallel()
	m := machine{files: map[string]string{
		"good.toml": "[[case]]\nname = \"one\"\nat = \"2026-07-01 10:00\"\nmonthly_fee = \"4.99\"\nrule = \"settings\"\nenough = false\n",
		"bad.toml":  "[[case]]\nname = \"one\"\nat = \"noon\"\n[[case]]\nname = \"one\"\nenough = 1\n[case2]\n",
		"none.toml": "",
	}}
	c := mustLoad(t, machine{}, "")
	cases, err := config.LoadCases(m.source("good.toml"), c)
	if err != nil || len(cases) != 1 || cases[0].At.UTC().Hour() != 10 || cases[0].Expect.Enough == nil {
		t.Fatalf("got %+v, %v", cases, err)
	}
	if got := c.Rules().Test(cases); len(got) != 1 || len(got[0].Wrong) > 0 {
		t.Errorf("got %+v", got)
	}
	_, err = config.LoadCases(m.source("bad.toml"), c)
	for _, want := range []string{"bad.toml:3: case[0].at: must be a day and a time", "case[1].name: is already that of case[0]", "bad.toml:6: case[1].enough", "case2: unknown section"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	for _, name := range []string{"none.toml", "missing.toml"} {
		if _, err := config.LoadCases(m.source(name), c); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
