package did

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/phone"
	"didops/internal/sipaddr"
	"didops/tools"
)

// template is the word for the address that the configuration gives.
const template = "template"

// routes is the configured routing made ready.
type routes struct {
	templates map[string]string // by scheme; "" = none
	hosts     []string          // that addresses may name without being new, as hosts are compared
	secret    func(string) bool // nil = nothing is one
}

// newRoutes checks the templates. An error names the setting and repeats no
// password.
func newRoutes(r Routing) (routes, error) {
	out := routes{templates: map[string]string{sipaddr.SIP: r.Contact, sipaddr.SMPP: r.SMPPContact}, secret: r.Secret}
	for scheme, text := range out.templates {
		if text == "" {
			continue
		}
		a, ok := sipaddr.Parse(scheme, text)
		if !ok {
			why := sipaddr.Why(scheme, text)
			return routes{}, errors.New("[routing] " + parameterOf(scheme) + " " + why.Wrong + ": " + hintOf(scheme, why))
		}
		out.templates[scheme], out.hosts = a.Text, append(out.hosts, a.Host)
	}
	for _, h := range r.Hosts {
		out.hosts = append(out.hosts, sipaddr.PlainHost(h))
	}
	slices.Sort(out.hosts)
	out.hosts = slices.Compact(out.hosts)
	return out, nil
}

// parameterOf returns the parameter, setting and fact that holds an address.
func parameterOf(scheme string) string {
	if scheme == sipaddr.SIP {
		return "contact"
	}
	return "smpp_contact"
}

// hintOf says what to write instead of an address that can't be used.
func hintOf(scheme string, why sipaddr.Problem) string {
	form := "the form is sip:user@host, with :port and ;transport=udp, tcp or tls where needed, or template"
	if scheme == sipaddr.SMPP {
		form = "the form is smpp:login:password:destination@host:port, or template"
	}
	return strings.TrimPrefix(why.Hint+"; "+form, "; ")
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
// or a chat, has a secret of the configuration for its user, or names a host
// that may not be named from there. An error says what is wrong with the
// address, see [sipaddr.Why], and does not repeat it.
func (r routes) resolve(scheme, given string, by identity.Caller) (route, error) {
	w := route{scheme: scheme, text: r.templates[scheme]}
	if given == "" || strings.EqualFold(given, template) {
		return w, nil
	}
	field := parameterOf(scheme)
	if scheme == sipaddr.SMPP && !by.Frontend.Secrets() {
		return route{}, fault.New(fault.Forbidden, "an %s holds a password, so none is taken over MCP and Discord", field).
			WithField(field).WithHint(`say "template": didops fills in [routing] smpp_contact; or ask in the shell`)
	}
	a, ok := sipaddr.Parse(scheme, given)
	if !ok {
		why := sipaddr.Why(scheme, given)
		return route{}, fault.New(fault.Invalid, "%s %s", field, why.Wrong).WithField(field).WithHint("%s", hintOf(scheme, why))
	}
	if scheme == sipaddr.SIP && r.secret != nil && r.secret(a.User) {
		return route{}, fault.New(fault.Invalid, "the user of the %s is a secret of the configuration", field).
			WithField(field).WithHint("everybody who sees the number sees where its calls go: name another user")
	}
	w.text, w.given = a.Text, true
	if slices.Contains(r.hosts, a.Host) {
		return w, nil
	}
	if by.Frontend.Model() {
		return route{}, fault.New(fault.Forbidden, "%s may not be sent to %s over MCP; %s", what(scheme), a.Host, r.others()).
			WithField(field).WithHint("a person can add the host to [routing] hosts")
	}
	w.fresh = a.Host
	return w, nil
}

// standing returns what a mandate asks for: people approved the address, and its
// host may have become new since.
func (r routes) standing(scheme, text string) route {
	w := route{scheme: scheme, text: text}
	if a, ok := sipaddr.Parse(scheme, text); ok && !slices.Contains(r.hosts, a.Host) {
		w.fresh = a.Host
	}
	return w
}

// notes is what a model should know of the parameters before it calls: how many
// numbers an order takes, and where calls and messages may go. A catalogue that
// only describes has no configuration.
func (d *writeOps) notes() map[string]tools.ParamNote {
	if d.Writer == (absent{}) {
		return nil
	}
	said := func(text string) tools.ParamNote { return func() tools.Note { return tools.Note{Text: text} } }
	return map[string]tools.ParamNote{
		"numbers":      d.mostNumbers,
		"contact":      said(d.routes.allowed(sipaddr.SIP)),
		"smpp_contact": said(d.routes.allowed(sipaddr.SMPP)),
	}
}

func (d *writeOps) mostNumbers() tools.Note {
	if d.MaxNumbers == nil {
		return tools.Note{}
	}
	most := d.MaxNumbers()
	if most <= 0 || most > maxNumbers {
		most = maxNumbers
	}
	return tools.Note{Text: fmt.Sprintf(", 1 to %d", most), Most: most}
}

// allowed says what of an address may be asked for over MCP, as the rest of a
// description.
func (r routes) allowed(scheme string) string {
	var parts []string
	if r.templates[scheme] == "" {
		parts = append(parts, "no template is set")
	}
	switch {
	case scheme == sipaddr.SMPP: // nobody names a host of these here
	case len(r.hosts) == 0:
		parts = append(parts, "no host may be named")
	default:
		parts = append(parts, "hosts: "+strings.Join(clip(r.hosts, hostsNamed), ", "))
	}
	if len(parts) == 0 {
		return ""
	}
	return "; " + strings.Join(parts, "; ")
}

// completeHost suggests the hosts that are known.
func (d *writeOps) completeHost(_ context.Context, partial string) []tools.Choice {
	var list []tools.Choice
	for _, host := range d.routes.hosts {
		if len(list) < suggestMost && strings.HasPrefix(host, strings.ToLower(partial)) {
			list = append(list, tools.Choice{Value: host})
		}
	}
	return list
}

// hostsNamed is how many hosts are told where all that are allowed matter.
const hostsNamed = 12

// others says which hosts may be named.
func (r routes) others() string {
	if len(r.hosts) == 0 {
		return "no host may be"
	}
	return "allowed: " + strings.Join(clip(r.hosts, hostsNamed), ", ")
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
		f.Shown = f.String() + newHost
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

const (
	newHost       = " (NEW HOST)" // behind an address whose host is new
	newHostNotice = "NEW HOST "   // begins the notice that names it
)

// notices says which hosts are new.
func notices(wishes ...route) []string {
	var list []string
	for _, w := range wishes {
		if w.fresh != "" {
			list = append(list, newHostNotice+w.fresh+": not in the templates or [routing] hosts.")
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
	return fault.New(fault.Invalid, "the %s that the exchange has for %s can't be sent back as it is, so it can't stay: it %s", field, phone.Format(digits), sipaddr.Why(scheme, present).Wrong).
		WithField(field).WithHint("%s as %s", or, field)
}

// useless is the error for an address that a number, or none of them, can't use.
func useless(scheme, who string) error {
	field := parameterOf(scheme)
	return fault.New(fault.Invalid, "%s can't take %s, so %s is of no use", who, what(scheme), field).
		WithField(field).WithHint("leave %s out", field)
}
