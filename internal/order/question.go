package order

import (
	"fmt"
	"strings"
	"time"

	"didops/internal/view"
)

// Question asks a person for a decision.
type Question struct {
	Order string
	Card  view.Doc  // what a person must have read before answering
	Text  string    // one sentence that names what happens: ends in "?"
	Want  string    // what must be typed to approve; "" = a plain yes
	Where string    // what that is, in words: "the last four digits of +97150…"
	Until time.Time // a decision counts until then

	// The same for a dialog of a few rows.
	Outcome string   // what an approval does, with what it costs: the title of a choice
	Brief   Brief    // to be read together with Text
	Notices []string // what must be known besides
}

// Accepts reports whether what was typed is what is wanted. Spaces around it
// and between the digits and the count do not matter.
func (q Question) Accepts(typed string) bool {
	bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
	return q.Want == "" || strings.EqualFold(bare(typed), bare(q.Want))
}

// Ask returns what a person is asked about a pending order of an operation
// that speaks so.
func (w Wording) Ask(o Order) *Question {
	card := o
	card.ApproveAt = nil // this is the way
	q := &Question{
		Order: o.ID, Card: card.Doc(), Until: o.ExpiresAt, Text: w.Question(o),
		Outcome: w.Outcome(o), Brief: o.Brief, Notices: o.Brief.unsaid(o.Notes),
	}
	if w.Confirm == ConfirmDigits && len(o.Lines) > 0 {
		first := o.Lines[0].Number
		q.Want = first[max(0, len(first)-4):]
		q.Where = "the last four digits of " + first
		if n := len(o.Lines); n > 1 {
			q.Want += fmt.Sprintf(" x%d", n)
			q.Where += fmt.Sprintf(" and the count, as in 1234 x%d", n)
		}
	}
	return q
}

// Span names the numbers of an order in a sentence: the one, or how many they
// are, the first and the last.
func (o Order) Span() string {
	n := len(o.Lines)
	if n < 2 {
		return o.Numbers()
	}
	return fmt.Sprintf("%s (first %s, last %s)", o.Numbers(), o.Lines[0].Number, o.Lines[n-1].Number)
}

// Numbers names the numbers of an order in a sentence: the one, or how many.
func (o Order) Numbers() string {
	switch n := len(o.Lines); n {
	case 0:
		return "this number"
	case 1:
		return o.Lines[0].Number
	default:
		return fmt.Sprintf("%d numbers", n)
	}
}
