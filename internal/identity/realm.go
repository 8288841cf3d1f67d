package identity

import (
	"strings"
	"unicode"
)

// The ids of the realms, as they are kept with orders and configured.
const (
	OS      = "os"      // users of the operating system, at a terminal or behind MCP on standard input
	HTTP    = "http"    // programs with a token of their own
	Discord = "discord" // members of a server
	Web     = "web"     // people at the page
	Job     = "job"     // the program itself, by its clock
)

// Realm is where ids of principals are of: what people of it may do, and how
// one of them decides an order. Realms are entries of a table and nothing
// else: a further one is a further entry.
type Realm struct {
	ID         string
	Name       string // as it follows somebody's name: "on this machine"; "" = the id
	MayApprove bool   // somebody of it may decide orders, on a front end of its own
	Secrets    bool   // what is said there goes through nobody's hands, so it may hold a secret
	Sees       Sight
	AnyCase    bool // ids are the same in whatever case they are written
	Apart      bool // every id is known to be another person, who reaches every order there
	Named      bool // its ids are names of [[people]], and nobody else is there

	// Proves is how strong decisions there can be; 0 where nobody decides.
	Proves Strength

	// ByCard and ByCommand say to a person how to approve an order there, by the
	// message that shows it or by what has to be typed, and Refusal how to say
	// no, where nothing was said of its command, or behind that command; {order}, {program}, {where} and {page} stand for what belongs there. "" =
	// there is no such way.
	ByCard, ByCommand, Refusal, OrRefuse string
	// ToAnswer says to who asked for an order how to answer what was asked back,
	// likewise.
	ToAnswer string
}

// Sight is which orders a principal of a realm may see.
type Sight uint8

// The sights.
const (
	SeesOwn        Sight = iota // those that this very principal asked for
	SeesPerson                  // as an approver all; else those that the person asked for
	SeesEverything              // all
)

// Realms returns all realms, in the order in which people are told of them.
func Realms() []Realm {
	return []Realm{
		{
			ID: OS, Name: "on this machine", MayApprove: true, Proves: Click, Secrets: true, Sees: SeesEverything, AnyCase: true,
			ByCommand: "To approve it, type in {where}: {program} order approve {order}",
			Refusal:   "To say no, type in {where}: {program} order reject {order}",
			OrRefuse:  " (or reject, to say no)",
			ToAnswer:  `Its requester answers in a terminal: {program} order answer {order} "…"`,
		},
		{
			ID: Discord, Name: "Discord", MayApprove: true, Proves: Click, Sees: SeesPerson, Apart: true,
			ByCard:    "To approve it on Discord, press the button on its card.",
			ByCommand: "To approve it on Discord, type there: /order approve id:{order}",
			ToAnswer:  "Its requester answers on Discord, by the button on its card.",
		},
		{
			ID: Web, Name: "on the web page", MayApprove: true, Sees: SeesPerson, Named: true, Proves: Passkey,
			ByCommand: "To approve it on the web page, open {page}/orders/{order}",
			ToAnswer:  "Its requester answers on the order's page.",
		},
		{ID: HTTP, Name: "over HTTP", ToAnswer: "Its requester answers by the operation order_answer."},
		{ID: Job, Name: "by the clock"},
	}
}

// RealmOf returns the realm with that id. One that is not known may do
// nothing, and sees what is its own.
func RealmOf(id string) Realm {
	for _, r := range Realms() {
		if r.ID == id {
			return r
		}
	}
	return Realm{ID: id, Name: id}
}

// Same reports whether two ids of the realm are one.
func (r Realm) Same(a, b string) bool { return a == b || r.AnyCase && strings.EqualFold(a, b) }

// Key returns an id of the realm, the same for all of its spellings that are one
// (see Same).
func (r Realm) Key(id string) string {
	if !r.AnyCase {
		return id
	}
	return strings.Map(func(c rune) rune {
		least := c
		for next := unicode.SimpleFold(c); next != c; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, id)
}

// Place puts what belongs there into a sentence of the realm's.
func (r Realm) Place(sentence, where, program, order string) string {
	return strings.NewReplacer("{where}", where, "{program}", program, "{order}", order).Replace(sentence)
}
