package did_test

import (
	"cmp"
	"maps"
	"strings"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/redact"
	"didops/tools/did"
)

// badContacts are values that must not get near an order as a contact.
func badContacts() map[string]string {
	return map[string]string{
		"no scheme":                  "97150@sip.example.net:5060",
		"another scheme":             "iax:97150@sip.example.net:4569",
		"no scheme but slashes":      "sip://97150@sip.example.net:5060",
		"telephone number":           "tel:+971501234567",
		"web address":                "https://sip.example.net:5060",
		"smpp where sip belongs":     "smpp:login:" + givenPassword + ":1@smpp.example.net:2776",
		"password":                   "sip:user:" + givenPassword + "@sip.example.net:5060",
		"password in a parameter":    "sip:user;password=" + givenPassword + "@sip.example.net:5060",
		"no user":                    "sip:@sip.example.net:5060",
		"no host":                    "sip:97150@:5060",
		"no port after a colon":      "sip:97150@sip.example.net:",
		"port 0":                     "sip:97150@sip.example.net:0",
		"port 65536":                 "sip:97150@sip.example.net:65536",
		"port with a zero before":    "sip:97150@sip.example.net:05060",
		"port that is a word":        "sip:97150@sip.example.net:sip",
		"port in other digits":       "sip:97150@sip.example.net:٥٠٦٠",
		"two hosts":                  "sip:97150@sip.example.net@evil.example:5060",
		"two hosts with ports":       "sip:97150@sip.example.net:5060@evil.example:5060",
		"host in the user":           "sip:97150%40sip.example.net@evil.example:5060",
		"encoded at in the host":     "sip:97150@evil.example%40sip.example.net:5060",
		"line break":                 "sip:97150@sip.example.net:5060\r\nunsubscribe: 60",
		"line feed":                  "sip:97150\n@sip.example.net:5060",
		"space within":               "sip:97150 @sip.example.net:5060",
		"tab":                        "sip:97\t150@sip.example.net:5060",
		"zero byte":                  "sip:97150\x00@sip.example.net:5060",
		"direction mark":             "sip:97150\u202e@sip.example.net:5060",
		"zero width":                 "sip:97150@sip\u200b.example.net:5060",
		"cyrillic letter":            "sip:97150@sip.ex\u0430mple.net:5060",
		"full stop of another width": "sip:97150@sip.example\uff0enet:5060",
		"full-width at":              "sip:97150\uff20evil.example@sip.example.net:5060",
		"braces":                     "sip:{user}@sip.example.net:5060",
		"number in the host":         "sip:97150@{number}.example.net:5060",
		"number as the host":         "sip:97150@{number}:5060",
		"number as the port":         "sip:97150@sip.example.net:{number}",
		"another transport":          "sip:97150@sip.example.net:5060;transport=smoke",
		"transport twice":            "sip:97150@sip.example.net;transport=tls;transport=udp",
		"another address":            "sip:97150@sip.example.net:5060;maddr=evil.example",
		"loose routing":              "sip:97150@sip.example.net;lr",
		"display name":               "\"Desk\" <sip:97150@sip.example.net:5060>",
		"display name, no quotes":    "Desk <sip:97150@sip.example.net>",
		"secret in the user":         "sip:97150;token=" + givenPassword + "@sip.example.net",
		"encoded colon":              "sip:97150%3a5060@sip.example.net",
		"encoded line break":         "sip:97150%0d%0a@sip.example.net",
		"header":                     "sip:97150@sip.example.net:5060?Route=evil.example",
		"path":                       "sip:97150@sip.example.net:5060/evil",
		"angle brackets":             "<sip:97150@sip.example.net:5060>",
		"several":                    "sip:97150@sip.example.net:5060,sip:1@evil.example:5060",
		"ampersand":                  "sip:97150@sip.example.net:5060&unsubscribe=60",
		"octal address":              "sip:97150@010.0.0.1:5060",
		"hexadecimal address":        "sip:97150@0x7f.1:5060",
		"address as one number":      "sip:97150@3232235777:5060",
		"short address":              "sip:97150@10.1:5060",
		"address out of range":       "sip:97150@300.1.1.1:5060",
		"IPv6 without brackets":      "sip:97150@2001:db8::1:5060",
		"IPv6 that is none":          "sip:97150@[2001:db8::zz]:5060",
		"IPv4 in brackets":           "sip:97150@[192.0.2.1]:5060",
		"IPv6 with a zone":           "sip:97150@[fe80::1%eth0]:5060",
		"host ends in a point":       "sip:97150@sip.example.net.:5060",
		"host with two points":       "sip:97150@sip..example.net:5060",
		"host begins with a dash":    "sip:97150@-sip.example.net:5060",
		"host ends in a dash":        "sip:97150@sip-.example.net:5060",
		"long label":                 "sip:97150@" + strings.Repeat("a", 64) + ".net:5060",
		"too long":                   "sip:" + strings.Repeat("9", 490) + "@sip.example.net:5060",
		"too long with the number":   "sip:" + strings.Repeat("{number}", 60) + "@a.net:5060",
		"templates":                  "templates",
	}
}

// TestBadContactsAreRefused holds that they are refused by name, everywhere,
// without being repeated, before anything is read.
func TestBadContactsAreRefused(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 100}})
	for name, contact := range badContacts() {
		for _, by := range []identity.Caller{shell, mcp, discord} {
			for kind, a := range map[string]args{
				"purchase": {"numbers": []string{"+971501234567"}, "contact": contact},
				"update":   {"numbers": []string{"+971501234567"}, "contact": contact},
			} {
				f := o.turnedDown(kind, a, by)
				if f.Code != fault.Invalid || f.Field != "contact" || len(contact) > 10 && strings.Contains(f.Error()+f.Hint, contact) {
					t.Errorf("%s, %s over %s: got %s of %q: %v", name, kind, by.Frontend, f.Code, f.Field, f)
				}
			}
		}
	}
	if n := o.requests(); n != 0 {
		t.Errorf("got %d requests to the exchange, want none", n)
	}
}

// TestSecretsAsUser holds that a configured secret is no user of a SIP address,
// however it is written, and is not repeated.
func TestSecretsAsUser(t *testing.T) {
	t.Parallel()
	c := configured()
	c.Routing.Secret = redact.New([]string{templatePassword, "Kelp7"}, nil).Holds
	o := start(t, setup{sandbox: sandbox.Options{Numbers: 100}}).orders(c)
	for _, user := range []string{templatePassword, strings.ToUpper(templatePassword), "x" + templatePassword, templatePassword + ";ext=1", strings.ReplaceAll(templatePassword, "-", "%2d"), "Kelp7"} {
		for _, by := range []identity.Caller{shell, mcp, discord} {
			for _, kind := range []string{"purchase", "update"} {
				f := o.turnedDown(kind, args{"numbers": []string{"+971501234567"}, "contact": "sip:" + user + "@sip.example.net"}, by)
				if f.Code != fault.Invalid || f.Field != "contact" || strings.Contains(f.Error()+f.Hint, user) {
					t.Errorf("%s, %s over %s: got %s of %q: %v", user, kind, by.Frontend, f.Code, f.Field, f)
				}
			}
		}
	}
	for _, user := range []string{"desk", "Kelp77", "{number}"} {
		if _, err := o.deals["purchase"].Identify(arguments(args{"numbers": []string{"+971501234567"}, "contact": "sip:" + user + "@sip.example.net"}), shell); err != nil {
			t.Errorf("%s: %v", user, err)
		}
	}
}

func badSMPPContacts() map[string]string {
	const host = "@smpp.example.net:2776"
	return map[string]string{
		"sip":                  "sip:97150@sip.example.net:5060",
		"TLS scheme":           "smpps:login:" + givenPassword + ":97150" + host,
		"two fields":           "smpp:login:" + givenPassword + host,
		"four fields":          "smpp:login:" + givenPassword + ":more:97150" + host,
		"no login":             "smpp::" + givenPassword + ":97150" + host,
		"no password":          "smpp:login::97150" + host,
		"no destination":       "smpp:login:" + givenPassword + ":" + host,
		"at in the password":   "smpp:login:" + givenPassword + "@x:97150" + host,
		"encoded at":           "smpp:login:" + givenPassword + "%40evil.example:97150" + host,
		"encoded colon":        "smpp:login:" + givenPassword + "%3a1:97150" + host,
		"space":                "smpp:login:" + givenPassword + " :97150" + host,
		"line break":           "smpp:login:" + givenPassword + "\r\n:97150" + host,
		"braces":               "smpp:login:" + givenPassword + "{}:97150" + host,
		"not ASCII":            "smpp:login:" + givenPassword + "ä:97150" + host,
		"two hosts":            "smpp:login:" + givenPassword + ":97150@evil.example:2776" + host,
		"no port":              "smpp:login:" + givenPassword + ":97150@smpp.example.net",
		"number in the host":   "smpp:login:" + givenPassword + ":97150@{number}.example.net:2776",
		"look-alike host":      "smpp:login:" + givenPassword + ":97150@smpp.ex\u0430mple.net:2776",
		"slashes":              "smpp://login:" + givenPassword + host,
		"the password alone":   givenPassword,
		"destination, spelled": "smpp:login:" + givenPassword + ":a/b" + host,
	}
}

func TestBadSMPPContactsAreRefused(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 100}})
	for name, contact := range badSMPPContacts() {
		for kind, a := range map[string]args{
			"purchase": {"numbers": []string{"+971501234567"}, "smpp_contact": contact},
			"update":   {"numbers": []string{"+971501234567"}, "smpp_contact": contact},
		} {
			if f := o.turnedDown(kind, a, shell); f.Code != fault.Invalid || f.Field != "smpp_contact" {
				t.Errorf("%s, %s: got %s of %q: %v", name, kind, f.Code, f.Field, f)
			}
		}
	}
	if n := o.requests(); n != 0 {
		t.Errorf("got %d requests to the exchange, want none", n)
	}
}

// TestNoPasswordThroughModelsAndChats holds that no smpp_contact is taken over
// MCP and Discord, well-formed or not, not even the template's own text.
func TestNoPasswordThroughModelsAndChats(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 100}})
	good := "smpp:login:" + givenPassword + ":97150@smpp.example.net:2776"
	values := map[string]string{"good": good, "template's own": configured().Routing.SMPPContact}
	maps.Copy(values, badSMPPContacts())
	for name, v := range values {
		for _, by := range []identity.Caller{mcp, discord} {
			for kind, a := range map[string]args{
				"purchase": {"numbers": []string{"+971501234567"}, "smpp_contact": v},
				"update":   {"numbers": []string{"+971501234567"}, "smpp_contact": v},
			} {
				f := o.turnedDown(kind, a, by)
				if f.Code != fault.Forbidden || f.Field != "smpp_contact" || !strings.Contains(f.Hint, `"template"`) {
					t.Errorf("%s, %s over %s: got %s of %q, hint %q", name, kind, by.Frontend, f.Code, f.Field, f.Hint)
				}
			}
		}
	}
	for _, by := range []identity.Caller{shell, mcp, discord} {
		if _, err := o.deals["purchase"].Identify(arguments(args{"numbers": []string{"+971501234567"}, "smpp_contact": "template"}), by); err != nil {
			t.Errorf("the template over %s: %v", by.Frontend, err)
		}
	}
	if _, err := o.deals["purchase"].Identify(arguments(args{"numbers": []string{"+971501234567"}, "smpp_contact": good}), shell); err != nil {
		t.Errorf("a value in the shell: %v", err)
	}
}

// TestHosts holds from where which hosts may be named.
func TestHosts(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 100}})
	for _, tt := range []struct {
		contact string
		known   bool
	}{
		{"sip:97150@sip.example.net:5060", true},
		{"sip:97150@SIP.Example.NET:5061", true},
		{"sip:{number}@sip.partner.example:5060", true},
		{"sip:97150@smpp.example.net:5060", true},
		{"sip:97150@[2001:db8::7]:5060", true},
		{"sip:97150@[2001:0db8:0:0::7]:5060", true},
		{"sip:97150@sip.evil.example:5060", false},
		{"sip:97150@sip.example.net.evil.example:5060", false},
		{"sip:97150@evil-sip.example.net:5060", false},
		{"sip:97150@example.net:5060", false},
		{"sip:97150@xn--sip-xample-z2a.net:5060", false},
		{"sip:97150@192.0.2.1:5060", false},
		{"sip:97150@[2001:db8::8]:5060", false},
		{"sip:97150@localhost:5060", false},
		{"sip:+971_50.x~*!$-@pbx:1", false},
	} {
		a := args{"numbers": []string{"+971501234567"}, "contact": tt.contact}
		for _, by := range []identity.Caller{shell, discord} {
			if _, err := o.deals["purchase"].Identify(arguments(a), by); err != nil {
				t.Errorf("%s over %s: %v", tt.contact, by.Frontend, err)
			}
		}
		_, err := o.deals["purchase"].Identify(arguments(a), mcp)
		if tt.known {
			if err != nil {
				t.Errorf("%s over MCP: %v", tt.contact, err)
			}
			continue
		}
		f, ok := fault.As(err)
		if !ok || f.Code != fault.Forbidden || f.Field != "contact" || !strings.Contains(f.Hint, "[routing] hosts") {
			t.Errorf("%s over MCP: got %v, want forbidden with the setting", tt.contact, err)
		}
		if want := "allowed: 2001:db8::7, sip.example.net, sip.partner.example, smpp.example.net"; !strings.HasSuffix(f.Message, want) {
			t.Errorf("%s over MCP: got %q, want the hosts that may be named", tt.contact, f.Message)
		}
	}
	bare := configured()
	bare.Routing = did.Routing{}
	f := o.orders(bare).turnedDown("update", args{"numbers": []string{"+971501234567"}, "contact": "sip:1@sip.example.net:5060"}, mcp)
	if f.Code != fault.Forbidden || !strings.HasSuffix(f.Message, "over MCP; no host may be") {
		t.Errorf("nothing configured: got %s: %s, want that no host may be named", f.Code, f.Message)
	}
}

// TestBadTemplatesAreRefused holds that a template that could not be sent is
// found at the start, and not repeated.
func TestBadTemplatesAreRefused(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 100}})
	for _, routing := range []did.Routing{
		{Contact: "sip:{number}@sip.example.net;lr"},
		{Contact: "sip:{digits}@sip.example.net:5060"},
		{SMPPContact: "smpp:login:" + templatePassword + "@smpp.example.net:2776"},
		{SMPPContact: "smpp:login:" + templatePassword + ":{number}@{number}.example.net:2776"},
	} {
		_, err := did.Writes(did.Config{Reader: r.client.Reader(), Currency: "USD", Now: time.Now, Routing: routing})
		if err == nil || !strings.Contains(err.Error(), "[routing] ") || strings.Contains(err.Error(), templatePassword) {
			t.Errorf("%+v: got %v, want the setting named and nothing repeated", routing, err)
		}
	}
}

// FuzzContact holds that whatever is given as an address is refused by name
// without being repeated, or is one that leads nowhere else than it shows.
func FuzzContact(f *testing.F) {
	o := openOrders(f, setup{sandbox: sandbox.Options{Numbers: 100}})
	for _, v := range badContacts() {
		f.Add(v)
	}
	for _, v := range badSMPPContacts() {
		f.Add(v)
	}
	for _, v := range []string{"sip:{number}@sip.example.net:5060", "sip:1@[2001:db8::7]:1", "smpp:a:b:{number}@smpp.example.net:2776", "template", ""} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if value == "" || value == "template" {
			t.Skip("the template")
		}
		for field, fields := range map[string]int{"contact": 1, "smpp_contact": 3} {
			a := args{"numbers": []string{"+971501234567"}, field: value}
			_, err := o.deals["purchase"].Identify(arguments(a), shell)
			scheme := map[string]string{"contact": "sip:", "smpp_contact": "smpp:"}[field]
			if len(value) > 4 && strings.EqualFold(value[:5], "sips:") {
				scheme = "sips:"
			}
			if err != nil {
				e, ok := fault.As(err)
				if !ok || e.Code != fault.Invalid || e.Field != field {
					t.Fatalf("%q: got %v, want invalid of %s", value, err, field)
				}
				continue
			}
			begin := min(len(value), len(scheme))
			rest, ok := value[begin:], strings.EqualFold(value[:begin], scheme)
			user, host, _ := strings.Cut(rest, "@")
			bare := strings.ReplaceAll(user, "{number}", "9")
			switch {
			case !ok, strings.Count(value, "@") != 1, strings.Count(user, ":") != fields-1,
				strings.ContainsAny(bare, "{}<>\" \t\r\n#\x00") && field == "contact",
				strings.ContainsAny(host, "{}<>\" \t\r\n/?&#%\x00"), !strings.Contains(host, ":") && field == "smpp_contact", len(value) > 512:
				t.Fatalf("%q is taken as %s", value, field)
			}
			for _, r := range value {
				if r <= ' ' || r > '~' {
					t.Fatalf("%q with %U is taken as %s", value, r, field)
				}
			}
			masked := did.ShownAddress(strings.Replace(strings.TrimSuffix(scheme, ":"), "sips", "sip", 1), strings.ReplaceAll(value, "{number}", "971501234567"))
			if !strings.HasSuffix(masked, "@"+host) {
				t.Errorf("%q is shown as %q, want its host", value, masked)
			}
			if field == "smpp_contact" && strings.Split(masked, ":")[2] != "***" {
				t.Errorf("%q is shown as %q, want the password masked", value, masked)
			}
		}
	})
}

// goodContacts are addresses as people write them, and what is sent.
func goodContacts() map[string][2]string {
	return map[string][2]string{
		"no port":             {"sip:desk@sip.example.net", "sip:desk@sip.example.net"},
		"port":                {"sip:front@sip.example.net:5060", "sip:front@sip.example.net:5060"},
		"over UDP":            {"sip:desk@sip.example.net;transport=udp", "sip:desk@sip.example.net;transport=udp"},
		"over TCP, capitals":  {"SIP:Desk@sip.example.net:5062;Transport=TCP", "sip:Desk@sip.example.net:5062;transport=tcp"},
		"over TLS":            {"sips:desk@sip.example.net:5061;transport=tls", "sips:desk@sip.example.net:5061;transport=tls"},
		"secure":              {"Sips:desk@sip.example.net", "sips:desk@sip.example.net"},
		"a phone":             {"sip:+971501234567@sip.example.net;user=phone", "sip:+971501234567@sip.example.net;user=phone"},
		"both parameters":     {"sip:{number}@sip.example.net;user=phone;transport=udp", "sip:971501234567@sip.example.net;user=phone;transport=udp"},
		"signs":               {"sip:a-b_c.d!e~f*g'h(i)@sip.example.net", "sip:a-b_c.d!e~f*g'h(i)@sip.example.net"},
		"more signs":          {"sip:a&b=c+d$e,f;g?h/i@sip.example.net", "sip:a&b=c+d$e,f;g?h/i@sip.example.net"},
		"encoded number sign": {"sip:%23971%2b@sip.example.net", "sip:%23971%2b@sip.example.net"},
		"IPv6":                {"sip:desk@[2001:db8::7]", "sip:desk@[2001:db8::7]"},
		"IPv6, all of it":     {"sip:desk@[2001:db8::7]:5060;transport=tcp", "sip:desk@[2001:db8::7]:5060;transport=tcp"},
		"IPv4":                {"sip:desk@192.0.2.1", "sip:desk@192.0.2.1"},
	}
}

// TestGoodContacts holds how an address is sent, and that it is shown as it is
// and taken by the exchange.
func TestGoodContacts(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	for name, tt := range goodContacts() {
		want := strings.ReplaceAll(tt[1], "971501234567", own[0].Digits)
		contact := strings.ReplaceAll(tt[0], "971501234567", own[0].Digits)
		l := o.quote("update", args{"numbers": []string{own[0].Digits}, "contact": contact}, shell).Lines[0]
		shown := ""
		for _, f := range l.Terms {
			if f.Name == "contact" {
				shown, _, _ = strings.Cut(f.String(), " (NEW HOST)")
			}
		}
		if l.Term("contact") != want || shown != want {
			t.Errorf("%s: got %q, shown as %q, want %q", name, l.Term("contact"), shown, want)
		}
		if err := o.deals["update"].Send(t.Context(), l); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestContactsThatCanNotStay holds that an address of the exchange's own list
// that could not be sent again is refused at the quote, by the name of the
// parameter that mends it, and not when it is sent.
func TestContactsThatCanNotStay(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	two := own[2].Digits
	for name, tt := range map[string]struct{ contact, smpp, given string }{
		"display name":    {contact: "\"Desk\" <sip:desk@sip.example.net>", given: "smpp_contact"},
		"angle brackets":  {contact: "<sip:desk@sip.example.net:5060>", given: "smpp_contact"},
		"telephone":       {contact: "tel:+971501234567", given: "smpp_contact"},
		"SMPP with a gap": {smpp: "smpp:login: hunter2:1@smpp.example.net:2776", given: "contact"},
		"SMPP, no port":   {smpp: "smpp:login:hunter2:1@smpp.example.net", given: "contact"},
	} {
		office := o.withOwned(func(rows []exchange.Owned) []exchange.Owned {
			for i := range rows {
				rows[i].Contact, rows[i].SMPPContact = cmp.Or(tt.contact, rows[i].Contact), cmp.Or(tt.smpp, rows[i].SMPPContact)
			}
			return rows
		})
		stays := map[string]string{"smpp_contact": "contact", "contact": "smpp_contact"}[tt.given]
		f := office.turnedDown("update", args{"numbers": []string{two}, tt.given: "template"}, mcp)
		if f.Code != fault.Invalid || f.Field != stays || f.Hint == "" || strings.Contains(f.Error()+f.Hint, "hunter2") {
			t.Errorf("%s: got %s of %q: %v (%s)", name, f.Code, f.Field, f, f.Hint)
		}
		l := office.quote("update", args{"numbers": []string{two}, "contact": "template", "smpp_contact": "template"}, mcp).Lines[0]
		if l.Term("contact") != "sip:"+two+"@sip.example.net:5060" {
			t.Errorf("%s: got %q, want that both can be given", name, l.Term("contact"))
		}
	}
}

// TestWrongContactSaysWhy holds that the error is about the address given, on
// every way in, and that the template may be written in capitals.
func TestWrongContactSaysWhy(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 300}})
	for contact, says := range map[string]string{
		"sip:desk@sip.example.net;transport=ws":         "contact has transport=ws",
		"sip:desk@sip.example.net:99999":                "contact has the port 99999",
		"sip:desk@sip.example.net.":                     "contact has a dot at the end of the host",
		"sips:desk@sip.example.net;transport=udp":       "contact asks for security",
		"desk@sip.example.net":                          "contact has no scheme",
		"sip:desk:" + givenPassword + "@192.0.2.1:5060": "contact has a password",
	} {
		f := o.turnedDown("update", args{"numbers": []string{"+971501234567"}, "contact": contact}, mcp)
		if f.Code != fault.Invalid || !strings.Contains(f.Message, says) || !strings.Contains(f.Hint, "sip:user@host") {
			t.Errorf("%s: got %v (%s), want %q", contact, f, f.Hint, says)
		}
		o.holdsNoSecret("refusal", f.Message+f.Hint)
	}
	of := o.forSale(1, voiceOnly)[0]
	small := o.quote("purchase", args{"numbers": plus(of), "contact": "template"}, shell).Lines[0]
	for _, word := range []string{"TEMPLATE", "Template"} {
		if l := o.quote("purchase", args{"numbers": plus(of), "contact": word}, shell).Lines[0]; l.Term("contact") != small.Term("contact") || l.Term("contact") == "" {
			t.Errorf("%s: got %q, want %q", word, l.Term("contact"), small.Term("contact"))
		}
	}
	for _, contact := range []string{"sip:john%20doe@sip.example.net", "sip:monkey=1@sip.example.net:5060"} {
		if l := o.quote("purchase", args{"numbers": plus(of), "contact": contact}, shell).Lines[0]; l.Term("contact") != contact {
			t.Errorf("got %q, want %q", l.Term("contact"), contact)
		}
	}
}
