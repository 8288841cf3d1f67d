package order

import (
	"fmt"
	"slices"
	"time"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/mandate"
	"didops/internal/money"
	"didops/internal/risk"
	"didops/internal/view"
)

// Elicitation is what may be approved in the dialog of an MCP client.
type Elicitation uint8

// The settings of elicitation.
const (
	ElicitNothing     Elicitation = iota
	ElicitWithinLimit             // purchases up to the two limits
	ElicitEverything
)

// Policy is what may be ordered and who may approve it. Under the zero Policy
// no dialog approves, the requester's own approval does not count, and people
// are sent nowhere.
type Policy struct {
	Limits

	Needed              int // approvals of an order; less than 1 counts as 1
	RequesterMayApprove bool
	ExpiresAfter        time.Duration
	Realms              map[string]RealmPolicy // by the id of the realm; nobody is sent to one that is missing
	Elicitation         Elicitation
	ElicitationLimit    money.Amount // of one order
	ElicitationDayLimit money.Amount // of all orders so approved on a UTC day
	People              []identity.Person

	Rules *approval.Policy // nil = the plain settings alone

	present    bool                     // who is away is not there
	at         time.Time                // now, as delegates count and orders go on to others
	sendWithin time.Duration            // before its window closes a line must be sent
	enrolled   map[string]bool          // who has a passkey; nil = everybody may
	describe   func(Record) []LineTerms // what operations say of lines; nil = nothing
}

// RealmPolicy is what one realm may do about orders. Who of it may approve is
// told by the role of the caller.
type RealmPolicy struct {
	Approves bool   // somebody of it has the role to approve: people are sent there
	Cards    bool   // every order has a card there, and not only those asked for there
	Shared   bool   // several of its principals reach these orders
	Only     string // where it is not shared, the id of the one who does; "" = it is not known

	Approvers []string // the ids of all who have the role; nil = it is not known who they are
	Page      string   // address below which orders have pages, without a slash at its end; "" = they have none
}

// realm returns the policy for a realm.
func (p Policy) realm(id string) RealmPolicy { return p.Realms[id] }

// rules returns what an order asked now needs.
func (p Policy) rules() Rules {
	return Rules{
		Needed: max(1, p.Needed), RequesterMayApprove: p.RequesterMayApprove, NoTerminal: !p.realm(identity.OS).Approves,
		Dialogs: &Dialogs{p.Elicitation, p.ElicitationLimit, p.ElicitationDayLimit},
	}
}

// strict returns the stricter of what an order was asked under and what holds
// at present.
func (p Policy) strict(r Record) Rules {
	asked, now := r.Asked, p.asked(r)
	if was := asked.Dialogs; was != nil {
		now.Dialogs = &Dialogs{
			min(was.Elicitation, now.Dialogs.Elicitation),
			least(was.Limit, now.Dialogs.Limit), least(was.DayLimit, now.Dialogs.DayLimit),
		}
	}
	now.Needs = joined(asked, now)
	now.Needed = max(asked.Needed, now.Needed)
	now.RequesterMayApprove = asked.RequesterMayApprove && now.RequesterMayApprove
	now.NoTerminal = asked.NoTerminal || now.NoTerminal
	return now
}

// least returns the lower of two bounds, of which either may be none.
func least(a, b money.Amount) money.Amount {
	if !a.Known() || b.Known() && b.Cmp(a) < 0 {
		return b
	}
	return a
}

// person returns who a principal is by [[people]], or "".
func (p Policy) person(who identity.Party) string {
	for _, person := range p.People {
		if person.Has(who.Realm, who.ID) {
			return person.Name
		}
	}
	return ""
}

// same reports whether two principals are known to be one person.
func (p Policy) same(a, b identity.Party) bool {
	if a.Is(b) {
		return true
	}
	person := p.person(a)
	return person != "" && person == p.person(b)
}

// differ reports whether two principals are known to be different persons:
// in one realm every id is one, and across realms [[people]] tells.
func (p Policy) differ(a, b identity.Party) bool {
	if p.same(a, b) {
		return false
	}
	return a.Realm == b.Realm || (p.person(a) != "" && p.person(b) != "")
}

// dialog reports why an order may not be approved in the dialog of its
// requester's client.
func (p Policy) dialog(r Record, by identity.Caller, day []Reservation) error {
	rules := p.strict(r)
	no := func(setting, format string, args ...any) error {
		return fault.New(fault.Forbidden, "the dialog of an assistant may not approve this: %s", fmt.Sprintf(format, args...)).WithField("approval." + setting)
	}
	dialogs := rules.Dialogs
	switch {
	case dialogs.Elicitation == ElicitNothing:
		return no("elicitation", "elicitation is off")
	case !by.Principal.Elicits:
		return no("elicitation", "this client may not ask for approvals")
	case !partyOf(by.Principal).Is(r.Requester):
		return no("elicitation", "only the requester is asked there")
	case !rules.RequesterMayApprove:
		return no("requester_may_approve", "the requester may not approve")
	case rules.Needed > 1:
		return no("approvals_needed", "%d approvals are needed", rules.Needed)
	case rules.Needs != nil && p.byDialog(r, by) != "":
		return no("rules", "%s", p.byDialog(r, by))
	case r.Tool == mandate.Operation:
		return no("elicitation", "a mandate is approved by people, outside of assistants")
	case dialogs.Elicitation == ElicitEverything:
		return nil
	case r.Risk != risk.Spend:
		return no("elicitation", "only purchases are within its limit")
	case over(r.DueNow(), dialogs.Limit):
		return no("elicitation_limit", "%s %s is over the limit of %s", priced(r.DueNow()), r.Currency, dialogs.Limit)
	}
	sum := r.DueNow()
	for _, d := range day {
		if d.Dialog {
			sum = sum.Add(d.due())
		}
	}
	if over(sum, dialogs.DayLimit) {
		return no("elicitation_day_limit", "with it %s %s would be approved so today, over the limit of %s", priced(sum), r.Currency, dialogs.DayLimit)
	}
	return nil
}

// mayApprove reports why an approval by that person would not count.
func (p Policy) mayApprove(r Record, by identity.Caller, day []Reservation) error {
	if r.drill() {
		return p.mayAnswer(r, by)
	}
	who := partyOf(by.Principal)
	rules := p.strict(r)
	if err := rules.refused(); err != nil {
		return err
	}
	if by.Frontend.Model() {
		if err := p.dialog(r, by, day); err != nil {
			return err
		}
	} else if err := rules.trusts(by); err != nil {
		return err
	}
	if !rules.RequesterMayApprove && p.wanted(r, who) {
		than := "its requester"
		if p.differ(who, r.Requester) {
			than = "who set an address in it"
		}
		return fault.New(fault.Forbidden, "an order needs the approval of another person than %s", than).
			WithField("approval.requester_may_approve").
			WithHint("ask somebody else; across surfaces [[people]] must say who is who")
	}
	for _, d := range r.Decisions {
		switch {
		case p.same(who, d.By):
			return fault.New(fault.Conflict, "you have approved it already; another person is needed")
		case !p.differ(who, d.By):
			return fault.New(fault.Forbidden, "it can't be told whether you and %s are two persons", named(d.By)).
				WithField("people").WithHint("name both under [[people]]")
		}
	}
	return p.counts(r, rules, by)
}

// staleApprovals counts the approvals given so far that do not count any more, under
// the stricter of what the order was asked under and what holds at present.
func (p Policy) staleApprovals(r Record) int {
	rules, n := p.strict(r), 0
	for i := range r.Decisions {
		if p.stale(r, rules, i) {
			n++
		}
	}
	return n
}

// stale reports whether an approval is another one of a person who has approved
// before, or the requester's where that does not count.
func (p Policy) stale(r Record, rules Rules, i int) bool {
	by := r.Decisions[i].By
	twice := slices.ContainsFunc(r.Decisions[:i], func(o Decision) bool { return !p.differ(o.By, by) })
	return twice || !rules.RequesterMayApprove && p.wanted(r, by)
}

// wanted reports whether somebody asked for what an order does, or may have: its
// requester, and who set an address in it by an edit.
func (p Policy) wanted(r Record, who identity.Party) bool {
	return !p.differ(who, r.Requester) || slices.ContainsFunc(r.routedBy(), func(o identity.Party) bool { return !p.differ(who, o) })
}

// wantedBy reports whether a person of [[people]] did; where it is not known who
// somebody of those is, everybody may have been.
func (p Policy) wantedBy(r Record, name string) bool {
	return slices.ContainsFunc(append(r.routedBy(), r.Requester), func(o identity.Party) bool {
		is := p.person(o)
		return is == "" || is == name
	})
}

// closed reports whether a realm was closed for approvals.
func (r Rules) closed(realm string) bool { return realm == identity.OS && r.NoTerminal }

// trusts reports why the caller's realm is not trusted with approvals.
func (r Rules) trusts(by identity.Caller) error {
	switch {
	case by.Principal.Role < identity.Approver:
		return fault.New(fault.Forbidden, "%s may not approve", by.Principal).WithHint("the role %s is needed", identity.Approver)
	case !identity.RealmOf(by.Principal.Realm).MayApprove:
		return fault.New(fault.Forbidden, "%s may not approve: nobody %s may", by.Principal, identity.RealmOf(by.Principal.Realm).Name)
	case r.closed(by.Principal.Realm):
		return fault.New(fault.Forbidden, "the terminal may not approve").WithField("approval.terminal").
			WithHint(`it is closed by [approval] terminal = "off"`)
	}
	return nil
}

// decidesIn reports whether an approval by somebody of a realm could count,
// given by whoever reaches the order there.
func (p Policy) decidesIn(realm identity.Realm, r Record) bool {
	open := p.realm(realm.ID)
	switch {
	case !p.open(realm, p.strict(r)) || !p.strict(r).proven(realm):
		return false
	case open.Approvers != nil:
		return slices.ContainsFunc(open.Approvers, func(id string) bool {
			who := identity.Principal{Realm: realm.ID, ID: id, Role: identity.Approver}
			return p.mayApprove(r, identity.Caller{Frontend: identity.FrontWeb, Principal: who}, nil) == nil
		})
	case realm.Apart || open.Shared || open.Only == "":
		return true
	}
	only := identity.Principal{Realm: realm.ID, ID: open.Only, Role: identity.Approver}
	return p.mayApprove(r, identity.Caller{Frontend: identity.FrontShell, Principal: only}, nil) == nil
}

// open reports whether people of a realm are sent there to approve.
func (p Policy) open(realm identity.Realm, rules Rules) bool {
	return realm.MayApprove && p.realm(realm.ID).Approves && !rules.closed(realm.ID)
}

// anywhere reports whether any realm is open for approvals.
func (p Policy) anywhere() bool {
	return slices.ContainsFunc(identity.Realms(), func(realm identity.Realm) bool { return realm.MayApprove && p.realm(realm.ID).Approves })
}

// inDialog says how an order is approved that nobody could approve in a realm.
func (p Policy) inDialog(r Record) string {
	rules := p.strict(r)
	if !rules.byDialogs() {
		return "Nobody can approve it as [approval] and [[people]] in the configuration are at present."
	}
	return "To approve it, answer in the dialog of the assistant, which asks when the same is asked for again."
}

// approvable reports, before a person is bothered, that nobody could approve an
// order of that requester.
func (p Policy) approvable(r Record, by identity.Caller, day []Reservation) error {
	if p.possible(r) || p.dialog(r, by, day) == nil {
		return nil
	}
	err := fault.New(fault.Forbidden, "nobody could approve this, so it is not asked for")
	if !p.anywhere() {
		return err.WithField("approval.terminal").WithHint(`open a way: [approval] terminal = "on"`)
	}
	rules := p.strict(r)
	if names := p.unenrolled(r, rules); len(names) > 0 {
		return unsigned(err, names)
	}
	if rules.Needs != nil {
		return p.unapprovable(err, r, rules)
	}
	needed := view.Plural(rules.Needed, "approval")
	if !rules.RequesterMayApprove {
		needed += " by others than " + r.Requester.Name
	}
	return err.WithField("people").
		WithHint("needed: %s; name who is who under [[people]], or change requester_may_approve and approvals_needed under [approval]", needed)
}

// Approvable reports whether enough persons could approve, outside of dialogs,
// what that requester asks for.
func (p Policy) Approvable(requester identity.Party) bool {
	return p.possible(Record{Requester: requester, Asked: p.rules()})
}

// possible reports whether approvals outside of dialogs could be enough. In a
// realm whose ids are persons, or that several share, the others are there;
// otherwise they are those of [[people]].
func (p Policy) possible(r Record) bool {
	rules := p.strict(r)
	if rules.Needs != nil {
		return p.satisfiable(r, rules)
	}
	if rules.Needed == 1 && rules.RequesterMayApprove {
		return slices.ContainsFunc(identity.Realms(), func(realm identity.Realm) bool { return p.open(realm, rules) })
	}
	for _, realm := range identity.Realms() {
		others := p.open(realm, rules) && p.crowded(realm)
		if others && (rules.RequesterMayApprove || r.Requester.Realm == realm.ID) {
			return true
		}
	}
	if p.person(r.Requester) == "" && !rules.RequesterMayApprove {
		return false // nobody is known to be somebody else
	}
	return p.reachable(r, rules) >= rules.Needed
}

// reachable counts the persons who are known and could approve something that
// the requester asked for.
func (p Policy) reachable(r Record, rules Rules) int {
	enough := 0
	for _, person := range p.People {
		here := slices.ContainsFunc(identity.Realms(), func(realm identity.Realm) bool { return p.reaches(person, realm, rules) })
		if here && (rules.RequesterMayApprove || !p.wantedBy(r, person.Name)) {
			enough++
		}
	}
	return enough
}

// reaches reports whether a person could approve in a realm.
func (p Policy) reaches(person identity.Person, realm identity.Realm, rules Rules) bool {
	open, id := p.realm(realm.ID), person.IDs[realm.ID]
	return id != "" && p.open(realm, rules) && (realm.Apart || open.Shared || realm.Same(id, open.Only) || slices.Contains(open.Approvers, id))
}

func partyOf(who identity.Principal) identity.Party {
	return identity.Party{Realm: who.Realm, ID: who.ID, Name: clean(who.Name), Client: clean(who.Client)}
}
