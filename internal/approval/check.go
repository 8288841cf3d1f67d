package approval

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"didops/internal/didyoumean"
	"didops/internal/identity"
)

// Problem is something that a configuration can't have.
type Problem struct {
	Key     string // "approval.rules[0].approvers", "people[1].delegate"
	Message string // the rest of a sentence that begins with the key
}

// RuleKey returns the name of a key of a rule; without a name, that of the rule.
func RuleKey(n int, name string) string {
	key := "approval.rules[" + strconv.Itoa(n) + "]"
	if name != "" {
		key += "." + name
	}
	return key
}

// Check reports what is wrong with rules, persons and roles by themselves. What
// follows from who may act where is for others to find.
func Check(c Config) []Problem {
	all := slices.Concat(c.delegations(), c.names())
	for n, r := range c.Rules {
		all = slices.Concat(all, c.mentioned(n, r), c.prices(n, r), c.times(n, r))
		if earlier, covered := c.covered(n); covered {
			all = append(all, Problem{RuleKey(n, "name"), fmt.Sprintf("is never reached: %q fits whatever it fits, and comes before", c.Rules[earlier].Name)})
		}
	}
	return all
}

func (c Config) names() []Problem {
	var all []Problem
	for n, r := range c.Rules {
		same := func(o Rule) bool { return o.Name == r.Name }
		switch {
		case r.Name == "":
			all = append(all, Problem{RuleKey(n, ""), "needs a name"})
		case r.Name == Settings:
			all = append(all, Problem{RuleKey(n, "name"), "is that of the last rule, which the other settings of [approval] are"})
		case slices.ContainsFunc(c.Rules[:n], same):
			all = append(all, Problem{RuleKey(n, "name"), "is already that of another rule"})
		}
	}
	seen := map[string]bool{}
	for n, r := range c.Roles {
		key := "roles[" + strconv.Itoa(n) + "]"
		switch {
		case r.Name == "":
			all = append(all, Problem{key, "needs a name"})
		case seen[r.Name]:
			all = append(all, Problem{key + ".name", "is already that of another role"})
		}
		seen[r.Name] = true
	}
	return all
}

// delegations finds delegates who are not there, circles and chains that are
// too long.
func (c Config) delegations() []Problem {
	var all []Problem
	people := People(c.People)
	for n, person := range c.People {
		key := "people[" + strconv.Itoa(n) + "].delegate"
		if person.Delegate == "" {
			continue
		}
		if _, ok := people.find(person.Delegate); !ok {
			all = append(all, Problem{key, "names nobody of [[people]]" + people.meant(person.Delegate)})
			continue
		}
		through := []string{person.Name}
		for next := person; next.Delegate != ""; next, _ = people.find(next.Delegate) {
			if next.Delegate == person.Name {
				all = append(all, Problem{key, "goes in a circle: " + arrows(append(through, person.Name))})
				break
			}
			if through = append(through, next.Delegate); len(through) > longest+1 {
				if !people.circles(person.Delegate) {
					all = append(all, Problem{key, fmt.Sprintf("goes on to more than %d persons: %s", longest, arrows(through))})
				}
				break
			}
		}
	}
	return all
}

// circles reports whether delegations from a person on go round for ever.
func (p People) circles(name string) bool {
	seen := map[string]bool{}
	for name != "" && !seen[name] {
		seen[name] = true
		person, _ := p.find(name)
		name = person.Delegate
	}
	return name != ""
}

func arrows(names []string) string { return strings.Join(names, " → ") }

func (p People) meant(name string) string {
	var names []string
	for _, person := range p {
		names = append(names, person.Name)
	}
	return didyoumean.Clause(didyoumean.Words(name, names))
}

// RoleNames returns the names of all roles that somebody may have.
func (c Config) RoleNames() []string {
	var list []string
	for _, person := range c.People {
		list = append(list, person.Roles...)
	}
	for _, r := range c.Roles {
		list = append(list, r.Name)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// mentioned finds roles and people that a rule names and that there are not.
func (c Config) mentioned(n int, r Rule) []Problem {
	var all []Problem
	for _, list := range []struct {
		key string
		who []Who
	}{{"requesters", r.Requesters}, {"approvers", r.Approvers}, {"including", r.Including}, {"escalate_to", r.EscalateTo}} {
		for _, w := range list.who {
			if why := c.unknown(w, list.key == "requesters"); why != "" {
				all = append(all, Problem{RuleKey(n, list.key), why})
			}
		}
	}
	return all
}

func (c Config) unknown(w Who, realms bool) string {
	switch {
	case w.Role != "" && !slices.Contains(c.RoleNames(), w.Role):
		return fmt.Sprintf("names a role that nobody has, by [[people]] or [[roles]]: %q%s", w.Role, didyoumean.Clause(didyoumean.Words(w.Role, c.RoleNames())))
	case w.Person != "":
		if _, ok := People(c.People).find(w.Person); !ok {
			return fmt.Sprintf("names nobody of [[people]]: %q%s; roles are written \"role:finance\"", w.Person, People(c.People).meant(w.Person))
		}
	case w.Realm != "" && !realms:
		return fmt.Sprintf("names a surface, %q, where roles and people are named", w.Realm)
	}
	return ""
}

func (c Config) prices(n int, r Rule) []Problem {
	var all []Problem
	for _, of := range []struct {
		key string
		is  Price
	}{{"max_monthly_fee", r.MaxMonthlyFee}, {"max_order_total", r.MaxOrderTotal}, {"max_order_monthly", r.MaxOrderMonthly}, {"max_month_total", r.MaxMonthTotal}} {
		if of.is.Amount.Known() && of.is.Currency != c.Currency {
			all = append(all, Problem{RuleKey(n, of.key), fmt.Sprintf("is in %s, and amounts of this exchange are in %s ([exchange] currency)", of.is.Currency, c.Currency)})
		}
	}
	return all
}

// times finds what would happen after an order has expired.
func (c Config) times(n int, r Rule) []Problem {
	var all []Problem
	end := r.needs(c.Settings).ExpiresAfter
	late := func(d time.Duration) bool { return end > 0 && d >= end }
	if slices.ContainsFunc(r.RemindAfter, late) {
		all = append(all, Problem{RuleKey(n, "remind_after"), fmt.Sprintf("is not before its orders expire, after %s (expires_after)", Short(end))})
	}
	switch {
	case r.EscalateAfter > 0 && len(r.EscalateTo) == 0:
		all = append(all, Problem{RuleKey(n, "escalate_after"), "needs escalate_to: to whom it goes then"})
	case r.EscalateAfter == 0 && len(r.EscalateTo) > 0:
		all = append(all, Problem{RuleKey(n, "escalate_to"), "needs escalate_after: when it goes to them"})
	case late(r.EscalateAfter):
		all = append(all, Problem{RuleKey(n, "escalate_after"), fmt.Sprintf("is not before its orders expire, after %s (expires_after)", Short(end))})
	}
	return all
}

// realmNamed reports whether a word is the id of a surface.
func realmNamed(s string) bool {
	return slices.ContainsFunc(identity.Realms(), func(r identity.Realm) bool { return r.ID == s })
}

// ParseWho reads "role:finance", the id of a surface, or the name of a person.
func ParseWho(s string) Who {
	switch {
	case len(s) > len("role:") && s[:len("role:")] == "role:":
		return Who{Role: s[len("role:"):]}
	case realmNamed(s):
		return Who{Realm: s}
	}
	return Who{Person: s}
}

// Short writes a duration without what is zero of it: "20m".
func Short(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if n := len(text) - len(zero) + 1; n > 0 && text[n-1:] == zero {
			text = text[:n]
		}
	}
	return text
}
