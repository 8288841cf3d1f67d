package webhook

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"syscall"

	"code.dny.dev/ssrf"
)

// errPlain is the error of an address that may be reached by https only.
var errPlain = errors.New("http is for the ranges that are named alone")

// guard decides which addresses may be dialled: public ones and, of the others,
// those in the ranges that are named. Over plain http these are all. It looks at
// the address of the connection, so that it makes no difference how a name is
// spelt, and what it is resolved to the next time. Safe for concurrent use.
type guard struct {
	public  *ssrf.Guardian
	private []netip.Prefix
	plain   bool // http: nothing but private
}

// newGuard returns the guard of an address, which lets only its port be dialled.
func newGuard(to *url.URL, private []netip.Prefix) *guard {
	var v4, v6 []netip.Prefix
	for _, p := range private {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	return &guard{
		public:  ssrf.New(ssrf.WithPorts(portOf(to)), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...)),
		private: private, plain: to.Scheme == "http",
	}
}

func portOf(to *url.URL) uint16 {
	if n, err := strconv.ParseUint(to.Port(), 10, 16); err == nil {
		return uint16(n)
	}
	if to.Scheme == "http" {
		return 80
	}
	return 443
}

// control is for [net.Dialer.Control].
func (g *guard) control(network, address string, conn syscall.RawConn) error {
	if err := g.public.Safe(network, address, conn); err != nil {
		return err
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	return g.addr(to.Addr())
}

// addr refuses an address that is not for plain http.
func (g *guard) addr(to netip.Addr) error {
	named := slices.ContainsFunc(g.private, func(p netip.Prefix) bool { return p.Contains(to.Unmap()) })
	if g.plain && !named {
		return fmt.Errorf("%s: %w", to, errPlain)
	}
	return nil
}

// Check refuses a web address whose host is an IP address that may not be
// dialled. What a name is resolved to is looked at when it is dialled.
func Check(to *url.URL, private []netip.Prefix) error {
	addr, err := netip.ParseAddr(to.Hostname())
	if err != nil {
		return nil //nolint:nilerr // it is a name
	}
	g := newGuard(to, private)
	if err := g.public.SafeAddr(addr.Unmap()); err != nil {
		return err
	}
	return g.addr(addr)
}

// refused reports whether a guard refused to dial.
func refused(err error) bool {
	for _, is := range []error{ssrf.ErrProhibitedIP, ssrf.ErrProhibitedNetwork, ssrf.ErrProhibitedPort, ssrf.ErrInvalidHostPort, errPlain} {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}

// dialer makes connections that a guard allows.
func (g *guard) dialer() *net.Dialer { return &net.Dialer{Timeout: connectWithin, Control: g.control} }
