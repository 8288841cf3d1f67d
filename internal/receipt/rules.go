package receipt

import (
	"fmt"
	"slices"

	"didops/internal/audit"
	"didops/internal/view"
)

// rules is what of the terms says how an order is approved, as far as a receipt
// can tell whether it was: who may approve, it can't.
type rules struct {
	Needed int `json:"Needed"`
	Needs  struct {
		Count    int    `json:"count"`
		Strength string `json:"strength"`
	} `json:"Needs"`
}

// rank orders strengths; see identity.Strength. -1: it is none.
func rank(strength string) int {
	return slices.Index([]string{"", "dialog", "click", passkey}, strength)
}

// meets reports whether an approval is as strong as wanted. Nothing meets a
// strength that is not known.
func (r rules) meets(e audit.Entry) bool {
	given := ""
	if e.Decision != nil {
		given = e.Decision.Strength
	}
	wanted := rank(r.Needs.Strength)
	return wanted >= 0 && rank(given) >= wanted
}

// approvals holds the approvals before the first send against the terms. That
// there is none at all proves a fault of didops or of its trail. That there are
// fewer, or weaker ones, than the terms want is told.
func (v *verification) approvals() error {
	r := v.about.Rules
	by, approved := map[string]bool{}, false
	for _, e := range v.list {
		switch e.Event {
		case "mandate used":
			return nil // it stands for all approvals; its limits are not in the receipt
		case "approved":
			approved = true
			if r.meets(e) {
				by[approver(e)] = true
			}
		case "sent":
			needed := max(r.Needed, r.Needs.Count)
			switch {
			case !approved:
				return fmt.Errorf("entry %d sent the order, and nobody had approved it", e.Seq)
			case len(by) < max(needed, 1):
				v.found.Warnings = append(v.found.Warnings, r.lacking(max(needed, 1), len(by)))
			}
			return nil
		}
	}
	return nil
}

func (r rules) lacking(needed, given int) string {
	kind := ""
	if r.Needs.Strength != "" {
		kind = " of strength " + view.Quoted(r.Needs.Strength)
	}
	return fmt.Sprintf("the terms want %s%s before the first send, and the entries show %d", view.Plural(needed, "approval"), kind, given)
}

// approver is who approved: of two approvals by one, one counts.
func approver(e audit.Entry) string {
	switch {
	case e.Decision != nil && e.Decision.Person != "":
		return "person " + e.Decision.Person
	case e.Actor == nil:
		return ""
	}
	return e.Actor.Realm + ":" + e.Actor.ID
}
