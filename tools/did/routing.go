package did

import (
	"cmp"
	"errors"
	"slices"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/phone"
	"didops/internal/sipaddr"
)

// template is the word for the address that the configuration gives.
const template = "template"

// routes is the configured routing made ready.
type routes struct {
	templates map[string]string // by scheme; "" = none
	hosts     []string          // that addresses may name without being new, as hosts are compared
}

// newRoutes checks the templates. An error names the setting and repeats no
// password.
func newRoutes(r Routing) (routes, error) {
	out := routes{templates: map[string]string{sipaddr.SIP: r.Contact, sipaddr.SMPP: r.SMPPContact}}
	for scheme, text := range out.templates {
		if text == "" {
			continue
		}
		a, ok := sipaddr.Parse(scheme, text)
		if !ok {
			return routes{}, errors.New("[routing] " + parameterOf(scheme) + " must have the form " + formOf(scheme))
		}
		out.templates[scheme], out.hosts = a.Text, append(out.hosts, a.Host)
	}
	for _, h := range r.Hosts {
		out.hosts = append(out.hosts, sipaddr.PlainHost(h))
	}
	return out, nil
}

// parameterOf returns the parameter, setting and fact that holds an address.
func parameterOf(scheme string) string {
	if scheme == sipaddr.SIP {
		return "contact"
	}
	return "smpp_contact"
}

func formOf(scheme string) string {
	if scheme == sipaddr.SIP {
		return "sip:user@host or sip:user@host:port"
	}
	return "smpp:login:password:destination@host:port"
}

func hintOf(scheme string) string {
	if scheme == sipaddr.SIP {
		return "{number} may stand for the digits; sips: and the parameters transport and user are taken; no display name, no password, no spaces"
	}
	return "{number} may stand for the digits; the port is needed; no spaces, no percent-encoding"
}

// route is where somebody wants calls or messages to go.
type route struct {
	scheme string
	text   string // address, perhaps with {number}; "" = none is configured, or it is to stay
	given  bool   // a value, not the template
	fresh  string // its host, where that is in neither the templates nor [routing] hosts
}

// resolve returns what a parameter asks for: the template, where nothing or
// "template" is given, or an address. It refuses an address that is not of
// the documented form, holds a password where it would pass through a model
// or a chat, or names a host that may not be named from there. No error
// repeats what was given: it may hold a password.
func (r routes) resolve(scheme, given string, by identity.Caller) (route, error) {
	w := route{scheme: scheme, text: r.templates[scheme]}
	if given == "" || given == template {
		return w, nil
	}
	field := parameterOf(scheme)
	if scheme == sipaddr.SMPP && !by.Frontend.Secrets() {
		return route{}, fault.New(fault.Forbidden, "an %s holds a password, so none is taken over MCP and Discord", field).
			WithField(field).WithHint(`say "template": didops fills in [routing] smpp_contact; or ask in the shell`)
	}
	a, ok := sipaddr.Parse(scheme, given)
	if !ok {
		return route{}, fault.New(fault.Invalid, `%s must be "template" or have the form %s`, field, formOf(scheme)).
			WithField(field).WithHint("%s", hintOf(scheme))
	}
	w.text, w.given = a.Text, true
	if slices.Contains(r.hosts, a.Host) {
		return w, nil
	}
	if by.Frontend.Model() {
		return route{}, fault.New(fault.Forbidden, "%s may not be sent to %s over MCP", what(scheme), a.Host).
			WithField(field).WithHint("a person can add the host to [routing] hosts")
	}
	w.fresh = a.Host
	return w, nil
}

// what returns what an address is for.
func what(scheme string) string {
	if scheme == sipaddr.SIP {
		return "calls"
	}
	return "messages"
}

// uses reports whether a number can make use of an address.
func uses(n *exchange.Number, scheme string) bool {
	if scheme == sipaddr.SIP {
		return n.Voice || n.Fax || n.Video
	}
	return n.SMS
}

// term returns the address of one number as a term of a quote.
func (w route) term(digits string) order.Fact {
	f := routeFact(parameterOf(w.scheme), w.scheme, sipaddr.Written(w.text, digits))
	if w.fresh != "" {
		f.Shown = f.String() + " (NEW HOST)"
	}
	return f
}

// routeFact holds an address and how it may be shown.
func routeFact(name, scheme, text string) order.Fact {
	f := order.Fact{Name: name, Value: text}
	if shown := shownAddress(scheme, text); shown != text {
		f.Shown = cmp.Or(shown, masked)
	}
	return f
}

// notices says which hosts are new.
func notices(wishes ...route) []string {
	var list []string
	for _, w := range wishes {
		if w.fresh != "" {
			list = append(list, "NEW HOST "+w.fresh+": not in the templates or [routing] hosts.")
		}
	}
	return slices.Compact(list)
}

// unset is the error for a template that is needed and not configured.
func unset(scheme, why string) *fault.Error {
	field, or := parameterOf(scheme), "or give one"
	if scheme == sipaddr.SMPP {
		or = "or give one in the shell"
	}
	return fault.New(fault.Invalid, "%s", why).WithField(field).WithHint("set [routing] %s, %s", field, or)
}

// keepable checks that the address that a number has could be sent again, which
// is how it stays: the exchange is always told both.
func keepable(scheme, present, digits string) error {
	if _, ok := sipaddr.Parse(scheme, present); ok {
		return nil
	}
	field, or := parameterOf(scheme), "give one, or template"
	if scheme == sipaddr.SMPP {
		or = "give template; in the shell also an address"
	}
	return fault.New(fault.Invalid, "the %s that the exchange has for %s can't be sent back as it is, so it can't stay: it has not the form %s", field, phone.Format(digits), formOf(scheme)).
		WithField(field).WithHint("%s as %s", or, field)
}

// useless is the error for an address that a number, or none of them, can't use.
func useless(scheme, who string) error {
	field := parameterOf(scheme)
	return fault.New(fault.Invalid, "%s can't take %s, so %s is of no use", who, what(scheme), field).
		WithField(field).WithHint("leave %s out", field)
}
