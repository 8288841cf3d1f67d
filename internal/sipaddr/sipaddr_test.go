package sipaddr_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/internal/sipaddr"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, scheme, text string
		want               sipaddr.Address
	}{
		{"calls", sipaddr.SIP, "sip:{number}@sip.example.net:5060", sipaddr.Address{Scheme: "sip", User: strings.Repeat("9", 15), Host: "sip.example.net", End: "sip.example.net:5060", Text: "sip:{number}@sip.example.net:5060"}},
		{"capitals in the host", sipaddr.SIP, "sip:a@SIP.Example.NET:5060", sipaddr.Address{Scheme: "sip", User: "a", Host: "sip.example.net", End: "SIP.Example.NET:5060", Text: "sip:a@SIP.Example.NET:5060"}},
		{"address of version 6", sipaddr.SIP, "sip:a@[2001:DB8::0:1]:5060", sipaddr.Address{Scheme: "sip", User: "a", Host: "2001:db8::1", End: "[2001:DB8::0:1]:5060", Text: "sip:a@[2001:DB8::0:1]:5060"}},
		{"messages, scheme in capitals", sipaddr.SMPP, "SMPP:login:p:97150@192.0.2.1:2776", sipaddr.Address{Scheme: "smpp", Login: "login", Password: "p", User: "97150", Host: "192.0.2.1", End: "192.0.2.1:2776", Text: "smpp:login:p:97150@192.0.2.1:2776"}},
		{"messages", sipaddr.SMPP, "smpp:login:p/w=1:97150@192.0.2.1:2776", sipaddr.Address{Scheme: "smpp", Login: "login", Password: "p/w=1", User: "97150", Host: "192.0.2.1", End: "192.0.2.1:2776", Text: "smpp:login:p/w=1:97150@192.0.2.1:2776"}},
		{"no port, parameters, capitals", sipaddr.SIP, "SIPS:{number}@[2001:db8::1];Transport=TLS;user=Phone", sipaddr.Address{Scheme: "sips", User: strings.Repeat("9", 15), Host: "2001:db8::1", End: "[2001:db8::1]", Text: "sips:{number}@[2001:db8::1];transport=tls;user=phone"}},
		{"user characters", sipaddr.SIP, "sip:a&b=c+d$e,f;g?h/i%23-_.!~*'()@c", sipaddr.Address{Scheme: "sip", User: "a&b=c+d$e,f;g?h/i%23-_.!~*'()", Host: "c", End: "c", Text: "sip:a&b=c+d$e,f;g?h/i%23-_.!~*'()@c"}},
		{"escapes", sipaddr.SIP, "sip:john%20doe%C3%BC@c", sipaddr.Address{Scheme: "sip", User: "john%20doe%C3%BC", Host: "c", End: "c", Text: "sip:john%20doe%C3%BC@c"}},
		{"secured over TCP", sipaddr.SIP, "sips:a@c;transport=tcp", sipaddr.Address{Scheme: "sips", User: "a", Host: "c", End: "c", Text: "sips:a@c;transport=tcp"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := sipaddr.Parse(tt.scheme, tt.text)
			if diff := cmp.Diff(tt.want, got); !ok || diff != "" {
				t.Errorf("got %t (-want +got):\n%s", ok, diff)
			}
		})
	}
	for _, text := range []string{
		"", "sip:", "sip:a@b@c:5060", "sip:a%40b@c:5060", "sip:a@c:", "sip:a@c;maddr=d", "sip:a@c;user=phone;user=ip", "sip:a;pwd=b@c", "sip:a@c,sip:b@d", "sip:a@c:0", "sip:a@c:65536", "sip:a:b@c:5060", "tel:971",
		"sip:a@c:5060\r\n", "sip:a@{number}:5060", "sip:a@0x7f.1:5060", "sip:" + strings.Repeat("a", sipaddr.Limit) + "@c:1",
	} {
		if got, ok := sipaddr.Parse(sipaddr.SIP, text); ok {
			t.Errorf("got %+v of %q, want it refused", got, text)
		}
	}
}

// TestWhy says of each address what is wrong with that one, and repeats no word
// that might be a secret.
func TestWhy(t *testing.T) {
	t.Parallel()
	const host = "@pbx.example.net"
	for text, want := range map[string]string{
		"":                                     "is empty",
		"desk" + host:                          "write sip: in front",
		"pbx.example.net:5060":                 "write sip: in front",
		"sip://desk" + host:                    "without //",
		"tel:+971501234567":                    "tel:",
		"https://pbx.example.net":              "scheme https:",
		"smpp:l:hunter2:1@192.0.2.1:2776":      "smpp_contact",
		"sip:pbx.example.net":                  "no user",
		"sip:" + host:                          "no user in front",
		"sip:a@b" + host:                       "more than one @",
		"sip:desk" + host + ":99999":           "port 99999",
		"sip:desk" + host + ":0":               "port 0, and",
		"sip:desk" + host + ":05060":           "port 05060, which begins with a zero",
		"sip:desk" + host + ":":                "no port behind it",
		"sip:desk" + host + ":hunter2":         "no number",
		"sip:desk" + host + ".":                "dot at the end",
		"sip:desk" + host + ".:5060":           "dot at the end",
		"sip:desk@pbx..example.net":            "a dot too many",
		"sip:desk@":                            "no host",
		"sip:desk@010.0.0.1":                   "neither a name nor an IP address",
		"sip:desk@192.0.2.300:5060":            "neither a name nor an IP address",
		"sip:desk@2001:db8::1":                 "in brackets",
		"sip:desk@[192.0.2.1]":                 "no IPv6 address",
		"sip:desk" + host + "/x":               "behind the host",
		"sip:{NUMBER}" + host:                  "did you mean {number}?",
		"sip:{Number}" + host:                  "did you mean {number}?",
		"sip:{{number}}" + host:                "did you mean {number}?",
		"sip:{did}" + host:                     "did you mean {number}?",
		"sip:{x}" + host:                       "only placeholder",
		"sip:a@{number}.example.net":           "behind the @",
		"sip:desk" + host + ";transport=ws":    "has transport=ws; udp, tcp, tls are taken",
		"sip:desk" + host + ";transport=sctp":  "transport=sctp",
		"sip:desk" + host + ";transport=":      "transport without a value",
		"sip:desk" + host + ";user=hunter2":    "user with a value",
		"sip:desk" + host + ";lr":              "parameter lr",
		"sip:desk" + host + ";hunter2=1":       "a parameter that",
		"sip:desk" + host + ";":                "semicolon",
		"sip:desk" + host + ";user=ip;user=ip": "twice",
		"sip:desk" + host + "?Route=x":         "headers",
		"sip:desk" + host + ",sip:b" + host:    "more than one @",
		"sips:desk" + host + ";transport=udp":  "asks for security",
		"SIPS:desk" + host + ";Transport=UDP":  "asks for security",
		"sip:desk:hunter2" + host:              "password",
		"sip:desk;password=hunter2" + host:     "password",
		"sip:desk;p%61ssword=hunter2" + host:   "password",
		"sip:desk;api_key=hunter2" + host:      "key",
		"sip:desk;apiKey=hunter2" + host:       "key",
		"sip:desk%40x" + host:                  "@ or a colon written with %",
		"sip:desk%0d" + host:                   "does not show",
		"sip:desk%FF" + host:                   "does not show",
		"sip:50%" + host:                       "written %25",
		"sip:a^b" + host:                       "written %5E",
		"\"Desk\" <sip:desk" + host + ">":      "display name",
		"<sip:desk" + host + ">":               "between < and >",
		"sip:desk one" + host:                  "%20",
		"sip:müller" + host:                    "beyond ASCII",
		"sip:desk@bücher.example.net":          "xn--",
		"sip:" + strings.Repeat("9", 600):      "longer than 512",
	} {
		holdsWhy(t, sipaddr.SIP, text, want)
	}
	for text, want := range map[string]string{
		"l:hunter2:1@192.0.2.1:2776":             "write smpp: in front",
		"smpps:l:hunter2:1@192.0.2.1:2776":       "smpp: only",
		"sip:desk@pbx.example.net":               "begins with smpp:",
		"smpp://l:hunter2:1@192.0.2.1:2776":      "leave // out",
		"smpp:l:hunter2@192.0.2.1:2776":          "2 parts",
		"smpp:l:hunt:er2:1@192.0.2.1:2776":       "4 parts",
		"smpp:l:hunt@er2:1@192.0.2.1:2776":       "more than one @",
		"smpp:l:hunter2:1@smpp.example.net":      "no port",
		"smpp:l:hunter2:1@[2001:db8::1]":         "no port",
		"smpp:l:hunter2:1@192.0.2.1:02776":       "port 02776",
		"smpp:l:hunter2%40:1@192.0.2.1:2776":     "a % and two digits",
		"smpp:l::1@192.0.2.1:2776":               "empty login, password",
		"smpp:l:hunter2:{NUMBER}@192.0.2.1:2776": "did you mean {number}?",
		"smpp:l:hunter2:a/b@192.0.2.1:2776":      "a character in login, password or destination",
	} {
		holdsWhy(t, sipaddr.SMPP, text, want)
	}
	for _, text := range []string{"monkey=1", "turkey;compass=n", "keyboard=1", "secretary=2", "john%20doe", "a;q=1"} {
		if _, ok := sipaddr.Parse(sipaddr.SIP, "sip:"+text+host); !ok {
			t.Errorf("%s is refused: %+v", text, sipaddr.Why(sipaddr.SIP, "sip:"+text+host))
		}
	}
}

func holdsWhy(t *testing.T, scheme, text, want string) {
	t.Helper()
	p := sipaddr.Why(scheme, text)
	if said := p.Wrong + "; " + p.Hint; !strings.Contains(said, want) || strings.Contains(said, "hunt") {
		t.Errorf("%q: got %q, want %q and no secret", text, said, want)
	}
}

// FuzzParse holds what the rest of the program relies on: an address that is
// accepted has one "@", the host and port that follow it, and nothing that
// ends a line or a field.
func FuzzParse(f *testing.F) {
	f.Add("sip:{number}@sip.example.net:5060", true)
	f.Add("smpp:login:password:{number}@smpp.example.net:2776", false)
	f.Fuzz(func(t *testing.T, text string, calls bool) {
		scheme := sipaddr.SMPP
		if calls {
			scheme = sipaddr.SIP
		}
		a, ok := sipaddr.Parse(scheme, text)
		if why := sipaddr.Why(scheme, text); ok != (why == sipaddr.Problem{}) {
			t.Errorf("%q: taken is %t, and what is wrong %+v", text, ok, why)
		}
		if !ok {
			return
		}
		switch {
		case strings.Count(text, "@") != 1, !strings.Contains(text, "@"+a.End), !strings.HasPrefix(a.Text, a.Scheme+":"), !strings.EqualFold(a.Text, text):
			t.Errorf("%q is accepted as %+v", text, a)
		case strings.ContainsAny(text, " \t\r\n\x00#<>\"\\") && calls, strings.ContainsAny(text, " \t\r\n\x00"):
			t.Errorf("%q is accepted", text)
		case len(sipaddr.Written(text, strings.Repeat("9", 15))) > sipaddr.Limit:
			t.Errorf("%q is accepted and too long", text)
		}
	})
}
