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
