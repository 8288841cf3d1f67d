package sandbox

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sipParameters are those that the sandbox takes behind the host.
var sipParameters = regexp.MustCompile(`(;(transport=(udp|tcp|tls)|user=(phone|ip)))+$`)

var sipPort = regexp.MustCompile(`@([^:\[]*|\[.*\]):[^:]*$`)

// sipContact says whether s has the form sip:user@host, or sips:, perhaps with
// a port and parameters.
func sipContact(s string) bool {
	rest, ok := strings.CutPrefix(strings.Replace(s, "sips:", "sip:", 1), "sip:")
	rest = sipParameters.ReplaceAllString(rest, "")
	if !sipPort.MatchString(rest) {
		if _, host, _ := strings.Cut(rest, "@"); strings.ContainsAny(host, ";,?/") {
			return false
		}
		rest += ":5060"
	}
	return ok && reachable(rest, 1)
}

// smppContact says whether s has the form smpp:login:password:user@host:port.
func smppContact(s string) bool {
	rest, ok := strings.CutPrefix(s, "smpp:")
	return ok && reachable(rest, 3)
}

// reachable says whether s is that many fields joined by colons, "@" and a
// host with a port.
func reachable(s string, fields int) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c == 0x7F || strings.IndexByte(`{}<>"`, c) >= 0 {
			return false
		}
	}
	user, address, ok := strings.Cut(s, "@")
	if !ok || strings.Contains(address, "@") {
		return false
	}
	parts := strings.Split(user, ":")
	i := strings.LastIndexByte(address, ':')
	if i < 1 || len(parts) != fields || slices.Contains(parts, "") {
		return false
	}
	port, err := strconv.Atoi(address[i+1:])
	return err == nil && port >= 1 && port <= 65535
}
