package order

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/risk"
	"didops/internal/view"
)

// asked returns what an order needs by the present configuration: what the
// rules that fit its lines say, and else the plain settings. Rules say nothing of
// a drill: nothing comes of it, and whoever is there answers as they can.
func (p Policy) asked(r Record) Rules {
	rules := p.rules()
	rules.Month, rules.Groups = r.Asked.Month, r.Asked.Groups
	if p.Rules == nil || r.drill() {
		return rules
	}
	needs, _ := p.Rules.Decide(p.Facts(r))
	if slices.Equal(needs.Rules, []string{approval.Settings}) {
		return rules
	}
	rules.Needs, rules.Needed, rules.RequesterMayApprove = &needs, needs.Count, needs.RequesterCounts
	return rules
}

// ask sets what an order needs that is asked for now, and until when that can
// be decided. What a rule refuses is Forbidden.
func (p Policy) ask(tx Tx, r *Record, by identity.Caller, now time.Time) error {
	p.at = now
	r.Asked.Groups = by.Principal.Groups
	var err error
	if r.Asked.Month, err = p.month(tx, *r, now); err != nil {
		return err
	}
	r.Asked = p.asked(*r)
	if err := r.Asked.refused(); err != nil {
		return err
	}
	r.Expires, err = p.expires(*r, now)
	return err
}

// expires returns until when a decision about an order counts that is asked for
// now: as long as the rules say, and no longer than what is approved could still
// be sent after its wait.
func (p Policy) expires(r Record, now time.Time) (time.Time, error) {
	needs := r.Asked.needs()
	end, err := r.expires(now, cmp.Or(needs.ExpiresAfter, p.ExpiresAfter))
	if by, bound := p.approvedBy(r, needs.Wait); err == nil && bound && by.Before(end) {
		if !now.Before(by) {
			return by, p.waitsTooLong(r, needs, now)
		}
		end = by
	}
	return end, err
}

// joined returns what two sets of rules need together; nil where the plain
// settings alone speak.
func joined(a, b Rules) *approval.Needs {
	if a.Needs == nil && b.Needs == nil {
		return nil
	}
	needs := a.needs().Join(b.needs())
	return &needs
}

// needs returns what the rules need, those of the plain settings included.
func (r Rules) needs() approval.Needs {
	if r.Needs != nil {
		return *r.Needs
	}
	return approval.Needs{Rules: []string{approval.Settings}, Count: max(1, r.Needed), RequesterCounts: r.RequesterMayApprove}
}

// Facts returns what rules look at of an order.
func (p Policy) Facts(r Record) approval.Facts {
	person := p.person(r.Requester)
	f := approval.Facts{
		Operation: r.Tool, Buys: r.Risk == risk.Spend, At: r.Created,
		Requester: approval.Requester{
			Person: person, Realm: r.Requester.Realm, Roles: slices.Concat(r.Asked.Groups, approval.People(p.People).RolesOf(person)),
		},
		Total: r.DueNow(), Monthly: zero(), Month: r.Asked.Month,
	}
	var terms []LineTerms
	if p.describe != nil {
		terms = p.describe(r)
	}
	for n, l := range r.Quote.Lines {
		f.Monthly = f.Monthly.Add(l.MonthlyFee)
		line := approval.Line{Number: shown(l.Number), MonthlyFee: l.MonthlyFee, Country: l.Country, Documents: l.Documents}
		if n < len(terms) {
			t := terms[n]
			line.Vendor, line.Type, line.Features, line.NewHost = t.Vendor, t.Type, t.Features, t.NewHost
			if !t.NoVoice && t.Type != "" && !slices.Contains(t.Features, "voice") {
				line.Features = append(slices.Clone(t.Features), "voice")
			}
		}
		f.Lines = append(f.Lines, line)
	}
	return f
}

// described is what the operation of an order says of its lines.
func (e *Engine) described(r Record) []LineTerms {
	handler, err := e.handler(r.Tool)
	if err != nil || handler.Describe == nil {
		return nil
	}
	list := make([]LineTerms, 0, len(r.Quote.Lines))
	for _, l := range r.Quote.Lines {
		list = append(list, handler.Describe(l))
	}
	return list
}

// month returns what the requester's orders of the calendar month come to, with
// one that is asked for now; not known where no rule asks.
func (p Policy) month(tx Tx, r Record, now time.Time) (money.Amount, error) {
	if p.Rules == nil || !p.Rules.ByMonth() {
		return money.Amount{}, nil
	}
	span := approval.Month(now, p.Rules.Config().Zone)
	sum := r.DueNow()
	who, err := p.spellings(tx, r)
	for _, name := range who {
		list, err := tx.Asked(r.Exchange, name, span.From, span.Until)
		if err != nil {
			return sum, err
		}
		for _, o := range list {
			sum = sum.Add(o.claimed(now))
		}
	}
	return sum, err
}

// spellings returns by what names orders have the person who asks for one, in
// whatever realm and case.
func (p Policy) spellings(tx Tx, r Record) ([]string, error) {
	var list []string
	for _, who := range p.principals(r.Requester) {
		names, err := spelled(tx, r.Exchange, who)
		if err != nil {
			return nil, err
		}
		list = append(list, names...)
	}
	return list, nil
}

// spelled returns by what names orders have a principal.
func spelled(tx Tx, exchange string, who identity.Party) ([]string, error) {
	list := []string{who.String()}
	if !identity.RealmOf(who.Realm).AnyCase {
		return list, nil
	}
	known, err := tx.Requesters(exchange, who.Realm)
	for _, name := range known {
		if identity.ParseParty(name).Is(who) && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list, err
}

// principals returns all that a party is known by.
func (p Policy) principals(who identity.Party) []identity.Party {
	list := []identity.Party{who}
	name := p.person(who)
	for _, person := range p.People {
		for _, realm := range identity.Realms() {
			as := identity.Party{Realm: realm.ID, ID: person.IDs[realm.ID]}
			if name != "" && person.Name == name && as.ID != "" && !slices.ContainsFunc(list, as.Is) {
				list = append(list, as)
			}
		}
	}
	return list
}

// refused reports that nobody may approve, by a rule.
func (r Rules) refused() error {
	if r.Needs == nil || !r.Needs.Refused() {
		return nil
	}
	no := r.Needs.Refuse[0]
	err := fault.New(fault.Forbidden, "rule %s refuses this", view.Quoted(no.Rule)).WithField("approval.rules")
	if no.Message != "" {
		err = err.WithHint("%s", no.Message)
	}
	return err
}

// strength is how strong an approval must be.
func (r Rules) strength() identity.Strength {
	if r.Needs == nil {
		return identity.Dialog
	}
	return max(identity.Dialog, r.Needs.Strength)
}

// weak reports that an approval is not as strong as rules want it.
func (r Rules) weak(d Decision) error {
	if !d.Approve || r.Needs == nil || d.strength() >= r.strength() {
		return nil
	}
	return fault.New(fault.Forbidden, "rule %s takes a %s", ruleNames(*r.Needs), r.strength()).WithField("approval.rules").
		WithHint("nothing was decided; this was a %s", d.strength())
}

// proven reports whether a decision of somebody of a realm can be as strong as
// is needed.
func (r Rules) proven(realm identity.Realm) bool {
	return r.strength() <= identity.Click || realm.Proves >= r.strength()
}

// ruleNames names the rules that something is needed by.
func ruleNames(n approval.Needs) string { return strings.Join(view.QuotedAll(n.Rules), " and ") }

// strength is how strongly the decision proves that a person made it.
func (d Decision) strength() identity.Strength {
	switch {
	case d.Strength != 0:
		return d.Strength
	case d.Dialog:
		return identity.Dialog
	}
	return identity.Click
}

// strengthOf is how strong a decision of a caller can be.
func strengthOf(by identity.Caller) identity.Strength {
	if by.Frontend.Model() {
		return identity.Dialog
	}
	return max(identity.Click, identity.RealmOf(by.Principal.Realm).Proves)
}

// request is an order as what tells who counts.
func (p Policy) request(r Record) approval.Request {
	return approval.Request{Person: p.person(r.Requester), At: r.Created}
}

// approvals returns the decisions of an order that are approvals of different
// persons, and not the requester's where that does not count.
func (p Policy) approvals(r Record, rules Rules) []approval.Approval {
	var list []approval.Approval
	for i, d := range r.Decisions {
		if !d.Approve || p.stale(r, rules, i) {
			continue
		}
		list = append(list, p.approvalOf(d))
	}
	return list
}

// approvalOf returns a decision as rules look at it.
func (p Policy) approvalOf(d Decision) approval.Approval {
	return approval.Approval{Person: p.person(d.By), Realm: d.By.Realm, Roles: d.Groups, At: d.At, Strength: d.strength()}
}

// byDialogs reports whether the dialog of the requester's client might be enough
// by itself.
func (r Rules) byDialogs() bool {
	return r.Dialogs != nil && r.Dialogs.Elicitation != ElicitNothing && r.RequesterMayApprove && r.Needed <= 1 &&
		r.strength() <= identity.Dialog && (r.Needs == nil || !r.Needs.Refused())
}

// verdict returns how far the approvals of an order go by rules.
func (p Policy) verdict(r Record, rules Rules) approval.Verdict {
	return rules.needs().Judge(p.approvals(r, rules), p.request(r), p.People)
}

// needed returns with how many decisions an order is approved at the earliest
// that has these further ones.
func (p Policy) needed(r Record, further ...Decision) int {
	if r.byMandate() && !r.Decided.IsZero() {
		return len(r.Decisions) // see mandateBars for what those of the mandate are worth
	}
	rules := p.strict(r)
	if rules.Needs == nil {
		return rules.Needed + p.staleApprovals(r)
	}
	r.Decisions = slices.Concat(r.Decisions, further)
	n := len(r.Decisions)
	if v := p.verdict(r, rules); !v.Enough() {
		n += max(1, v.Needed-v.Given)
	}
	return n
}

// counts reports why an approval by that person would not count by the rules.
func (p Policy) counts(r Record, rules Rules, by identity.Caller) error {
	if rules.Needs == nil {
		return nil
	}
	who := approval.Approval{
		Person: p.person(partyOf(by.Principal)), Realm: by.Principal.Realm, Roles: by.Principal.Groups, At: p.at, Strength: strengthOf(by),
	}
	why := rules.Needs.Counts(who, p.request(r), p.People)
	if why == "" {
		return nil
	}
	signed := who
	signed.Strength = rules.Needs.Strength
	if rules.Needs.Counts(signed, p.request(r), p.People) == "" {
		if err := p.tooWeak(r, who.Strength >= identity.Passkey); err != nil {
			return err // it says where it would count
		}
	}
	err := fault.New(fault.Forbidden, "your approval does not count by rule %s: %s", ruleNames(*rules.Needs), why).WithField("approval.rules")
	if missing := p.verdict(r, rules).Missing; len(missing) > 0 {
		err = err.WithHint("missing: %s", strings.Join(missing, ", "))
	}
	return err
}

// byDialog says why the answer of the requester in a dialog would not be enough
// by the rules; "" where it would.
func (p Policy) byDialog(r Record, by identity.Caller) string {
	rules := p.strict(r)
	v := rules.Needs.Judge([]approval.Approval{{
		Person: p.person(partyOf(by.Principal)), Realm: by.Principal.Realm, Roles: by.Principal.Groups, At: p.at, Strength: identity.Dialog,
	}}, p.request(r), p.People)
	if v.Enough() {
		return ""
	}
	if rules.Needs.Strength > identity.Dialog {
		return fmt.Sprintf("rule %s takes a %s", ruleNames(*rules.Needs), rules.Needs.Strength)
	}
	return fmt.Sprintf("by rule %s another is needed: %s", ruleNames(*rules.Needs), v)
}

// unapprovable says of an order of which rule nobody could approve it.
func (p Policy) unapprovable(err *fault.Error, r Record, rules Rules) error {
	if no := rules.refused(); no != nil {
		return no
	}
	needed := view.Plural(rules.Needed, "approval")
	if !rules.RequesterMayApprove {
		needed += " by others than " + r.Requester.Name
	}
	parts := []string{needed}
	for _, g := range rules.Needs.Eligible {
		parts = append(parts, "of "+g.String())
	}
	for _, g := range rules.Needs.Including {
		parts = append(parts, "one of "+g.String())
	}
	if rules.Needs.Strength > identity.Dialog {
		parts = append(parts, "by "+rules.Needs.Strength.String())
	}
	return err.WithField("approval.rules").WithHint("rule %s needs %s; see [[approval.rules]], [[people]] and [[roles]]", ruleNames(*rules.Needs), strings.Join(parts, ", "))
}

// tell says in a pending order which rules it is under and what is missing.
func (p Policy) tell(o *Order, r Record) {
	rules := p.strict(r)
	if rules.Needs == nil {
		return
	}
	v := p.verdict(r, rules)
	o.Rule, o.SoFar = ruleNames(*rules.Needs), v.String()
	o.Message += " By rule " + o.Rule + ": " + o.SoFar + "."
	if rules.Needs.Wait > 0 {
		o.Message += " It is sent " + approval.Short(rules.Needs.Wait) + " after its approval, and can be taken back until then."
		o.SoFar += "; sent " + approval.Short(rules.Needs.Wait) + " later"
	}
	o.Approvals.Rules, o.Approvals.Missing = rules.Needs.Rules, v.Missing
}
