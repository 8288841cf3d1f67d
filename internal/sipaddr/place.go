package sipaddr

import (
	"net/netip"
	"strings"
)

// Place is a host, with or without a port, by which people name where calls or
// messages go. The zero Place is none.
type Place struct {
	Host string // as hosts are compared; see [PlainHost]
	Port string // "" = whichever
}

// ParsePlace reads a host name or an IP address as people write it: in any
// case, with a dot at its end, with a port, of version 6 with or without
// brackets. It refuses what could be meant in two ways, a scheme or a user
// among it.
func ParsePlace(text string) (Place, bool) {
	text = strings.TrimSpace(text)
	if ip, err := netip.ParseAddr(text); err == nil {
		return Place{Host: ip.String()}, ip.Zone() == ""
	}
	host, port := cutPort(text)
	if port != "" && !goodPort(port) || strings.HasSuffix(text, ":") {
		return Place{}, false
	}
	if inner, dotted := strings.CutSuffix(host, "."); dotted {
		host = inner
	}
	if !goodHost(host) {
		return Place{}, false
	}
	return Place{Host: PlainHost(host), Port: port}, true
}

// PlaceOf returns where an address of a scheme leads that the exchange has for
// a number, however it is written: the host and the port behind the last "@",
// or behind the scheme where there is no user. A port that is left out is the
// usual one, by RFC 3263, section 4.2; messages have none. It is not ok where
// no host can be told, so that nobody knows where the address leads.
func PlaceOf(scheme, text string) (Place, bool) {
	text = strings.TrimSpace(text)
	if i := strings.IndexByte(text, '<'); i >= 0 { // "name" <address>
		text, _, _ = strings.Cut(text[i+1:], ">")
	}
	lower := strings.ToLower(text)
	rest := text[strings.LastIndexByte(text, '@')+1:]
	if len(rest) == len(text) && schemeOf(text) != "" {
		rest = text[len(schemeOf(text))+1:]
	}
	end := strings.IndexAny(rest, ";?,>")
	params := ""
	if end >= 0 {
		rest, params = rest[:end], strings.ToLower(rest[end:])
	}
	p, ok := ParsePlace(rest)
	if !ok || scheme != SIP || p.Port != "" {
		return p, ok
	}
	p.Port = "5060"
	if strings.HasPrefix(lower, "sips:") || strings.Contains(params+";", ";transport=tls;") {
		p.Port = "5061"
	}
	return p, true
}

// cutPort cuts a port off a host: what is behind the only colon, or behind
// brackets.
func cutPort(text string) (host, port string) {
	i := strings.LastIndexByte(text, ':')
	if inner := strings.IndexByte(text, ']'); i > inner && (inner >= 0 || strings.Count(text, ":") == 1) {
		return text[:i], text[i+1:]
	}
	return text, ""
}

// Holds reports whether what leads to another place leads to this one: to the
// same host and, if one is named, the same port.
func (p Place) Holds(other Place) bool {
	return p.Host != "" && p.Host == other.Host && (p.Port == "" || p.Port == other.Port)
}

// String returns the place as it is written in an address.
func (p Place) String() string {
	host := p.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if p.Port != "" {
		host += ":" + p.Port
	}
	return host
}
