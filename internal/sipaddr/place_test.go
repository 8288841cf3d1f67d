package sipaddr_test

import (
	"testing"

	"didops/internal/sipaddr"
)

// TestPlaces holds by which spellings of a host people find the addresses that
// lead there.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		place, scheme, address string
		want                   bool
	}{
		{"10.0.0.1", sipaddr.SIP, "sip:971501234567@10.0.0.1", true},
		{"10.0.0.1", sipaddr.SIP, "sip:971501234567@10.0.0.1:5080;transport=tcp", true},
		{"10.0.0.1:5060", sipaddr.SIP, "sip:971501234567@10.0.0.1", true},
		{"10.0.0.1:5060", sipaddr.SIP, "sips:971501234567@10.0.0.1", false},
		{"10.0.0.1:5061", sipaddr.SIP, "sips:971501234567@10.0.0.1", true},
		{"10.0.0.1:5061", sipaddr.SIP, "sip:971501234567@10.0.0.1;user=phone;Transport=TLS", true},
		{"10.0.0.1:5080", sipaddr.SIP, "sip:971501234567@10.0.0.1", false},
		{"10.0.0.1", sipaddr.SIP, "sip:971501234567@10.0.0.10", false},
		{"10.0.0.1", sipaddr.SIP, "sip:10.0.0.1@10.0.0.2", false},
		{" PBX.Example.NET. ", sipaddr.SIP, "sip:desk@pbx.example.net", true},
		{"pbx.example.net.:5060", sipaddr.SIP, "sip:desk@PBX.EXAMPLE.NET.", true},
		{"example.net", sipaddr.SIP, "sip:desk@pbx.example.net", false},
		{"[2001:DB8:0::7]", sipaddr.SIP, "sip:desk@[2001:db8::7]:5060", true},
		{"2001:db8::7", sipaddr.SIP, "sip:desk@[2001:0DB8::7]", true},
		{"[2001:db8::7]:5060", sipaddr.SIP, "sip:desk@[2001:db8::7]", true},
		{"[2001:db8::7]:5070", sipaddr.SIP, "sip:desk@[2001:db8::7]", false},
		{"pbx.example.net", sipaddr.SIP, "desk@pbx.example.net", true},
		{"pbx.example.net", sipaddr.SIP, `"Desk" <sip:desk:secret@pbx.example.net>;tag=1`, true},
		{"pbx.example.net", sipaddr.SIP, "sip:pbx.example.net", true},
		{"smpp.example.net", sipaddr.SMPP, "smpp:l:p@ss:971501234567@SMPP.example.net:2776", true},
		{"smpp.example.net:2776", sipaddr.SMPP, "smpp:l:p:971501234567@smpp.example.net:2776", true},
		{"smpp.example.net:2775", sipaddr.SMPP, "smpp:l:p:971501234567@smpp.example.net:2776", false},
	} {
		place, ok := sipaddr.ParsePlace(tt.place)
		leads, told := sipaddr.PlaceOf(tt.scheme, tt.address)
		if !ok || !told || place.Holds(leads) != tt.want {
			t.Errorf("%q and %q: got %+v (%t) and %+v (%t), want that it holds it: %t", tt.place, tt.address, place, ok, leads, told, tt.want)
		}
		if again, ok := sipaddr.ParsePlace(place.String()); !ok || again != place {
			t.Errorf("%q is written %q, which is %+v", tt.place, place, again)
		}
	}
	for _, text := range []string{
		"", ".", "sip:desk@pbx.example.net", "desk@pbx.example.net", "sip:pbx.example.net", "pbx.example.net:", "pbx.example.net:0", "pbx.example.net:65536",
		"010.0.0.1", "10.0.0", "*.example.net", "pbx.example.net/24", "[10.0.0.1]", "[pbx.example.net]", "fe80::1%eth0", "pbx example.net", "pbx..net", "+971501234567",
	} {
		if got, ok := sipaddr.ParsePlace(text); ok {
			t.Errorf("%q: got %+v, want that it is refused", text, got)
		}
	}
	for _, text := range []string{"", "***", "tel:+971501234567", "+971501234567", "sip:desk@", "sip:desk@pbx example.net"} {
		if got, ok := sipaddr.PlaceOf(sipaddr.SIP, text); ok {
			t.Errorf("%q: got %+v, want that nobody can tell", text, got)
		}
	}
	if (sipaddr.Place{}).Holds(sipaddr.Place{}) {
		t.Error("no place holds no place")
	}
}
