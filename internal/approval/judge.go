package approval

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/identity"
	"didops/internal/view"
)

// Approval is one person's, as rules look at it.
type Approval struct {
	Person   string // by [[people]]; "" = not joined
	Realm    string
	Roles    []string // that the surface knows; those of [[people]] are added
	At       time.Time
	Strength identity.Strength
}

// Request is what is approved, as far as it tells who counts.
type Request struct {
	Person string    // who asked, by [[people]]; "" = not joined
	At     time.Time // when
}

// Verdict is how far the approvals of an order go.
type Verdict struct {
	Given   int      `json:"given"`        // that count
	Needed  int      `json:"needed"`       // by the rules' count alone
	Of      []string `json:"of,omitempty"` // of whom each has to be, in words; none = of anybody who may approve
	Missing []string `json:"missing"`
}

// Enough reports whether nothing is missing.
func (v Verdict) Enough() bool { return len(v.Missing) == 0 }

// String says how far they go: "1 of 2 approvals; one of finance is missing".
func (v Verdict) String() string {
	text := fmt.Sprintf("%d of %s", min(v.Given, v.Needed), view.Plural(v.Needed, "approval")) + v.of()
	var also []string
	for _, m := range v.Missing {
		if strings.HasPrefix(m, "one of ") {
			also = append(also, m)
		}
	}
	if len(also) > 0 {
		text += "; " + strings.Join(also, ", ")
	}
	return text
}

func (v Verdict) of() string {
	if len(v.Of) == 0 {
		return ""
	}
	return " of " + strings.Join(v.Of, ", and of ")
}

// Counts returns why an approval does not count; "" where it does. That it is
// the requester's own, or a second one of the same person, is for the caller to
// know.
func (n Needs) Counts(a Approval, q Request, people People) string {
	if n.Refused() {
		return "rule " + view.Quoted(n.Refuse[0].Rule) + " refuses it"
	}
	if a.Strength < n.Strength {
		return "it takes a " + n.Strength.String()
	}
	for _, g := range n.Eligible {
		if !n.within(g, a, q, people) {
			return "only those of " + g.at(a.At.Sub(q.At)) + " count"
		}
	}
	return ""
}

// at names those who are of the group so long after the request.
func (g Group) at(age time.Duration) string {
	if len(g.Later) > 0 && age >= g.After {
		return either(union(g.Of, g.Later, compareWho))
	}
	return either(g.Of)
}

// within reports whether an approval is of a group.
func (n Needs) within(g Group, a Approval, q Request, people People) bool {
	of := g.Of
	if len(g.Later) > 0 && !a.At.Before(q.At.Add(g.After)) {
		of = slices.Concat(g.Of, g.Later)
	}
	for _, name := range people.StandsFor(a.Person, a.At) {
		if name == q.Person && name != a.Person && !n.RequesterCounts {
			continue // whom the requester sends counts where the requester would
		}
		who := Requester{Person: name, Realm: a.Realm, Roles: slices.Concat(a.Roles, people.RolesOf(name))}
		if slices.ContainsFunc(of, who.is) {
			return true
		}
	}
	return false
}

// Judge returns how far approvals go, each of another person.
func (n Needs) Judge(approvals []Approval, q Request, people People) Verdict {
	v := Verdict{Needed: n.Count, Missing: []string{}}
	for _, g := range n.Eligible {
		v.Of = append(v.Of, g.String())
	}
	var counting []Approval
	for _, a := range approvals {
		if n.Counts(a, q, people) == "" {
			counting = append(counting, a)
		}
	}
	v.Given = len(counting)
	if left := n.Count - v.Given; left > 0 {
		v.Missing = append(v.Missing, view.Plural(left, "approval")+v.of())
	}
	for _, g := range n.Including {
		if !slices.ContainsFunc(counting, func(a Approval) bool { return n.within(g, a, q, people) }) {
			v.Missing = append(v.Missing, "one of "+g.String()+" is missing")
		}
	}
	for _, r := range n.Refuse {
		v.Missing = append(v.Missing, "rule "+view.Quoted(r.Rule)+" refuses it")
	}
	return v
}
