package order

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/view"
)

// clock is how a moment is written for a person.
const clock = "2006-01-02 15:04:05 UTC"

// Doc draws the order for a person: what would be done or was done, who asked,
// who decided, and, while it waits, how to decide.
func (o Order) Doc() view.Doc {
	doc := view.Doc{Title: "Order " + o.ID + " · " + o.Kind + " · " + string(o.State), Summary: o.Message}
	notices := o.Notes
	if o.State != Pending {
		notices = o.About // what had to be known before is past
	}
	if o.touched() {
		doc.Blocks = append(doc.Blocks, o.outcome())
	}
	for _, n := range notices {
		doc.Blocks = append(doc.Blocks, view.Notice{Warning: true, Text: n})
	}
	doc.Blocks = append(doc.Blocks, o.Terms...)
	doc.Blocks = append(doc.Blocks, o.facts())
	for _, way := range o.ApproveAt {
		doc.Blocks = append(doc.Blocks, view.Text(way))
	}
	return doc
}

func (o Order) facts() view.Fields {
	var list view.Fields
	if o.Costs {
		list = append(list, o.money()...)
	}
	by := o.RequestedBy.String()
	if o.Client != "" {
		by += ", through " + view.Quoted(o.Client)
	}
	list = append(list, view.Field{Label: "Asked by", Value: by + ", " + o.CreatedAt.Format(clock)})
	if o.Reason != "" {
		list = append(list, view.Field{Label: "Reason given", Value: view.Quoted(o.Reason)})
	}
	for _, d := range o.DecidedBy {
		by := identity.PublicParty{Realm: d.Realm, Name: d.Name}.String()
		if d.Dialog {
			by += ", in the dialog of the assistant"
		}
		list = append(list, view.Field{Label: "Decided", Value: fmt.Sprintf("%s by %s, %s", d.Decision, by, d.At.Format(clock))})
	}
	if o.State == Pending {
		list = append(list, view.Field{Label: "Decision until", Value: o.ExpiresAt.Format(clock)})
		if missing := o.Missing(); o.Needed > 1 {
			list = append(list, view.Field{Label: "Approvals", Value: fmt.Sprintf("%d of %d are missing", missing, o.Needed)})
		}
	}
	return append(list, view.Field{Label: "Quote", Value: o.QuoteHash[:min(16, len(o.QuoteHash))]})
}

// money says what is due, or was quoted, and what of it was bought.
func (o Order) money() view.Fields {
	now, monthly := "Due now", "Each month"
	if o.State != Pending && o.State != Executing {
		now, monthly = "Quoted", "Quoted a month"
	}
	list := view.Fields{
		{Label: now, Value: fmt.Sprintf("%s %s (set-up %s, first month %s)", o.Total.DueNow, o.Currency, o.Total.SetupFee, o.Total.MonthlyFee)},
		{Label: monthly, Value: o.Total.MonthlyFee.String() + " " + o.Currency},
	}
	label := "Bought"
	if slices.ContainsFunc(o.Lines, func(l LineView) bool { return l.State == LineUnknown }) {
		label = "Certainly bought" // it may be more
	}
	if a := o.Acquired(); o.touched() && (a.Lines < len(o.Lines) || a.Altered) && a.Due.Known() {
		list = append(list, view.Field{Label: label, Value: fmt.Sprintf("%d of %d, for %s %s and %s each month", a.Lines, len(o.Lines), a.Due, o.Currency, a.Monthly)})
	}
	return list
}

// found returns an amount as it was found after the line was carried out, where
// that is not as quoted.
func (l LineView) found(field string, quoted money.Amount) money.Amount {
	if is := l.Differs[field][1]; is != nil {
		if a, err := money.Parse(*is); err == nil {
			return a
		}
	}
	return quoted
}

// touched reports whether anything became of a line.
func (o Order) touched() bool {
	return slices.ContainsFunc(o.Lines, func(l LineView) bool { return l.State != LineWaiting })
}

// Missing returns how many approvals are still needed.
func (o Order) Missing() int {
	given := 0
	for _, d := range o.DecidedBy {
		if d.Decision == "approved" {
			given++
		}
	}
	return max(0, o.Needed-given)
}

// outcome is what became of every line.
func (o Order) outcome() view.Table {
	t := view.Table{Columns: []view.Column{{Title: "Number"}, {Title: "Outcome"}, {Title: "Why", Loose: true, Prose: true, Extra: true, Vital: true}}}
	for _, l := range o.Lines {
		t.Rows = append(t.Rows, []string{l.Number, string(l.State), strings.Join(l.Why(), "; ")})
	}
	return t
}

// stated is one side of a change: what the exchange's sellers wrote as a
// quotation.
func (l LineView) stated(field string, s *string) string {
	switch {
	case s == nil:
		return "not stated"
	case slices.Contains(l.Words, field):
		return view.Quoted(*s)
	}
	return *s
}

// OrdersDoc draws a list of orders.
func OrdersDoc(list []Order) view.Doc {
	doc := view.Doc{Title: "Orders"}
	if len(list) == 0 {
		doc.Summary = "There are no such orders."
		return doc
	}
	t := view.Table{Columns: []view.Column{
		{Title: "Order"},
		{Title: "Kind"},
		{Title: "State"},
		{Title: "Numbers"},
		{Title: "Due now", Right: true},
		{Title: "Each month", Right: true, Extra: true},
		{Title: "Asked by", Loose: true},
		{Title: "Asked at"},
		{Title: "Decided by", Loose: true, Extra: true},
	}}
	for _, o := range list {
		numbers := ""
		if n := len(o.Lines); n > 0 {
			numbers = o.Lines[0].Number
			if n > 1 {
				numbers += fmt.Sprintf(" and %d more", n-1)
			}
		}
		var who []string
		for _, d := range o.DecidedBy {
			who = append(who, d.Decision+" by "+view.Quoted(d.Name))
		}
		t.Rows = append(t.Rows, []string{
			o.ID, o.Kind, string(o.State), numbers, o.Total.DueNow.String(), o.Total.MonthlyFee.String(),
			view.Quoted(o.RequestedBy.Name), o.CreatedAt.Format(time.DateTime), strings.Join(who, ", "),
		})
	}
	doc.Blocks = append([]view.Block{t}, waiting(list)...)
	return doc
}

// sentences gives each text its full stop, once.
func sentences(texts []string) []string {
	var list []string
	for _, t := range texts {
		list = append(list, strings.TrimRight(t, ". ")+".")
	}
	return list
}

// waitingShown is how many orders of a list say how they are decided.
const waitingShown = 3

// waiting says of the first orders of a list that wait how they are decided.
func waiting(list []Order) []view.Block {
	var blocks []view.Block
	n := 0
	for _, o := range list {
		if o.State != Pending || len(o.ApproveAt) == 0 {
			continue
		}
		if n++; n <= waitingShown {
			blocks = append(blocks, view.Text(o.ID+": "+strings.Join(sentences(o.ApproveAt), " ")))
		}
	}
	if more := n - waitingShown; more > 0 {
		blocks = append(blocks, view.Text(fmt.Sprintf("%d more wait, and are decided alike.", more)))
	}
	return blocks
}
