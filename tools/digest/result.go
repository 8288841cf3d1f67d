package digest

import (
	"time"

	"didops/internal/digest/daily"
	"didops/internal/money"
	"didops/internal/phone"
	"didops/tools"
)

// Result is the morning page for programs.
type Result struct {
	tools.Envelope
	Currency string    `json:"currency"`
	At       time.Time `json:"at"`
	Since    time.Time `json:"since"`
	AsOf     time.Time `json:"as_of,omitzero"` // when the own list was read; absent = never
	Lines    []Line    `json:"lines"`
	Notes    []string  `json:"notes"` // what could not be found out
}

// Line is a line of it.
type Line struct {
	Kind       daily.Kind   `json:"kind"`
	Text       string       `json:"text"`
	Count      int          `json:"count"`
	MonthlyFee money.Amount `json:"monthly_fee,omitzero"` // of those that state one
	Saving     money.Amount `json:"saving,omitzero"`      // a month
	Items      []Item       `json:"items"`
}

// Item is what a line is about.
type Item struct {
	Number     string       `json:"number,omitempty"`
	Order      string       `json:"order,omitempty"`
	Watch      string       `json:"watch,omitempty" quoted:"true"`
	Mandate    string       `json:"mandate,omitempty"`
	DueNow     money.Amount `json:"due_now,omitzero"` // of what a mandate bought
	MonthlyFee money.Amount `json:"monthly_fee,omitzero"`
	Offer      string       `json:"offer,omitempty"` // a number of the same kind; its fee is monthly_fee
	Saving     money.Amount `json:"saving,omitzero"`
	At         time.Time    `json:"at,omitzero"`
	Days       int          `json:"days,omitempty"`
	From       string       `json:"from,omitempty"`
	To         string       `json:"to,omitempty"`
	State      string       `json:"state,omitempty"`
}

// ResultOf returns a page for programs.
func ResultOf(n daily.News, sandbox bool) Result {
	p := n.Page
	out := Result{
		Envelope: tools.Envelope{Sandbox: sandbox}, Currency: p.Currency, At: p.At.UTC(), Since: p.Since.UTC(), AsOf: p.AsOf, Lines: []Line{}, Notes: p.Notes,
	}
	if out.Notes == nil {
		out.Notes = []string{}
	}
	for i := range p.Lines {
		l := &p.Lines[i]
		line := Line{Kind: l.Kind, Text: l.Text(p.Currency, n.Zone), Count: len(l.Items), Items: []Item{}}
		if sum, saving := l.Price(); saving {
			line.Saving = sum
		} else {
			line.MonthlyFee = sum
		}
		for _, it := range l.Items {
			item := Item{
				Number: phone.Format(it.Number), Order: it.Order, Watch: it.Name, MonthlyFee: it.Fee, Offer: phone.Format(it.Offer), Saving: it.Saving,
				DueNow: it.Due, At: it.At, Days: it.Days, From: it.From, To: it.To, State: it.State,
			}
			if l.Kind == daily.Mandated || l.Kind == daily.Ending {
				item.Mandate, item.Watch = it.Name, ""
			}
			line.Items = append(line.Items, item)
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}
