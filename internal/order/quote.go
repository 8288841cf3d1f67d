package order

import (
	"slices"
	"time"

	"didops/internal/fault"
	"didops/internal/money"
	"didops/internal/schedule"
)

// Quote is what a person approves: the lines, exactly as they will be carried
// out. It is made once, kept with the order and never changed.
type Quote struct {
	Lines   []Line   `json:"lines"`
	Notices []string `json:"notices,omitempty"` // what a person must know first: what can't be undone, a new host
	Mandate string   `json:"mandate,omitempty"` // name of the mandate that is to decide, where all of it fits; "" = people decide
	Choice  string   `json:"choice,omitempty"`  // by what the numbers were chosen (see [IdempotencyKey]); "" = they were named
}

// Line is one number of a quote and what is to be done with it. What is sent
// after the approval is this very line.
type Line struct {
	Number     string       `json:"number"` // digits of E.164, unique within the quote
	ID         string       `json:"id"`     // the exchange's id
	Country    string       `json:"country,omitempty"`
	SetupFee   money.Amount `json:"setup_fee,omitzero"`   // once; unknown where nothing is bought
	MonthlyFee money.Amount `json:"monthly_fee,omitzero"` // per month
	DueNow     money.Amount `json:"due_now"`              // what carrying it out costs at once; 0.00 for nothing
	Documents  *bool        `json:"documents,omitempty"`  // must be verified before the number works; nil = not stated
	Facts      []Fact       `json:"facts"`                // what the exchange says; read again right before the send
	Terms      []Fact       `json:"terms,omitempty"`      // what is asked of the exchange
	Gone       string       `json:"-"`                    // of a line that was read again: why it is not there any more; "" = it is

	Send schedule.Window `json:"send,omitzero"` // when it may be sent; the zero window: right after the approval
}

// scheduled reports whether the lines are sent when they are due, and not right
// after the approval.
func (q Quote) scheduled() bool {
	return slices.ContainsFunc(q.Lines, func(l Line) bool { return !l.Send.IsZero() })
}

// opens returns when the first line is due, of a quote that is scheduled.
func (q Quote) opens() time.Time {
	var first time.Time
	for _, l := range q.Lines {
		if first.IsZero() || l.Send.From.Before(first) {
			first = l.Send.From
		}
	}
	return first
}

// Fact is one thing that an approval binds.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`           // "" = not stated; may hold a secret
	Shown string `json:"shown,omitempty"` // the value without its secret; "" = as Value
	Fee   bool   `json:"fee,omitempty"`   // an amount that may fall, but not rise
}

// String returns the value as anybody may see it.
func (f Fact) String() string {
	if f.Shown != "" {
		return f.Shown
	}
	return f.Value
}

// Term returns the value of a term, "" where there is none.
func (l Line) Term(name string) string { return find(l.Terms, name).Value }

// Fact returns the value of a fact, "" where there is none.
func (l Line) Fact(name string) string { return find(l.Facts, name).Value }

func find(list []Fact, name string) Fact {
	for _, f := range list {
		if f.Name == name {
			return f
		}
	}
	return Fact{}
}

// Difference is a fact that is not what was approved.
type Difference struct {
	Field  string
	Quoted string // "" = not stated
	Now    string
}

// Differences returns what of the line differs in now: every fact that is not
// the same, but for a fee that fell. An approval does not cover a line with a
// difference.
func (l Line) Differences(now Line) []Difference {
	var list []Difference
	seen := map[string]bool{}
	for _, f := range l.Facts {
		seen[f.Name] = true
		if n := find(now.Facts, f.Name); n.Value != f.Value && (!f.Fee || !fell(f.Value, n.Value)) {
			list = append(list, Difference{f.Name, f.String(), n.String()})
		}
	}
	for _, n := range now.Facts {
		if !seen[n.Name] && n.Value != "" {
			list = append(list, Difference{n.Name, "", n.String()})
		}
	}
	return list
}

// fell reports whether an amount is now less than, or another spelling of,
// what it was.
func fell(quoted, now string) bool {
	was, err := money.Parse(quoted)
	if err != nil {
		return false
	}
	is, err := money.Parse(now)
	return err == nil && is.Cmp(was) <= 0
}

// believable refuses a quote whose sums are beyond what can be read back from
// the store: such an order could never be looked at again.
func believable(q Quote) error {
	for _, l := range q.Lines {
		for _, a := range []money.Amount{l.SetupFee, l.MonthlyFee, l.DueNow} {
			if _, err := money.Parse(a.String()); a.Known() && err != nil {
				return fault.New(fault.Invalid, "%s would cost %s, which can't be true", shown(l.Number), a).WithField("numbers")
			}
		}
	}
	return nil
}
