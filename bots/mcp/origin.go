package mcp

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// hosts is the set of names that requests may be addressed to. It keeps a
// page on another name from reaching us through a name server that lies.
type hosts struct {
	loopback bool
	names    []string
}

// newHosts returns the names for a listen address and whether that address is
// loopback. Listening on every address needs a name.
func newHosts(listen string, allowed []string) (hosts, bool, error) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return hosts{}, false, fmt.Errorf("http: listen address %q: %w", listen, err)
	}
	h := hosts{loopback: loopback(host)}
	for _, name := range allowed {
		h.names = append(h.names, bare(name))
	}
	addr, err := netip.ParseAddr(host)
	if err == nil && !addr.IsUnspecified() || err != nil && host != "" {
		h.names = append(h.names, bare(host))
	}
	if len(h.names) == 0 {
		return hosts{}, false, errors.New("http: listening on every address needs http.allowed_hosts")
	}
	return h, h.loopback, nil
}

func (h hosts) allow(host string) bool {
	name := bare(host)
	return name != "" && (h.loopback && loopback(name) || slices.Contains(h.names, name))
}

// bare returns a host without port, brackets, case and final dot.
func bare(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// loopback reports whether a host names this machine and nothing else.
func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}

// origins is the list of browser origins that may send requests.
type origins []string

func (o origins) allow(sent []string) bool {
	return len(sent) == 1 && slices.Contains(o, sent[0])
}

// permit sets the headers that let a page on the origin read the answer.
func (o origins) permit(h http.Header, origin string) {
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Methods", "POST, GET, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, Mcp-Session-Id, "+
		"Mcp-Protocol-Version, Mcp-Method, Mcp-Name, Last-Event-ID")
	h.Set("Access-Control-Expose-Headers", "Mcp-Session-Id, Retry-After, WWW-Authenticate")
	h.Set("Access-Control-Max-Age", "600")
	h.Add("Vary", "Origin")
}
