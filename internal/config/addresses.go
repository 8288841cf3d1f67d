package config

import (
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"didops/internal/sipaddr"
)

// exchangeURL reads the address of the exchange; "" and "sandbox" are the
// built-in sandbox, for which it returns "".
func exchangeURL(value any) (string, string) {
	if value == "" || value == "sandbox" {
		return "", ""
	}
	out, problem := baseURL(value)
	if problem != "" {
		return "", problem + `, or "sandbox"`
	}
	return canonical(out), ""
}

// canonical returns the one spelling of scheme, host and port that an address
// has: orders and limits of an exchange are kept under its address.
func canonical(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return s
	}
	port, _ := strconv.Atoi(u.Port()) // "" and 0443, too, are ports to a dialler
	u.Host = strings.ToLower(strings.TrimSuffix(u.Host, ":"+u.Port()))
	if port != 0 && port != map[string]int{"http": 80, "https": 443}[u.Scheme] {
		u.Host += ":" + strconv.Itoa(port)
	}
	return u.String()
}

// baseURL reads an address that paths are appended to: a [secureURL] without a
// slash at its end.
func baseURL(value any) (string, string) {
	out, problem := secureURL(value)
	return strings.TrimRight(out, "/"), problem
}

// secureURL reads a web address without user, query or fragment. Beyond
// loopback it must be https.
func secureURL(value any) (string, string) {
	return text(value, func(s string) bool {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(s, "#") {
			return false
		}
		if !goodHost(u.Hostname()) || u.Port() != "" && !goodPort(u.Port(), 1) {
			return false
		}
		return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
	}, "must be an https address such as https://api.example.net (http only on loopback, no user, no query)")
}

// origin reads the Origin of a browser's page: scheme, host and port alone.
func origin(value any) (string, string) {
	out, problem := text(value, func(s string) bool {
		u, err := url.Parse(s)
		return err == nil && (u.Scheme == "https" || u.Scheme == "http") && s == u.Scheme+"://"+u.Host && goodHost(u.Hostname())
	}, "must be an origin such as https://app.example.net, without a path")
	return strings.ToLower(out), problem
}

func urlPath(value any) (string, string) {
	return text(value, func(s string) bool {
		return len(s) > 1 && s[0] == '/' && !strings.HasPrefix(s, "//") && !strings.ContainsAny(s, " ?#\\%") && !strings.Contains(s, "..")
	}, "must be a path such as /number/list")
}

func hostName(value any) (string, string) {
	out, problem := text(value, goodHost, "must be a host such as sip.example.net or 192.0.2.1, without scheme and port")
	return strings.ToLower(out), problem
}

var operationForm = regexp.MustCompile(`^[a-z][a-z0-9_]{2,31}$`)

// operationName reads the name of an operation or of a group of them. Which
// there are the catalogue knows.
func operationName(value any) (string, string) {
	return text(value, operationForm.MatchString, "must be the name of an operation such as did_search, or of a group of them")
}

func listenAddress(value any) (string, string) {
	return text(value, func(s string) bool {
		host, port, err := net.SplitHostPort(s)
		return err == nil && (host == "" || goodHost(host)) && goodPort(port, 0)
	}, `must be an address to listen on such as "127.0.0.1:8931"`)
}

// sipTemplate reads where calls go, see [sipaddr.Parse].
func sipTemplate(value any) (string, string) {
	if value == "" {
		return "", ""
	}
	return routed(sipaddr.SIP, value, `must look like "sip:{number}@sip.example.net:5060"`)
}

// smppTemplate reads where messages go, see [sipaddr.Parse].
func smppTemplate(value any) (Secret, string) {
	if value == "" {
		return Secret{}, ""
	}
	s, problem := routed(sipaddr.SMPP, value, `must look like "smpp:login:password:{number}@smpp.example.net:2776", the password without ":" and "@"`)
	return NewSecret(s), problem
}

// routed reads an address, and says of one that is none what is wrong with it.
func routed(scheme string, value any, form string) (string, string) {
	s, problem := text(value, func(string) bool { return true }, form)
	if problem != "" {
		return "", problem
	}
	switch why := sipaddr.Why(scheme, s); {
	case why.Hint != "":
		return "", form + "; it " + why.Wrong + " (" + why.Hint + ")"
	case why.Wrong != "":
		return "", form + "; it " + why.Wrong
	}
	return s, ""
}

// storeURL reads where the store is, without ever repeating it: a database
// address may hold a password.
func storeURL(value any) (Secret, string) {
	if value == "" {
		return Secret{}, ""
	}
	s, problem := text(value, func(s string) bool {
		if path, sqlite := strings.CutPrefix(s, "sqlite:"); sqlite {
			return filepath.IsAbs(path) // or every folder had a store of its own
		}
		u, err := url.Parse(s)
		return err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql")
	}, "must be sqlite:PATH, the path from the root, or postgres://…")
	return NewSecret(s), problem
}

// goodHost reports whether s is an IP address or a host name (RFC 1123).
func goodHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	if s == "" || len(s) > 253 || strings.Trim(s, "0123456789.") == "" {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || strings.ContainsFunc(label, notInHost) {
			return false
		}
	}
	return true
}

func notInHost(r rune) bool {
	return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

func goodPort(s string, least uint64) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n >= least
}

// loopback reports whether a host can only be this machine.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
