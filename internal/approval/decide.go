package approval

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/money"
	"didops/internal/view"
)

// Policy is a list of rules that was compiled. It is immutable and safe for
// concurrent use.
type Policy struct {
	config Config
	needs  []Needs // of the rules, then of the settings
}

// Compile returns the policy of a configuration, which [Check] found nothing
// wrong with.
func Compile(c Config) *Policy {
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	p := &Policy{config: c}
	for _, r := range c.Rules {
		p.needs = append(p.needs, r.needs(c.Settings))
	}
	settings := c.Settings
	settings.Rules = []string{Settings}
	p.needs = append(p.needs, settings)
	return p
}

// Config returns what the policy was compiled of. It must not be changed.
func (p *Policy) Config() Config { return p.config }

// Needs returns what each rule needs, in their order, and last the settings.
func (p *Policy) Needs() []Needs { return slices.Clone(p.needs) }

// Why says of one line and one rule whether it fits.
type Why struct {
	Line string `json:"line"` // its number
	Rule string `json:"rule"`
	Fits bool   `json:"fits"`
	Not  string `json:"not,omitempty"` // the first condition that does not hold, in words
}

// Decide returns what an order needs, and which rules were looked at for each
// of its lines up to the one that fits. Without a line it is what the settings
// say.
func (p *Policy) Decide(f Facts) (Needs, []Why) {
	var all Needs
	var why []Why
	for n, l := range f.Lines {
		needs, looked := p.line(f, l)
		why = append(why, looked...)
		if n > 0 {
			needs = all.Join(needs)
		}
		all = needs
	}
	if len(f.Lines) == 0 {
		return p.needs[len(p.needs)-1], nil
	}
	return all, why
}

func (p *Policy) line(f Facts, l Line) (Needs, []Why) {
	var why []Why
	for n, r := range p.config.Rules {
		not := r.not(f, l, p.config.Zone)
		why = append(why, Why{Line: l.Number, Rule: r.Name, Fits: not == "", Not: not})
		if not == "" {
			return p.needs[n], why
		}
	}
	return p.needs[len(p.needs)-1], append(why, Why{Line: l.Number, Rule: Settings, Fits: true})
}

// needs returns what the rule needs, where the settings say the rest.
func (r Rule) needs(settings Needs) Needs {
	n := Needs{
		Rules: []string{r.Name}, Count: cmp.Or(r.Approvals, settings.Count), Strength: max(r.Strength, settings.Strength),
		RequesterCounts: settings.RequesterCounts, Wait: r.Wait,
		ExpiresAfter: cmp.Or(r.ExpiresAfter, settings.ExpiresAfter),
		Remind:       union(r.RemindAfter, nil, cmp.Compare[time.Duration]),
	}
	if r.RequesterCounts != nil {
		n.RequesterCounts = *r.RequesterCounts
	}
	if r.Refuse {
		n.Refuse = []Refusal{{r.Name, r.Message}}
	}
	later := union(r.EscalateTo, nil, compareWho)
	if r.EscalateAfter == 0 {
		later = nil
	}
	if len(later) > 0 {
		n.Escalate = []Escalation{{r.EscalateAfter, later}}
	}
	for _, w := range r.Including {
		n.Including = union(n.Including, []Group{{Of: []Who{w}}}, compareGroups)
	}
	if len(r.Approvers) > 0 {
		g := Group{Of: union(r.Approvers, r.Including, compareWho), Later: later}
		if len(later) > 0 {
			g.After = r.EscalateAfter
		}
		n.Eligible = []Group{g}
	}
	return n
}

// not returns the first condition of the rule that does not hold, in words; ""
// where it fits.
func (r Rule) not(f Facts, l Line, zone *time.Location) string {
	for _, condition := range []func(Facts, Line) string{r.notRequest, r.notAmounts, r.notLine} {
		if not := condition(f, l); not != "" {
			return not
		}
	}
	at := f.At.In(zone)
	if len(r.Hours) > 0 && !slices.ContainsFunc(r.Hours, func(h Hours) bool { return h.Holds(at) }) {
		return "asked on " + at.Format("Mon 15:04") + ", not in its hours"
	}
	return ""
}

func (r Rule) notRequest(f Facts, _ Line) string {
	switch {
	case len(r.Operations) > 0 && !slices.Contains(r.Operations, f.Operation):
		return f.Operation + " is not one of its operations"
	case len(r.Requesters) > 0 && !slices.ContainsFunc(r.Requesters, f.Requester.is):
		return "the requester is not one of " + either(r.Requesters)
	}
	return ""
}

func (r Rule) notAmounts(f Facts, l Line) string {
	for _, bound := range []struct {
		what  string
		is    money.Amount
		bound Price
	}{
		{"its monthly fee", l.MonthlyFee, r.MaxMonthlyFee},
		{"the order's total", f.Total, r.MaxOrderTotal},
		{"the order's monthly fees", f.Monthly, r.MaxOrderMonthly},
		{"the requester's month", f.Month, r.MaxMonthTotal},
	} {
		switch {
		case !bound.bound.Amount.Known():
		case !f.Buys:
			return "it speaks of amounts, which are those of purchases"
		case !bound.is.Known():
			return bound.what + " is not known"
		case bound.is.Cmp(bound.bound.Amount) > 0:
			return fmt.Sprintf("%s of %s is over %s", bound.what, bound.is, bound.bound)
		}
	}
	return ""
}

func (r Rule) notLine(_ Facts, l Line) string {
	same := func(s string) func(string) bool { return func(o string) bool { return strings.EqualFold(s, o) } }
	switch {
	case len(r.Countries) > 0 && !slices.Contains(r.Countries, l.Country):
		return "the country is " + stated(l.Country)
	case len(r.Vendors) > 0 && !slices.ContainsFunc(r.Vendors, same(l.Vendor)):
		return "the vendor is " + quoted(l.Vendor)
	case len(r.Types) > 0 && !slices.ContainsFunc(r.Types, same(l.Type)):
		return "the type is " + stated(l.Type)
	case len(r.Features) > 0 && !slices.ContainsFunc(r.Features, func(f string) bool { return slices.Contains(l.Features, f) }):
		return "it has none of " + strings.Join(r.Features, ", ")
	case r.Documents != nil && l.Documents == nil:
		return "whether documents are required is not stated"
	case r.Documents != nil && *r.Documents != *l.Documents:
		return "documents are " + map[bool]string{true: "required", false: "not required"}[*l.Documents]
	case r.NewHosts != nil && *r.NewHosts != l.NewHost:
		return map[bool]string{true: "its host is new", false: "its host is known"}[l.NewHost]
	}
	return ""
}

// is reports whether the requester is meant.
func (q Requester) is(w Who) bool {
	switch {
	case w.Role != "":
		return slices.Contains(q.Roles, w.Role)
	case w.Person != "":
		return w.Person == q.Person
	}
	return w.Realm == q.Realm
}

func stated(s string) string { return cmp.Or(s, "not known") }

func quoted(s string) string {
	if s == "" {
		return stated(s)
	}
	return view.Quoted(s)
}

// ByMonth reports whether a rule looks at what the requester's month comes to.
func (p *Policy) ByMonth() bool {
	return slices.ContainsFunc(p.config.Rules, func(r Rule) bool { return r.MaxMonthTotal.Amount.Known() })
}
