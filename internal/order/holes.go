package order

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/approval"
	"didops/internal/didyoumean"
	"didops/internal/identity"
	"didops/internal/view"
)

// Holes reports the rules under which nobody could approve anything, as realms,
// people and roles are, and those that name an operation which makes no orders.
// Buying are those of the operations that are purchases.
func (p Policy) Holes(now time.Time, operations, buying []string) []approval.Problem {
	if p.Rules == nil {
		return nil
	}
	p.at = now
	var all []approval.Problem
	needs := p.Rules.Needs()
	for n, r := range p.Rules.Config().Rules {
		for _, name := range r.Operations {
			if !slices.Contains(operations, name) {
				all = append(all, approval.Problem{Key: approval.RuleKey(n, "operations"), Message: "names no operation that makes orders" + didyoumean.Clause(didyoumean.Words(name, operations))})
			}
		}
		buys := func(name string) bool { return slices.Contains(buying, name) }
		if r.Priced() && len(r.Operations) > 0 && !slices.ContainsFunc(r.Operations, buys) {
			all = append(all, approval.Problem{Key: approval.RuleKey(n, "operations"), Message: "is never reached: amounts are those of purchases, and none of these is one"})
		}
		if !r.Refuse && !p.fillable(r, needs[n]) {
			all = append(all, approval.Problem{Key: approval.RuleKey(n, demanding(r)), Message: "nobody could approve it: it needs " + inWords(needs[n])})
		}
	}
	return all
}

// demanding is the key of a rule that asks for most of its approvers.
func demanding(r approval.Rule) string {
	switch {
	case len(r.Including) > 0:
		return "including"
	case len(r.Approvers) > 0:
		return "approvers"
	case r.Strength > identity.Click:
		return "strength"
	}
	return "approvals"
}

// inWords says what is needed.
func inWords(n approval.Needs) string {
	text := view.Plural(n.Count, "approval")
	var parts []string
	for _, g := range n.Eligible {
		parts = append(parts, "of "+g.String())
	}
	for _, g := range n.Including {
		parts = append(parts, "one of "+g.String())
	}
	if n.Strength > identity.Dialog {
		parts = append(parts, "by "+n.Strength.String())
	}
	if !n.RequesterCounts {
		parts = append(parts, "none of the requester")
	}
	if len(parts) > 0 {
		text += " (" + strings.Join(parts, ", ") + ")"
	}
	return text + ", and too few of those who could give them reach these orders; see [approval] terminal, [discord], [web], [[people]] and [[roles]]"
}

// fillable reports whether some requester's orders could be approved by a rule.
func (p Policy) fillable(r approval.Rule, needs approval.Needs) bool {
	rules := p.rules()
	rules.Needs, rules.Needed, rules.RequesterMayApprove = &needs, needs.Count, needs.RequesterCounts
	named, anybody := p.requesters(r)
	for _, who := range named {
		if p.satisfiable(Record{Requester: who, Created: p.at}, rules) {
			return true
		}
	}
	if !anybody {
		return len(named) == 0
	}
	rules.RequesterMayApprove = true // somebody who is none of the approvers
	needs.RequesterCounts = true
	return p.satisfiable(Record{Created: p.at}, rules)
}

// requesters returns the persons of [[people]] of whom a rule fits orders, and
// whether it fits those of others.
func (p Policy) requesters(r approval.Rule) (list []identity.Party, others bool) {
	if len(r.Requesters) == 0 {
		return nil, true
	}
	for _, w := range r.Requesters {
		if w.Realm != "" || w.Role != "" && slices.ContainsFunc(p.Rules.Config().Roles, func(role approval.Role) bool { return role.Name == w.Role }) {
			others = true
		}
		for _, person := range p.People {
			if w.Person != person.Name && !slices.Contains(person.Roles, w.Role) {
				continue
			}
			for _, realm := range identity.Realms() {
				if id := person.IDs[realm.ID]; id != "" {
					list = append(list, identity.Party{Realm: realm.ID, ID: id, Name: person.Name})
					break
				}
			}
		}
	}
	return list, others
}

// Unsigned returns the rules that want passkeys and that nobody could meet because
// too few people have one: those who have are given.
func (p Policy) Unsigned(now time.Time, enrolled map[string]bool) []string {
	if p.Rules == nil {
		return nil
	}
	p.at = now
	with := p
	with.enrolled = enrolled
	var list []string
	needs := p.Rules.Needs()
	for n, r := range p.Rules.Config().Rules {
		if needs[n].Strength >= identity.Passkey && !r.Refuse && p.fillable(r, needs[n]) && !with.fillable(r, needs[n]) {
			list = append(list, r.Name)
		}
	}
	return list
}

// Signers returns the people whose passkeys a rule could count.
func (p Policy) Signers(now time.Time) []string {
	if p.Rules == nil {
		return nil
	}
	p.at = now
	var list []string
	for _, needs := range p.Rules.Needs() {
		rules := p.rules()
		rules.Needs, rules.RequesterMayApprove = &needs, true
		if needs.Strength < identity.Passkey || needs.Refused() {
			continue
		}
		for _, at := range p.moments(Record{Created: now}, needs) {
			for _, a := range p.able(Record{Created: now}, rules, identity.Realms(), at) {
				list = append(list, a.Name)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Powerless returns, for each rule that names somebody who can't decide anything
// anywhere, or not as strongly as it wants, whom it names.
func (p Policy) Powerless() map[string][]string {
	found := map[string][]string{}
	if p.Rules == nil {
		return found
	}
	needs := p.Rules.Needs()
	for n, r := range p.Rules.Config().Rules {
		rules := p.rules()
		rules.Needs = &needs[n]
		for _, person := range p.People {
			named := func(w approval.Who) bool {
				return w.Person == person.Name || w.Role != "" && slices.Contains(person.Roles, w.Role)
			}
			decides := func(realm identity.Realm) bool { return p.reaches(person, realm, rules) && rules.proven(realm) }
			if slices.ContainsFunc(slices.Concat(r.Approvers, r.Including, r.EscalateTo), named) && !slices.ContainsFunc(identity.Realms(), decides) {
				found[r.Name] = append(found[r.Name], person.Name)
			}
		}
	}
	return found
}

// Reach says of rules who could act by them.
type Reach struct {
	Rule  string
	Empty []identity.Period // of the next days, in which nobody is there who counts
}

// Reachable returns, for the rules in order, when in the days to come too few are
// there to approve by them, because of who is away and stands in for whom.
func (p Policy) Reachable(now time.Time, days int) []Reach {
	if p.Rules == nil {
		return nil
	}
	until := now.AddDate(0, 0, days)
	moments := []time.Time{now}
	for _, person := range p.People {
		for _, away := range person.Away {
			for _, at := range []time.Time{away.From, away.Until} {
				if at.After(now) && at.Before(until) {
					moments = append(moments, at)
				}
			}
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	moments = append(slices.CompactFunc(moments, time.Time.Equal), until)
	var list []Reach
	for n, r := range p.Rules.Config().Rules {
		reach := Reach{Rule: r.Name}
		for i, at := range moments[:len(moments)-1] {
			there := p
			there.at, there.present = at, true
			switch last := len(reach.Empty) - 1; {
			case r.Refuse || there.fillable(r, p.Rules.Needs()[n]):
			case last >= 0 && reach.Empty[last].Until.Equal(at):
				reach.Empty[last].Until = moments[i+1]
			default:
				reach.Empty = append(reach.Empty, identity.Period{From: at, Until: moments[i+1]})
			}
		}
		list = append(list, reach)
	}
	return list
}

// String says when nobody is there: "rule “large”: from 2 Jan to 5 Jan".
func (r Reach) String() string {
	var spans []string
	for _, e := range r.Empty {
		spans = append(spans, fmt.Sprintf("from %s to %s", minute(e.From), minute(e.Until)))
	}
	return "rule " + view.Quoted(r.Rule) + " " + strings.Join(spans, ", ")
}
