package order

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"didops/internal/money"
	"didops/internal/view"
)

// Gist is what a person must have read of a line before deciding, in as few
// words as there are. Every line of an order has as many parts, each in its
// place, so that what all of them share can be said once.
type Gist struct {
	Country string      // ISO code; "" = not known
	Parts   []string    // what it is: mobile, “Acme”, no documents; "" = nothing to say
	Use     []string    // the same for what is paid or given later, which the terms say in full
	Routes  view.Fields // where calls and messages go; {number} stands for the line's own
}

// Rest is a line of an order that was not carried out.
type Rest struct {
	Line
	Changed Changes // what of it was not as approved
}

// Onward is what can be asked for after an order: for what it did not do of all
// that it was to do, and for what it did.
type Onward struct {
	Left  int    // how many numbers can be asked for again
	Again Call   // asks for those; the zero Call where it can't be said here
	Alike Call   // finds others like those that were not carried out
	Back  Call   // asks for what makes undone what was carried out, by arguments that are texts without a secret
	Says  string // what that is called
}

// Call is a call of an operation, ready to be made.
type Call struct {
	Operation string
	Args      json.RawMessage // one object
}

// IsZero reports whether there is no call.
func (c Call) IsZero() bool { return c.Operation == "" }

// GoOn returns what can be asked for after an order with that id, by where it
// stands and what became of the lines of its quote.
func (h *Handler) GoOn(id string, s State, q Quote, lines []LineView) Onward {
	var left []Rest
	var done []Line
	for n, l := range lines {
		if l.TakenBack {
			continue // nobody wants that
		}
		switch l.State {
		case LineWaiting, LineFailed, LineSkipped, LineChanged:
			left = append(left, Rest{q.Lines[n], l.Changed})
		case LineDone:
			done = append(done, q.Lines[n])
		case LineSending, LineUnknown:
		}
	}
	var on Onward
	switch s {
	case Partial, Changed, Failed, Expired:
		if h.Onward != nil && len(left) > 0 {
			on = h.Onward(left)
		}
	case Pending, Executing, Scheduled, Rejected, Cancelled, Unknown, Completed:
	}
	if (s == Completed || s == Partial) && h.Back != nil && len(done) > 0 {
		on.Back, on.Says = h.Back(id, done)
	}
	return on
}

// Why says why the line was not carried out: in words, then what was quoted →
// what is, a part for each.
func (l LineView) Why() []string {
	if l.Message == "" {
		return l.Pairs(l.Changed)
	}
	return append([]string{l.Message}, l.Pairs(l.Changed)...)
}

// Pairs says of changes of the line what was quoted → what is, a part for each
// that begins with the name of the field. What sellers wrote is a quotation.
func (l LineView) Pairs(c Changes) []string {
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(c)) {
		parts = append(parts, fmt.Sprintf("%s: %s → %s", field, l.stated(field, c[field][0]), l.stated(field, c[field][1])))
	}
	return parts
}

// Cost returns what the line costs at once and each month, as it was found
// where that is not as quoted.
func (l LineView) Cost() (due, monthly money.Amount) {
	monthly = l.found("monthly_fee", l.MonthlyFee)
	return l.found("setup_fee", l.SetupFee).Add(monthly), monthly
}

// Acquired is what of an order was certainly carried out, and what that costs
// as it was found.
type Acquired struct {
	Lines        int
	Due, Monthly money.Amount
	Altered      bool // some line is not as quoted
}

// Acquired returns what of the order was certainly carried out.
func (o Order) Acquired() Acquired {
	a := Acquired{Due: zero(), Monthly: zero()}
	for _, l := range o.Lines {
		if l.State != LineDone {
			continue
		}
		due, monthly := l.Cost()
		a.Due, a.Monthly = a.Due.Add(due), a.Monthly.Add(monthly)
		a.Lines++
		a.Altered = a.Altered || len(l.Differs) > 0
	}
	return a
}
