package identity

import "didops/internal/view"

// Person joins the principals of one person: an id for each realm.
type Person struct {
	Name string
	IDs  map[string]string // by the id of the realm; none where the person is not known there
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

// PublicParty is a party as everybody may see it who sees the order.
type PublicParty struct {
	Realm string `json:"surface"`
	Name  string `json:"name" quoted:"true"`
}

// String names the party as people do, the name as what somebody calls
// themselves: “alice” (on this machine).
func (p PublicParty) String() string { return view.Quoted(p.Name) + " (" + RealmOf(p.Realm).Name + ")" }
