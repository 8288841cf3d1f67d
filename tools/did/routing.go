package did

import (
	"cmp"
	"errors"
	"slices"

	"didops/internal/address"
	"didops/internal/fault"
	"didops/tools"
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
	out := routes{templates: map[string]string{address.SIP: r.Contact, address.SMPP: r.SMPPContact}}
	for scheme, text := range out.templates {
		if text == "" {
			continue
		}
		a, ok := address.Parse(scheme, text)
		if !ok {
			return routes{}, errors.New("[routing] " + parameterOf(scheme) + " must have the form " + formOf(scheme))
		}
		out.hosts = append(out.hosts, a.Host)
	}
	for _, h := range r.Hosts {
		out.hosts = append(out.hosts, address.PlainHost(h))
	}
	return out, nil
}

// parameterOf returns the parameter, setting and fact that holds an address.
func parameterOf(scheme string) string {
	if scheme == address.SIP {
		return "contact"
	}
	return "smpp_contact"
}

func formOf(scheme string) string {
	if scheme == address.SIP {
		return "sip:user@host:port"
	}
	return "smpp:login:password:destination@host:port"
}

// wish is where somebody wants calls or messages to go.
type wish struct {
	scheme string
	text   string // address, perhaps with {number}; "" = none is configured, or it is to stay
	given  bool   // a value, not the template
	fresh  string // its host, where that is in neither the templates nor [routing] hosts
}

// wish returns what a parameter asks for: the template, where nothing or
// "template" is given, or an address. It refuses an address that is not of
// the documented form, holds a password where it would pass through a model
// or a chat, or names a host that may not be named from there. No error
// repeats what was given: it may hold a password.
func (r routes) wish(scheme, given string, by tools.Asker) (wish, error) {
	w := wish{scheme: scheme, text: r.templates[scheme]}
	if given == "" || given == template {
		return w, nil
	}
	field := parameterOf(scheme)
	if scheme == address.SMPP && (by.Face == tools.MCP || by.Face == tools.Discord) {
		return wish{}, fault.New(fault.Forbidden, "an %s holds a password, so none is taken over MCP and Discord", field).
			WithField(field).WithHint(`say "template": didops fills in [routing] smpp_contact; or ask in the shell`)
	}
	a, ok := address.Parse(scheme, given)
	if !ok {
		return wish{}, fault.New(fault.Invalid, `%s must be "template" or have the form %s`, field, formOf(scheme)).
			WithField(field).WithHint("{number} may stand for the digits; the port is needed; no spaces, no percent-encoding")
	}
	w.text, w.given = given, true
	if slices.Contains(r.hosts, a.Host) {
		return w, nil
	}
	if by.Face == tools.MCP {
		return wish{}, fault.New(fault.Forbidden, "%s may not be sent to %s over MCP", what(scheme), a.Host).
			WithField(field).WithHint("a person can add the host to [routing] hosts")
	}
	w.fresh = a.Host
	return w, nil
}

// what returns what an address is for.
func what(scheme string) string {
	if scheme == address.SIP {
		return "calls"
	}
	return "messages"
}

// uses reports whether a number can make use of an address.
func uses(n *Number, scheme string) bool {
	if scheme == address.SIP {
		return n.Voice || n.Fax || n.Video
	}
	return n.SMS
}

// term returns the address of one number as a term of a quote.
func (w wish) term(digits string) tools.Fact {
	f := routeFact(parameterOf(w.scheme), w.scheme, address.Written(w.text, digits))
	if w.fresh != "" {
		f.Shown = f.String() + " (NEW HOST)"
	}
	return f
}

// routeFact holds an address and how it may be shown.
func routeFact(name, scheme, text string) tools.Fact {
	f := tools.Fact{Name: name, Value: text}
	if shown := shownAddress(scheme, text); shown != text {
		f.Shown = cmp.Or(shown, masked)
	}
	return f
}

// notices says which hosts are new.
func notices(wishes ...wish) []string {
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
	if scheme == address.SMPP {
		or = "or give one in the shell"
	}
	return fault.New(fault.Invalid, "%s", why).WithField(field).WithHint("set [routing] %s, %s", field, or)
}

// useless is the error for an address that no number can use.
func useless(scheme string) error {
	field := parameterOf(scheme)
	return fault.New(fault.Invalid, "no number here can take %s, so %s is of no use", what(scheme), field).
		WithField(field).WithHint("leave %s out", field)
}
