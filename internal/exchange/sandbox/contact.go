package sandbox

import (
	"slices"
	"strconv"
	"strings"
)

// sipContact says whether s has the form sip:user@host:port.
func sipContact(s string) bool {
	rest, ok := strings.CutPrefix(s, "sip:")
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
		if c <= ' ' || c == 0x7F || c == '{' || c == '}' {
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
