package audit

import (
	"strings"
	"time"

	"didops/internal/sanitize"
	"didops/internal/view"
)

// Sentence is the entry for a person.
func (e Entry) Sentence() string {
	parts := []string{e.Event}
	if e.Order != "" {
		parts = []string{strings.TrimSpace(e.Order+" "+e.Kind) + ": " + e.Event}
	}
	if a := e.Actor; a != nil {
		by := view.Quoted(a.Name)
		if by == "" {
			by = a.Realm + ":" + a.ID
		}
		if a.Via != "" {
			by += " (" + a.Via + ")"
		}
		parts = append(parts, "by "+by)
	}
	if e.Number != "" {
		parts = append(parts, e.Number+" is "+e.Line)
	} else if e.State != "" {
		parts = append(parts, "it is "+e.State)
	}
	if e.Result != "" {
		parts = append(parts, view.Quoted(sanitize.Clean(e.Result, 64)))
	}
	return strings.Join(parts, ", ")
}

// Event is one entry of the audit trail, in words for people.
type Event struct {
	Entry int64
	Hash  string
	At    time.Time
	Order string // "" = it is about none
	Event string // requested, approved, sent, settled …
	Text  string // one sentence: who, what, which number, what came of it
}
