package order

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/identity"
)

// crowded reports whether there are others in a realm than those that
// [[people]] names: its ids are persons, or several users share the orders.
func (p Policy) crowded(realm identity.Realm) bool {
	return (realm.Apart || p.realm(realm.ID).Shared) && !realm.Named
}

// satisfiable reports whether enough persons could approve by rules, now or
// when the order has gone on to others: those of [[people]] together, or those
// of one realm with whoever else is there.
func (p Policy) satisfiable(r Record, rules Rules) bool {
	needs := rules.needs()
	if needs.Refused() {
		return false
	}
	return slices.ContainsFunc(p.moments(r, needs), func(at time.Time) bool {
		if p.enough(r, needs, p.able(r, rules, identity.Realms(), at), 0) {
			return true
		}
		return slices.ContainsFunc(identity.Realms(), func(realm identity.Realm) bool {
			sole, there := p.sole(r, rules, realm, at)
			return there && p.enough(r, needs, []Able{sole}, 0) || p.amongOthers(r, rules, realm, at)
		})
	})
}

// moments returns now and when an order goes on to others, before it expires.
func (p Policy) moments(r Record, needs approval.Needs) []time.Time {
	list, end := []time.Time{p.at}, p.end(r, needs)
	for _, e := range needs.Escalate {
		if at := r.Created.Add(e.After); end.IsZero() || at.Before(end) {
			list = append(list, later(p.at, at))
		}
	}
	return list
}

// end returns when an order expires; zero where that is not said.
func (p Policy) end(r Record, needs approval.Needs) time.Time {
	after := cmp.Or(needs.ExpiresAfter, p.ExpiresAfter)
	if !r.Expires.IsZero() || after == 0 {
		return r.Expires
	}
	return r.Created.Add(after)
}

// unenrolled returns who could approve an order and has no passkey, where for want
// of theirs nobody could.
func (p Policy) unenrolled(r Record, rules Rules) []string {
	everybody := p
	everybody.enrolled = nil
	if p.enrolled == nil || rules.strength() < identity.Passkey || !everybody.satisfiable(r, rules) {
		return nil
	}
	var names []string
	for _, at := range everybody.moments(r, rules.needs()) {
		for _, a := range everybody.able(r, rules, identity.Realms(), at) {
			if !p.enrolled[a.Name] && !slices.Contains(names, a.Name) {
				names = append(names, a.Name)
			}
		}
	}
	return names
}

// unsigned says of an order that nobody could approve which people's passkeys it
// lacks.
func unsigned(err *fault.Error, names []string) error {
	each := "has none"
	if len(names) > 1 {
		each = "have none"
	}
	return err.WithField("approval.rules").WithHint("it takes passkeys, and %s %s: an operator makes a link to enrol one by didops passkeys enrol %s",
		strings.Join(names, ", "), each, names[0])
}

// knowing returns the policy with who has a passkey, where an order needs one.
func (e *Engine) knowing(tx Tx, p Policy, r Record) (Policy, error) {
	if e.Passkeys == nil || p.needs(r).Strength < identity.Passkey {
		return p, nil
	}
	var err error
	p.enrolled, err = e.Passkeys.Enrolled(tx)
	return p, err
}

// Able is somebody who could approve an order.
type Able struct {
	Name string // of [[people]]
	approval.Approval
}

// able returns the persons of [[people]] whose approvals could count at a moment
// in one of some realms.
func (p Policy) able(r Record, rules Rules, realms []identity.Realm, at time.Time) []Able {
	var list []Able
	for _, person := range p.People {
		if rules.strength() >= identity.Passkey && p.enrolled != nil && !p.enrolled[person.Name] {
			continue
		}
		if p.present && person.AwayAt(at) || !rules.RequesterMayApprove && p.wantedBy(r, person.Name) {
			continue
		}
		for _, realm := range realms {
			a := approval.Approval{Person: person.Name, Realm: realm.ID, At: at, Strength: max(identity.Click, realm.Proves)}
			if p.reaches(person, realm, rules) && rules.needs().Counts(a, p.request(r), p.People) == "" {
				list = append(list, Able{person.Name, a})
				break
			}
		}
	}
	return list
}

// enough reports whether those who are able are, with so many others.
func (p Policy) enough(r Record, needs approval.Needs, able []Able, others int) bool {
	list := make([]approval.Approval, 0, len(able))
	for _, a := range able {
		list = append(list, a.Approval)
	}
	needs.Count = max(0, needs.Count-others)
	return needs.Judge(list, p.request(r), p.People).Enough()
}

// sole returns the one user who reaches orders in a realm, where [[people]] does
// not name them. Nobody can tell them from somebody in another realm.
func (p Policy) sole(r Record, rules Rules, realm identity.Realm, at time.Time) (Able, bool) {
	open := p.realm(realm.ID)
	who := identity.Party{Realm: realm.ID, ID: open.Only}
	if !p.open(realm, rules) || realm.Apart || open.Shared || open.Only == "" || p.person(who) != "" {
		return Able{}, false
	}
	other := r.Requester.Realm == realm.ID && !realm.Same(r.Requester.ID, open.Only)
	a := approval.Approval{Realm: realm.ID, At: at, Strength: max(identity.Click, realm.Proves)}
	return Able{"the user " + open.Only, a}, rules.RequesterMayApprove || other
}

// amongOthers reports whether those of one realm could approve, of whom not
// everybody is named.
func (p Policy) amongOthers(r Record, rules Rules, realm identity.Realm, at time.Time) bool {
	needs := rules.needs()
	other, there := p.other(r, rules, realm, at)
	if !there || needs.Counts(other.Approval, p.request(r), p.People) != "" {
		return false
	}
	here := p.able(r, rules, []identity.Realm{realm}, at)
	return p.enough(r, needs, append(here, other), needs.Count)
}

// other returns somebody of a realm whom [[people]] does not name, with all
// roles that the realm knows.
func (p Policy) other(r Record, rules Rules, realm identity.Realm, at time.Time) (Able, bool) {
	if !p.open(realm, rules) || !p.crowded(realm) || !rules.RequesterMayApprove && r.Requester.Realm != realm.ID {
		return Able{}, false
	}
	a := approval.Approval{Realm: realm.ID, At: at, Strength: max(identity.Click, realm.Proves)}
	if realm.ID == identity.Discord && p.Rules != nil {
		for _, role := range p.Rules.Config().Roles {
			a.Roles = append(a.Roles, role.Name)
		}
	}
	return Able{Approval: a}, true
}
