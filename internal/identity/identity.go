// Package identity says who asks and decides: principals, the realms that
// tell them apart, the roles that they have, and the persons behind them.
//
// A [Principal] is somebody in a realm, for one request. A [Party] is the same
// as it is kept with an order. A [Caller] is a principal and the front end that
// it came through. A [Person] joins principals of one human being.
package identity

// Role is what a principal may ask for.
type Role uint8

// The roles; the zero Role may do nothing.
const (
	Reader    Role = iota + 1 // operations that read
	Requester                 // also ask for what needs an approval
	Approver                  // also decide what others ask for
)

// String returns the role as the configuration spells it.
func (r Role) String() string {
	switch r {
	case Reader:
		return "reader"
	case Requester:
		return "requester"
	case Approver:
		return "approver"
	}
	return "none"
}

// Principal is who asks: a realm and an id in it, such as os:alice,
// http:claude-team or discord:123.
type Principal struct {
	Realm   string // the id of the realm
	ID      string
	Name    string // for people
	Client  string // the program in between, as it calls itself; may be empty
	Role    Role
	Elicits bool // its client's dialogs may approve, as far as the limits go

	// Groups are names of roles that rules of approval speak of, and not the
	// Role: those that its realm knows it to have. What [[people]] says of it
	// need not be among them.
	Groups []string
}

// String returns realm:id.
func (p Principal) String() string { return p.Realm + ":" + p.ID }

// Caller is who asks, and through what.
type Caller struct {
	Principal Principal
	Frontend  Frontend
}
