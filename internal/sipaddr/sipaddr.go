// Package sipaddr takes routing addresses apart: where calls (SIP) and
// messages (SMPP) of a number go. The forms are those of the buyers' API
// document and no others, because nobody can tell what the exchange makes of
// others.
package sipaddr

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Mark stands for the digits of the number in a routing address.
const Mark = "{number}"

// The two kinds of routing address.
const (
	SIP  = "sip"
	SMPP = "smpp"
)

// Address is a routing address taken apart.
type Address struct {
	Scheme   string
	Login    string // smpp
	Password string // smpp
	User     string // where calls or messages go: mostly the number
	Host     string // as hosts are compared; see [PlainHost]
	End      string // host and port as written
}

// Limit bounds an address with its number filled in, in bytes.
const Limit = 512

// longest is the number that makes an address longest.
const longest = "999999999999999"

var (
	sipForm   = regexp.MustCompile(`^sip:([\w.+*~!$-]+)@([\w.-]+|\[[\da-fA-F:.]+\]):(\d{1,5})$`)
	smppForm  = regexp.MustCompile(`^smpp:([\w.+*~!$-]+):([!-9;=?A-Z\[-z|~]+):([\w.+*~!$-]+)@([\w.-]+|\[[\da-fA-F:.]+\]):(\d{1,5})$`)
	escape    = regexp.MustCompile(`%[\da-fA-F]{2}`)
	hostLabel = regexp.MustCompile(`^\w([\w-]{0,61}\w)?$`)
)

// Parse reads sip:user@host:port or
// smpp:login:password:destination@host:port. Before the "@", "{number}" may
// stand for the digits of a number. What is ambiguous is refused: a second
// "@", a colon too many, percent-encoding, characters beyond ASCII.
func Parse(scheme, text string) (Address, bool) {
	filled := strings.ReplaceAll(text, Mark, longest)
	if len(filled) > Limit || escape.MatchString(filled) {
		return Address{}, false
	}
	a := Address{Scheme: scheme}
	var host, port string
	if scheme == SIP {
		m := sipForm.FindStringSubmatch(filled)
		if m == nil {
			return Address{}, false
		}
		a.User, host, port = m[1], m[2], m[3]
	} else {
		m := smppForm.FindStringSubmatch(filled)
		if m == nil {
			return Address{}, false
		}
		a.Login, a.Password, a.User, host, port = m[1], m[2], m[3], m[4], m[5]
	}
	a.Host, a.End = PlainHost(host), host+":"+port
	return a, goodHost(host) && goodPort(port) && strings.HasSuffix(text, "@"+a.End)
}

// PlainHost returns the spelling of a host by which hosts are compared.
func PlainHost(host string) string {
	host = strings.ToLower(strings.Trim(host, "[]"))
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.String()
	}
	return host
}

// goodHost reports whether host is an IP address, those of version 6 in
// brackets, or a name. What looks like an IPv4 address must be one: 010.0.0.1
// and 0x7f.1 are understood differently by different programs.
func goodHost(host string) bool {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		ip, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return err == nil && ip.Is6()
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Is4()
	}
	labels := strings.Split(host, ".")
	for _, l := range labels {
		if !hostLabel.MatchString(l) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(host) <= 253 && (last[0] < '0' || last[0] > '9')
}

func goodPort(port string) bool {
	n, err := strconv.Atoi(port)
	return err == nil && n > 0 && n <= 65535 && strconv.Itoa(n) == port
}

// Written returns the address with the digits of a number filled in.
func Written(text, digits string) string { return strings.ReplaceAll(text, Mark, digits) }
