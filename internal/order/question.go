package order

import (
	"fmt"
	"strings"
	"time"

	"didops/internal/risk"
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
}

// Accepts reports whether what was typed is what is wanted. Spaces around it
// and between the digits and the count do not matter.
func (q Question) Accepts(typed string) bool {
	bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
	return q.Want == "" || strings.EqualFold(bare(typed), bare(q.Want))
}

// Question returns what a person is asked about a pending order.
func (o Order) Question() Question {
	card := o
	card.ApproveAt = nil // this is the way
	q := Question{Order: o.ID, Card: card.Doc(), Until: o.ExpiresAt, Text: o.sentence()}
	if o.Risk == risk.Destroy && len(o.Lines) > 0 {
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

// sentence is what would be done, as a question.
func (o Order) sentence() string {
	what := "this number"
	if n := len(o.Lines); n == 1 {
		what = o.Lines[0].Number
	} else if n > 1 {
		what = fmt.Sprintf("%d numbers", n)
	}
	switch o.Risk {
	case risk.Spend:
		return fmt.Sprintf("Buy %s for %s %s now, %s a month?", what, o.Total.DueNow, o.Currency, o.Total.MonthlyFee)
	case risk.Destroy:
		return fmt.Sprintf("Give up %s for good?", what)
	case risk.Change, risk.Read, risk.Local:
	}
	return fmt.Sprintf("Re-route %s?", what)
}
