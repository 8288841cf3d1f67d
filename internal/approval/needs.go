package approval

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"didops/internal/identity"
)

// Who names whom a rule speaks of. Exactly one of its fields is set.
type Who struct {
	Role   string `json:"role,omitempty"`
	Person string `json:"person,omitempty"` // by [[people]]
	Realm  string `json:"realm,omitempty"`  // everybody of it
}

// String names them in a sentence.
func (w Who) String() string {
	switch {
	case w.Role != "":
		return w.Role
	case w.Person != "":
		return w.Person
	}
	return identity.RealmOf(w.Realm).Name
}

func compareWho(a, b Who) int {
	return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Person, b.Person), cmp.Compare(a.Realm, b.Realm))
}

// Group is a set of people: whoever is one of Of and, where it went on to
// others, one of Later.
type Group struct {
	Of    []Who         `json:"of"`
	After time.Duration `json:"after,omitempty"` // since the request, from when on Later are of it as well
	Later []Who         `json:"later,omitempty"`
}

// String names the group in a sentence: "finance or Bob".
func (g Group) String() string { return either(g.Of) }

func either(list []Who) string {
	names := make([]string, 0, len(list))
	for _, w := range list {
		names = append(names, w.String())
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " or " + names[last]
	}
	return strings.Join(names, "")
}

func compareGroups(a, b Group) int {
	return cmp.Or(
		slices.CompareFunc(a.Of, b.Of, compareWho), cmp.Compare(a.After, b.After), slices.CompareFunc(a.Later, b.Later, compareWho))
}

// Refusal is that nobody may approve, by a rule.
type Refusal struct {
	Rule    string `json:"rule"`
	Message string `json:"message,omitempty"` // of who wrote the rule
}

func compareRefusals(a, b Refusal) int {
	return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
}

// Escalation is to whom an order goes that nobody decided in time.
type Escalation struct {
	After time.Duration `json:"after"` // since the request
	To    []Who         `json:"to"`    // who are told, and count where rules name who does
}

func compareEscalations(a, b Escalation) int {
	return cmp.Or(cmp.Compare(a.After, b.After), slices.CompareFunc(a.To, b.To, compareWho))
}

// Needs is what an order needs in order to be approved, and what else rules
// demand. All lists are sorted and without repetition; durations are kept in
// nanoseconds.
type Needs struct {
	Rules     []string  `json:"rules,omitempty"` // by whose names it is joined
	Refuse    []Refusal `json:"refuse,omitempty"`
	Count     int       `json:"count"`               // approvals by as many persons
	Eligible  []Group   `json:"eligible,omitempty"`  // an approval counts that is of each of them; none = everybody's who may approve
	Including []Group   `json:"including,omitempty"` // at least one approval that counts is of each of them

	Strength        identity.Strength `json:"strength,omitzero"` // at least; zero = any
	RequesterCounts bool              `json:"requester_counts,omitempty"`

	Wait         time.Duration   `json:"wait,omitempty"`          // between the approval and the send
	ExpiresAfter time.Duration   `json:"expires_after,omitempty"` // from the request to the decision; 0 = not said
	Remind       []time.Duration `json:"remind,omitempty"`        // after the request
	Escalate     []Escalation    `json:"escalate,omitempty"`
}

// Join returns what is needed where both apply: never less than either.
func (n Needs) Join(o Needs) Needs {
	return Needs{
		Rules:     union(n.Rules, o.Rules, cmp.Compare[string]),
		Refuse:    union(n.Refuse, o.Refuse, compareRefusals),
		Count:     max(n.Count, o.Count),
		Eligible:  union(n.Eligible, o.Eligible, compareGroups),
		Including: union(n.Including, o.Including, compareGroups),

		Strength:        max(n.Strength, o.Strength),
		RequesterCounts: n.RequesterCounts && o.RequesterCounts,

		Wait:         max(n.Wait, o.Wait),
		ExpiresAfter: shorter(n.ExpiresAfter, o.ExpiresAfter),
		Remind:       sooner(n.Remind, o.Remind),
		Escalate:     union(n.Escalate, o.Escalate, compareEscalations),
	}
}

// Refused reports whether nobody may approve.
func (n Needs) Refused() bool { return len(n.Refuse) > 0 }

// union returns what either list has, sorted, each once; nil for nothing.
func union[T any](a, b []T, compare func(T, T) int) []T {
	all := slices.Concat(a, b)
	if len(all) == 0 {
		return nil
	}
	slices.SortFunc(all, compare)
	return slices.CompactFunc(all, func(a, b T) bool { return compare(a, b) == 0 })
}

// shorter returns the lesser of two durations, of which 0 is none.
func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// sooner returns the list that begins earlier and, of two that begin alike,
// goes on earlier or longer.
func sooner(a, b []time.Duration) []time.Duration {
	for i := range min(len(a), len(b)) {
		switch {
		case a[i] < b[i]:
			return a
		case b[i] < a[i]:
			return b
		}
	}
	if len(a) < len(b) {
		return b
	}
	return a
}
