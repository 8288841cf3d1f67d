// Package sipaddr takes routing addresses apart: where calls (SIP) and
// messages (SMPP) of a number go. Of SIP it reads what people write as an
// address of RFC 3261, without what would change where calls go or could be
// understood in two ways; of SMPP the form of the buyers' API document.
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
	Scheme   string // sip, sips or smpp
	Login    string // smpp
	Password string // smpp
	User     string // where calls or messages go: mostly the number
	Host     string // as hosts are compared; see [PlainHost]
	End      string // host and, if one is named, port as written
	Text     string // the whole as it is sent: scheme and parameters in lower case
}

// Limit bounds an address with its number filled in, in bytes.
const Limit = 512

// longest is the number that makes an address longest.
const longest = "999999999999999"

// hostAndPort is what both kinds of address end in.
const hostAndPort = `@([\w.-]+|\[[\da-fA-F:.]+\])(?::(\d{1,5}))?`

var (
	// The user is that of RFC 3261, section 25.1: unreserved and
	// user-unreserved characters, and those written as "%" and two digits.
	sipForm  = regexp.MustCompile(`^(?i:(sips?)):((?:[\w.!~*'()&=+$,;?/-]|%[\da-fA-F]{2})+)` + hostAndPort + `((?:;(?i:transport=(?:udp|tcp|tls)|user=(?:phone|ip)))*)$`)
	smppForm = regexp.MustCompile(`^(?i:smpp):([\w.+*~!$-]+):([!-9;=?A-Z\[-z|~]+):([\w.+*~!$-]+)` + hostAndPort + `$`)
	escape   = regexp.MustCompile(`%[\da-fA-F]{2}`)
	// A name that says password or key, and not one that only ends or begins
	// like that: monkey, compass, secretary.
	credential = regexp.MustCompile(`(?i)(?:(?:passw(?:or)?d|passphrase|passcode|pwd|token)[\w-]*|` +
		`(?:(?:^|[^a-z])(?:api|auth|access|private|secret|shared|session|user|login|client|my|db|sip|pass)*(?:pass|secret|key)|[a-z](?-i:Pass|Secret|Key))(?:s|id)?(?:[\d_-][\w-]*)?)=`)
	hostLabel = regexp.MustCompile(`^\w([\w-]{0,61}\w)?$`)
)

// Parse reads sip:user@host or sips:user@host, with a port and the parameters
// transport (udp, tcp, tls) and user (phone, ip) where there are any, or
// smpp:login:password:destination@host:port. The scheme may be in any case.
// Before the "@", "{number}" may stand for the digits of a number. What is
// ambiguous, or would be a secret in plain sight, is refused: a second "@", a
// colon too many, a password in a SIP address, a display name, characters
// beyond ASCII, percent-encoding of what separates the parts or does not show,
// and sips: over UDP, which can't be secured (RFC 3261, section 26.2.2). [Why]
// says which of these it is.
func Parse(scheme, text string) (Address, bool) {
	filled := strings.ReplaceAll(text, Mark, longest)
	if len(filled) > Limit {
		return Address{}, false
	}
	if scheme == SIP {
		return parseSIP(text, filled)
	}
	m := smppForm.FindStringSubmatch(filled)
	if m == nil || escape.MatchString(filled) || m[5] == "" {
		return Address{}, false
	}
	a := Address{Scheme: SMPP, Login: m[1], Password: m[2], User: m[3]}
	return a.ending(text, m[4], m[5], "")
}

func parseSIP(text, filled string) (Address, bool) {
	m := sipForm.FindStringSubmatch(filled)
	if m == nil || strings.HasPrefix(m[2], "//") {
		return Address{}, false
	}
	user, ok := unescaped(m[2])
	if !ok || strings.ContainsAny(user, "@:") || credential.MatchString(m[2]) || credential.MatchString(user) {
		return Address{}, false
	}
	params := strings.ToLower(m[5])
	secure := strings.EqualFold(m[1], "sips")
	if secure && strings.Contains(params, "=udp") || strings.Count(params, ";transport=") > 1 || strings.Count(params, ";user=") > 1 {
		return Address{}, false
	}
	a := Address{Scheme: strings.ToLower(m[1]), User: m[2]}
	return a.ending(text, m[3], m[4], m[5])
}

// ending adds what stands behind the "@", which has to stand there in the text
// without any number filled in.
func (a Address) ending(text, host, port, params string) (Address, bool) {
	a.Host, a.End = PlainHost(host), host
	if port != "" {
		a.End += ":" + port
	}
	begin, ok := strings.CutSuffix(text, "@"+a.End+params)
	if !ok || !goodHost(host) || port != "" && !goodPort(port) {
		return Address{}, false
	}
	a.Text = a.Scheme + begin[len(a.Scheme):] + "@" + a.End + strings.ToLower(params)
	return a, true
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
