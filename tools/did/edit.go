package did

import (
	"slices"
	"strings"

	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/sipaddr"
)

// What an approver makes of an order that waits is drawn from its lines alone:
// notices are said anew of those that are left, and an address for calls is
// resolved as that of a request is.

// purchaseNotices is what must be known first of lines that are bought.
func purchaseNotices(list []order.Line) []string {
	told := freshHosts(list)
	if n := paperwork(list); n != "" {
		told = append(told, n)
	}
	return told
}

// unsubscribeNotices is the same of lines that are given up.
func unsubscribeNotices(list []order.Line) []string {
	told := []string{forGood(list)}
	if len(sendTimes(list)) > 0 {
		told = append(told, planned(list))
	}
	return told
}

func messageNotices([]order.Line) []string { return []string{noWayBack} }

// freshHosts says which hosts of lines are new, as those who asked were told.
func freshHosts(list []order.Line) []string {
	var told []string
	for _, l := range list {
		for _, scheme := range []string{sipaddr.SIP, sipaddr.SMPP} {
			f := shownIn(l.Terms, parameterOf(scheme))
			if a, ok := sipaddr.Parse(scheme, l.Term(parameterOf(scheme))); ok && strings.HasSuffix(f, newHost) {
				told = append(told, notices(route{fresh: a.Host})...)
			}
		}
	}
	slices.Sort(told)
	return slices.Compact(told)
}

// reroute gives lines another address for calls.
func (d *writeOps) reroute(list []order.Line, contact string, by identity.Caller) ([]order.Line, error) {
	w, err := d.routes.resolve(sipaddr.SIP, contact, by)
	if err != nil {
		return nil, err
	}
	if w.text == "" {
		return nil, unset(w.scheme, "there is no template for "+what(w.scheme))
	}
	used := false
	for i := range list {
		l := &list[i]
		l.Terms = slices.Clone(l.Terms)
		if n := slices.IndexFunc(l.Terms, func(f order.Fact) bool { return f.Name == termContact }); n >= 0 {
			l.Terms[n], used = w.term(l.Number), true
		}
	}
	if !used {
		return nil, useless(w.scheme, "the order's numbers")
	}
	return list, nil
}

// rerouteOwn is the same of own numbers, which must not be routed like that
// already.
func (d *writeOps) rerouteOwn(list []order.Line, contact string, by identity.Caller) ([]order.Line, error) {
	list, err := d.reroute(list, contact, by)
	if err == nil {
		err = changing(list)
	}
	return list, err
}
