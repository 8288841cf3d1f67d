package chat

import (
	"fmt"
	"slices"
	"strings"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/tools"
)

// Roles are ids of a chat's roles.
type Roles struct {
	Readers    []string // empty = every member
	Requesters []string // empty = nobody
	Approvers  []string // empty = nobody
	Called     []string // those of Approvers that a new card notifies; empty = none

	Groups map[string][]string // names of roles that rules of approval use, by the ids of those here
}

// User is who sent a request, as the chat vouches for with every request
// anew.
type User struct {
	ID    string
	Name  string   // for people, cleaned
	Roles []string // ids
}

// member is a user and what the user may do. Roles of the gate are levels, and
// an approver there may ask for changes as well; here the two are roles of
// their own, so both are kept.
type member struct {
	principal identity.Principal
	requests  bool // may ask for changes
	decides   bool // may approve and reject
}

// admit returns who sent a request, or why the user is not answered.
func (s *Service) admit(u User) (member, error) {
	roles := s.c.Roles()
	has := func(wanted []string) bool {
		return slices.ContainsFunc(wanted, func(id string) bool { return slices.Contains(u.Roles, id) })
	}
	m := member{
		principal: identity.Principal{Realm: s.c.Realm, ID: u.ID, Name: u.Name},
		requests:  has(roles.Requesters), decides: has(roles.Approvers),
	}
	for _, id := range u.Roles {
		m.principal.Groups = append(m.principal.Groups, roles.Groups[id]...)
	}
	slices.Sort(m.principal.Groups)
	m.principal.Groups = slices.Compact(m.principal.Groups)
	switch {
	case m.decides:
		m.principal.Role = identity.Approver
	case m.requests:
		m.principal.Role = identity.Requester
	case len(roles.Readers) == 0 || has(roles.Readers):
		m.principal.Role = identity.Reader
	default:
		return member{}, &RoleError{"This needs the role %s.", roles.Readers}
	}
	return m, nil
}

// mayCall returns why the member may not call an operation, with the role that
// it needs.
func (t *session) mayCall(tool *tools.Tool) error {
	switch {
	case tool.Decides(), tool.Needs() == identity.Approver:
		return t.mayDecide()
	case tool.Orders() || tool.Needs() == identity.Requester:
		return t.mayRequest()
	}
	return nil
}

func (t *session) mayRequest() error {
	if t.who.requests {
		return nil
	}
	roles := t.c.Roles().Requesters
	if len(roles) == 0 {
		return fault.New(fault.Forbidden, "nobody may ask for changes on %s", t.c.Name).
			WithHint("an operator can name roles in requester_roles under [%s]", t.c.Realm)
	}
	return &RoleError{"Only members with the role %s may ask for changes.", roles}
}

func (t *session) mayDecide() error {
	if t.who.decides {
		return nil
	}
	roles := t.c.Roles().Approvers
	if len(roles) == 0 {
		return fault.New(fault.Forbidden, "nobody can decide orders on %s", t.c.Name).
			WithHint("an operator can name roles in approver_roles under [%s]", t.c.Realm)
	}
	return &RoleError{"Only members with the role %s decide orders.", roles}
}

// RoleError says which roles are needed for what. It is no fault, because the
// names of roles are the chat's to draw.
type RoleError struct {
	what  string // "Only members with the role %s …"
	roles []string
}

// Error implements error, with the roles' ids.
func (e *RoleError) Error() string { return e.Text(func(role string) string { return role }) }

// Text returns the sentence in the chat's markup, of which name draws a role
// by its id.
func (e *RoleError) Text(name func(role string) string) string {
	var list []string
	for _, id := range e.roles {
		list = append(list, name(id))
	}
	return fmt.Sprintf(e.what, strings.Join(list, " or "))
}
