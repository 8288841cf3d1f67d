package identity

import (
	"slices"
	"strings"
	"time"

	"didops/internal/view"
)

// Person joins the principals of one person: an id for each realm.
type Person struct {
	Name string
	IDs  map[string]string // by the id of the realm; none where the person is not known there

	Roles    []string // names that rules of approval and the page use
	Away     []Period // in order of time
	Delegate string   // name of the person who counts for this one while it is away; "" = nobody
}

// Period is a time from a moment on, and before another.
type Period struct{ From, Until time.Time }

// Holds reports whether a moment is within the period.
func (p Period) Holds(at time.Time) bool { return !at.Before(p.From) && at.Before(p.Until) }

// AwayAt reports whether the person is away at a moment.
func (p Person) AwayAt(at time.Time) bool {
	return slices.ContainsFunc(p.Away, func(away Period) bool { return away.Holds(at) })
}

// Has reports whether a principal of a realm is the person.
func (p Person) Has(realm, id string) bool {
	own := p.IDs[realm]
	return own != "" && RealmOf(realm).Same(own, id)
}

// Party is a principal as it is kept with an order.
type Party struct {
	Realm  string `json:"Surface"` // the id of the realm, under the name that stores have it by
	ID     string
	Name   string
	Client string // the program in between, as it calls itself
}

// String returns realm:id.
func (p Party) String() string { return p.Realm + ":" + p.ID }

// ParseParty reads what String wrote.
func ParseParty(s string) Party {
	realm, id, _ := strings.Cut(s, ":")
	return Party{Realm: realm, ID: id}
}

// Key returns realm:id, the same for all spellings of the id that are one.
func (p Party) Key() string { return p.Realm + ":" + RealmOf(p.Realm).Key(p.ID) }

// Is reports whether two parties are one principal.
func (p Party) Is(o Party) bool { return p.Realm == o.Realm && RealmOf(p.Realm).Same(p.ID, o.ID) }

// PublicParty is a party as everybody may see it who sees the order.
type PublicParty struct {
	Realm string `json:"surface"`
	Name  string `json:"name" quoted:"true"`
}

// String names the party as people do, the name as what somebody calls
// themselves: “alice” (on this machine).
func (p PublicParty) String() string { return view.Quoted(p.Name) + " (" + RealmOf(p.Realm).Name + ")" }
