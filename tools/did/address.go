package did

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// numberMark stands for the digits of the number in a routing address.
const numberMark = "{number}"

// The two kinds of routing address.
const (
	sip  = "sip"
	smpp = "smpp"
)

// address is a routing address taken apart. Only the two documented forms
// are known, because nobody can tell what the exchange makes of others.
type address struct {
	scheme   string
	login    string // smpp
	password string // smpp
	user     string // where calls or messages go: mostly the number
	host     string // as hosts are compared
	end      string // host and port as written
}

// addressLimit bounds an address with its number filled in, in bytes.
const addressLimit = 512

// longest is the number that makes an address longest.
const longest = "999999999999999"

var (
	sipForm   = regexp.MustCompile(`^sip:([\w.+*~!$-]+)@([\w.-]+|\[[\da-fA-F:.]+\]):(\d{1,5})$`)
	smppForm  = regexp.MustCompile(`^smpp:([\w.+*~!$-]+):([!-9;=?A-Z\[-z|~]+):([\w.+*~!$-]+)@([\w.-]+|\[[\da-fA-F:.]+\]):(\d{1,5})$`)
	escape    = regexp.MustCompile(`%[\da-fA-F]{2}`)
	hostLabel = regexp.MustCompile(`^\w([\w-]{0,61}\w)?$`)
)

// parseAddress reads sip:user@host:port or
// smpp:login:password:destination@host:port. Before the "@", "{number}" may
// stand for the digits of a number. What is ambiguous is refused: a second
// "@", a colon too many, percent-encoding, characters beyond ASCII.
func parseAddress(scheme, text string) (address, bool) {
	filled := strings.ReplaceAll(text, numberMark, longest)
	if len(filled) > addressLimit || escape.MatchString(filled) {
		return address{}, false
	}
	a := address{scheme: scheme}
	var host, port string
	if scheme == sip {
		m := sipForm.FindStringSubmatch(filled)
		if m == nil {
			return address{}, false
		}
		a.user, host, port = m[1], m[2], m[3]
	} else {
		m := smppForm.FindStringSubmatch(filled)
		if m == nil {
			return address{}, false
		}
		a.login, a.password, a.user, host, port = m[1], m[2], m[3], m[4], m[5]
	}
	a.host, a.end = plainHost(host), host+":"+port
	return a, goodHost(host) && goodPort(port) && strings.HasSuffix(text, "@"+a.end)
}

// plainHost returns the spelling of a host by which hosts are compared.
func plainHost(host string) string {
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

// written returns the address with the digits of a number filled in.
func written(text, digits string) string { return strings.ReplaceAll(text, numberMark, digits) }

var numberLike = regexp.MustCompile(`^\+?\d+$`)

// shownAddress returns an address as anybody may see it: without a password.
func shownAddress(scheme, text string) string {
	a, ok := parseAddress(scheme, text)
	switch {
	case !ok:
		return maskContact(text)
	case scheme == sip:
		return text
	}
	user := a.user
	if !numberLike.MatchString(user) {
		user = masked // the password may stand here by mistake
	}
	return smpp + ":" + a.login + ":" + masked + ":" + user + "@" + a.end
}
