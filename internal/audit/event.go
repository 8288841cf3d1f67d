package audit

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"didops/internal/sanitize"
	"didops/internal/view"
)

// The most that a sentence says of what a request was for, and of why.
const (
	mostNumbers = 3
	mostResult  = 300
)

// Sentence is the entry for a person.
func (e Entry) Sentence() string {
	what := e.Event
	if about := strings.TrimSpace(e.Order + " " + e.Kind); about != "" {
		what = about + ": " + e.Event
	}
	parts := []string{what}
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
	switch {
	case e.Number != "" && e.Line != "":
		parts = append(parts, e.Number+" is "+e.Line)
	case e.Number != "":
		parts = append(parts, "for "+listed(e.Number))
	case e.State != "":
		parts = append(parts, "it is "+e.State)
	}
	if e.Result != "" {
		parts = append(parts, view.Quoted(sanitize.Clean(e.Result, mostResult)))
	}
	if e.Line == "done" && len(e.Differs) > 0 {
		parts = append(parts, "NOT AS QUOTED: "+sanitize.Clean(e.Differs.String(), 256))
	}
	return strings.Join(parts, ", ")
}

// listed writes numbers that stand one behind the other as people list them.
func listed(numbers string) string {
	list := strings.Fields(numbers)
	if more := len(list) - mostNumbers; more > 0 {
		return strings.Join(list[:mostNumbers], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(list, ", ")
}

// Differences are what of a line that was carried out is not as quoted: by
// field, what was quoted and what was found; nil for what is not stated.
type Differences map[string][2]*string

// measured is what nobody words as he likes: amounts, counts, yes and no, and
// addresses.
var measured = regexp.MustCompile(`^([\d.]+|yes|no|(sips?|smpps?):\S+( \([A-Za-z ]+\))?|\*\*\*)$`)

// String is the differences for a person: "monthly_fee is 1.65, quoted 0.55".
// What sellers may have written is a quotation.
func (d Differences) String() string {
	stated := func(s *string) string {
		switch {
		case s == nil:
			return "not stated"
		case measured.MatchString(*s):
			return *s
		}
		return view.Quoted(*s)
	}
	var list []string
	for _, field := range slices.Sorted(maps.Keys(d)) {
		list = append(list, field+" is "+stated(d[field][1])+", quoted "+stated(d[field][0]))
	}
	return strings.Join(list, "; ")
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
