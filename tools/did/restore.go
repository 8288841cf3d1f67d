package did

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/phone"
	"didops/internal/sipaddr"
	"didops/internal/view"
)

// restored is the id of an order as requests are told apart by it.
func restored(id string) string { return strings.ToLower(strings.TrimSpace(id)) }

// quoteBack quotes the routes that numbers had before an order, which the
// journal has in full: no password of them is in the request, or shown. Only a
// number that is still routed as that order left it gets its former routes
// back; of the others it is told why they are left out.
func (d *writeOps) quoteBack(ctx context.Context, in UpdateIn, by identity.Caller) (order.Quote, error) {
	was, err := d.carried(ctx, in, by)
	if err != nil {
		return order.Quote{}, err
	}
	before := make(map[string]order.Line, len(was.Done))
	var digits []string
	for _, l := range was.Done {
		before[l.Number], digits = l, append(digits, l.Number)
	}
	find, err := d.finder(ctx, digits)
	if err != nil {
		return order.Quote{}, err
	}
	list, left, err := tolerant(ctx, digits, func(ctx context.Context, n string) (order.Line, error) {
		row, err := ownRow(ctx, find, "restore", n)
		if err != nil {
			return order.Line{}, err
		}
		return d.lineBack(was.ID, before[n], ownLine(&row))
	})
	if err != nil {
		return order.Quote{}, err
	}
	if len(list) == 0 {
		return order.Quote{}, fault.New(fault.Conflict, "no route of before order %s can be restored", was.ID).WithField("restore").
			WithHint("%s", strings.Join(leftOut(left), " ")).WithCause(order.ErrNoneChosen)
	}
	told := []string{meant(list, " re-routed by order "+was.ID)}
	if was.Open > 0 {
		told = append(told, "Of "+view.Plural(was.Open, "number")+" of that order the outcome is open: left out.")
	}
	fresh, err := d.hostsBack(list, by)
	return order.Quote{Lines: list, Notices: slices.Concat(told, leftOut(left), fresh)}, err
}

// carried returns what an order has re-routed, of the numbers that are named if
// any are.
func (d *writeOps) carried(ctx context.Context, in UpdateIn, by identity.Caller) (order.Carried, error) {
	if d.Carried == nil {
		return order.Carried{}, fault.New(fault.NotFound, "there is no order to restore routes of").WithField("restore")
	}
	was, err := d.Carried(ctx, restored(in.Restore), by)
	if err != nil {
		return was, inField("restore", err)
	}
	no := fault.New(fault.Conflict, "order %s has re-routed nothing", was.ID).WithField("restore")
	switch {
	case was.Operation != updateName:
		return was, no.WithHint("name an order that re-routed numbers")
	case len(was.Done) == 0 && was.Open > 0:
		return was, no.WithHint("wait for its outcome")
	case len(was.Done) == 0:
		return was, no
	}
	if len(in.Numbers) == 0 {
		return was, nil
	}
	named, err := digitsOf(in.Numbers)
	if err != nil {
		return was, err
	}
	var kept []order.Line
	for _, n := range named {
		i := slices.IndexFunc(was.Done, func(l order.Line) bool { return l.Number == n })
		if i < 0 {
			return was, fault.New(fault.Invalid, "order %s has not re-routed %s", was.ID, phone.Format(n)).WithField("numbers")
		}
		kept = append(kept, was.Done[i])
	}
	was.Done = kept
	return was, nil
}

// lineBack gives the line of an own number, as it is now, the addresses that it
// had before a line of an order was carried out.
func (d *writeOps) lineBack(id string, was, now order.Line) (order.Line, error) {
	number := phone.Format(was.Number)
	switch {
	case now.ID != was.ID:
		return now, fault.New(fault.Conflict, "%s has another id since order %s", number, id)
	case !sameRouting([2]string{now.Fact(factContact), now.Fact(factSMPP)}, [2]string{was.Term(termContact), was.Term(termSMPP)}):
		return now, fault.New(fault.Conflict, "%s is routed otherwise now than order %s left it", number, id)
	}
	for i, scheme := range [2]string{sipaddr.SIP, sipaddr.SMPP} {
		fact := [2]string{factContact, factSMPP}[i]
		text := was.Fact(fact)
		if text == "" && now.Fact(fact) == "" {
			continue
		}
		if err := sendable(scheme, text, number, id); err != nil {
			return now, err
		}
		t := routeFact(parameterOf(scheme), scheme, text)
		if d.freshBack(scheme, now.Fact(fact), text) != "" {
			t.Shown = t.String() + newHost
		}
		now.Terms = append(now.Terms, t)
	}
	return now, changing([]order.Line{now})
}

// sendable refuses a former address that can't be sent.
func sendable(scheme, text, number, id string) error {
	if text == "" {
		return fault.New(fault.Invalid, "%s had no %s before order %s, and the exchange asks for one", number, parameterOf(scheme), id)
	}
	if _, ok := sipaddr.Parse(scheme, text); !ok {
		return fault.New(fault.Invalid, "the %s that %s had before order %s can't be sent: it %s", parameterOf(scheme), number, id, sipaddr.Why(scheme, text).Wrong)
	}
	return nil
}

// freshBack returns the host of an address that a number would get back where
// that is in neither the templates nor [routing] hosts; "" for any other.
func (d *writeOps) freshBack(scheme, now, text string) string {
	a, _ := sipaddr.Parse(scheme, text)
	if sameAddress(scheme, now, text) || slices.Contains(d.routes.hosts, a.Host) {
		return ""
	}
	return a.Host
}

// hostsBack says which of the former hosts are new. Over MCP none may be: a
// model says where traffic goes by naming an order as well as by naming a host.
func (d *writeOps) hostsBack(list []order.Line, by identity.Caller) ([]string, error) {
	var told []string
	for _, l := range list {
		for i, scheme := range [2]string{sipaddr.SIP, sipaddr.SMPP} {
			host := d.freshBack(scheme, l.Fact([2]string{factContact, factSMPP}[i]), l.Term(parameterOf(scheme)))
			if host == "" || l.Term(parameterOf(scheme)) == "" {
				continue
			}
			if by.Frontend.Model() {
				return nil, fault.New(fault.Forbidden, "%s may not be sent back to %s over MCP; %s", what(scheme), host, d.routes.others()).
					WithField("restore").WithHint("a person can restore these routes in the shell or on Discord, or add the host to [routing] hosts")
			}
			told = append(told, newHostNotice+host+": not in the templates or [routing] hosts.")
		}
	}
	slices.Sort(told)
	return slices.Compact(told), nil
}

// wayBack asks for the routes that numbers had before an order, where they can
// be sent again.
func wayBack(id string, done []order.Line) (order.Call, string) {
	possible := func(l order.Line) bool {
		for i, scheme := range [2]string{sipaddr.SIP, sipaddr.SMPP} {
			text := l.Fact([2]string{factContact, factSMPP}[i])
			if cmp.Or(text, l.Term(parameterOf(scheme))) != "" && sendable(scheme, text, "", id) != nil {
				return false
			}
		}
		return true
	}
	if !slices.ContainsFunc(done, possible) {
		return order.Call{}, ""
	}
	says := "Route it back"
	if len(done) > 1 {
		says = fmt.Sprintf("Route the %d back", len(done))
	}
	return call(updateName, UpdateIn{Restore: id}), says
}
