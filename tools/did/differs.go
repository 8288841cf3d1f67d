package did

import (
	"cmp"
	"slices"
	"strings"

	"didops/internal/exchange"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/sipaddr"
)

// notAsQuoted returns what of a purchase the own row states otherwise than the
// quote did. What either of them does not state is no difference: the lists of
// the market and of own numbers have different fields.
func notAsQuoted(l order.Line, row *exchange.Owned) order.Changes {
	list := order.Changes{}
	for _, is := range factsOf(&row.Number) {
		quoted := l.Fact(is.Name)
		if quoted != "" && is.Value != "" && !sameFact(is.Name, quoted, is.Value) {
			list[is.Name] = [2]*string{&quoted, &is.Value}
		}
	}
	if quoted := "purchased"; row.Status != "" {
		list["state"] = [2]*string{&quoted, &row.Status}
	}
	routing(list, l, row)
	if len(list) == 0 {
		return nil
	}
	return list
}

// routing adds the addresses of a row that are not those that were asked for.
func routing(list order.Changes, l order.Line, row *exchange.Owned) {
	for _, a := range [2][3]string{{sipaddr.SIP, termContact, row.Contact}, {sipaddr.SMPP, termSMPP, row.SMPPContact}} {
		scheme, name, is := a[0], a[1], a[2]
		i := slices.IndexFunc(l.Terms, func(f order.Fact) bool { return f.Name == name })
		if i < 0 || sameAddress(scheme, l.Terms[i].Value, is) {
			continue
		}
		quoted, found := l.Terms[i].String(), routeFact(name, scheme, is).String()
		if quoted == found {
			found += " (another secret)" // which is shown on neither side
		}
		list[name] = [2]*string{&quoted, &found}
		if is == "" {
			list[name] = [2]*string{&quoted, nil}
		}
	}
}

// sameFact reports whether two statements of a fact are the same.
func sameFact(name, a, b string) bool {
	if name == "type" {
		const unknown = "unknown" // which the list of own numbers says of what the market knows
		return strings.EqualFold(a, b) || a == unknown || b == unknown
	}
	if strings.HasSuffix(name, "_fee") || strings.Contains(name, "price") {
		x, err1 := money.Parse(a)
		y, err2 := money.Parse(b)
		if err1 == nil && err2 == nil {
			return x.Cmp(y) == 0
		}
	}
	return a == b
}

// sameRouting reports whether two pairs of addresses, of calls and of messages,
// are the same.
func sameRouting(a, b [2]string) bool {
	return sameAddress(sipaddr.SIP, a[0], b[0]) && sameAddress(sipaddr.SMPP, a[1], b[1])
}

// sameAddress reports whether two spellings of an address lead to the same
// place: hosts are compared as such, and a port that is left out is the usual
// one of the scheme.
func sameAddress(scheme, a, b string) bool {
	if a == b {
		return true
	}
	x, ok1 := sipaddr.Parse(scheme, a)
	y, ok2 := sipaddr.Parse(scheme, b)
	return ok1 && ok2 && plain(x) == plain(y)
}

// plain returns an address as it is compared: its end is the port and the
// parameters behind it, in any order. The port that is usual where none is named
// is that of RFC 3263, section 4.2, where TLS may also be asked for as transport.
func plain(a sipaddr.Address) sipaddr.Address {
	host, rest := a.End, ""
	if i := strings.LastIndex(a.Text, "@"+a.End); i >= 0 {
		rest = a.Text[i+1+len(a.End):]
	}
	params := strings.Split(rest, ";")
	slices.Sort(params)
	port := ""
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		port = host[i+1:]
	}
	usual := map[string]string{sipaddr.SIP: "5060", "sips": "5061"}[a.Scheme]
	if slices.Contains(params, "transport=tls") {
		usual = "5061"
	}
	a.End, a.Text = cmp.Or(port, usual)+strings.Join(params, ";"), ""
	return a
}

// samePlaces gives the line of an own number, read again, the addresses as they
// were quoted where it has these in another spelling.
func samePlaces(quoted, now order.Line) order.Line {
	for i, is := range now.Facts {
		for scheme, name := range map[string]string{sipaddr.SIP: factContact, sipaddr.SMPP: factSMPP} {
			j := slices.IndexFunc(quoted.Facts, func(f order.Fact) bool { return f.Name == name })
			if is.Name == name && j >= 0 && sameAddress(scheme, quoted.Facts[j].Value, is.Value) {
				now.Facts[i] = quoted.Facts[j]
			}
		}
	}
	return now
}
