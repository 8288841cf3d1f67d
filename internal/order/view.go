package order

import (
	"encoding/json"
	"fmt"
	"maps"
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
	if o.touched() {
		doc.Blocks = append(doc.Blocks, o.outcome())
	}
	for _, n := range o.notices() {
		doc.Blocks = append(doc.Blocks, view.Notice{Warning: true, Text: n})
	}
	doc.Blocks = append(doc.Blocks, o.Terms...)
	doc.Blocks = append(doc.Blocks, o.facts())
	for _, way := range o.ApproveAt {
		doc.Blocks = append(doc.Blocks, view.Text(way))
	}
	if further, ok := o.Onward.further(); ok {
		doc.Blocks = append(doc.Blocks, further)
	}
	return doc
}

// further is the call that makes undone what an order did.
func (o Onward) further() (view.Further, bool) {
	f := view.Further{Says: o.Says, Operation: o.Back.Operation}
	var args map[string]string
	if o.Back.IsZero() || json.Unmarshal(o.Back.Args, &args) != nil {
		return f, false
	}
	for _, name := range slices.Sorted(maps.Keys(args)) {
		f.Args = append(f.Args, view.Field{Label: name, Value: args[name]})
	}
	return f, true
}

// notices are what a person must know before deciding or, once that is past,
// of what became of it.
func (o Order) notices() []string {
	if o.State == Pending {
		return o.Notes
	}
	if o.State == Scheduled {
		return slices.Concat(o.Notes, o.About)
	}
	return o.About
}

func (o Order) facts() view.Fields {
	var list view.Fields
	if o.Costs {
		list = append(list, o.money()...)
	}
	who := o.RequestedBy.String()
	by := who
	if o.Client != "" {
		by += ", through " + view.Quoted(o.Client)
	}
	list = append(list, view.Field{Label: "Asked by", Value: by + ", " + o.CreatedAt.Format(clock), Brief: who})
	if o.Reason != "" {
		list = append(list, view.Field{Label: "Reason given", Value: view.Quoted(o.Reason)})
	}
	list = append(list, o.talked()...)
	for _, d := range o.DecidedBy {
		list = append(list, view.Field{Label: "Decided", Value: d.String()})
	}
	if o.State == Pending {
		list = append(list, view.Field{Label: "Decision until", Value: o.ExpiresAt.Format(clock)})
		if missing := o.Missing(); o.Rule != "" {
			list = append(list, view.Field{Label: "Rule", Value: o.Rule}, view.Field{Label: "Approvals", Value: o.SoFar})
		} else if o.Needed > 1 {
			list = append(list, view.Field{Label: "Approvals", Value: fmt.Sprintf("%d of %d are missing", missing, o.Needed)})
		}
	}
	return append(list, view.Field{Label: "Quote", Value: o.QuoteHash[:min(16, len(o.QuoteHash))], Aside: true})
}

// String says who decided what, and when.
func (d Decided) String() string {
	by := identity.PublicParty{Realm: d.Realm, Name: d.Name}.String()
	if d.Dialog {
		by += ", in the dialog of the assistant"
	}
	if d.Strength != "" {
		by += ", with a passkey"
	}
	return fmt.Sprintf("%s by %s, %s", d.Decision, by, d.At.Format(clock))
}

// money says what is due, or was quoted, and what of it was bought.
func (o Order) money() view.Fields {
	now, monthly := "Due now", "Each month"
	if o.State != Pending && o.State != Executing && o.State != Scheduled {
		now, monthly = "Quoted", "Quoted a month"
	}
	list := view.Fields{
		{
			Label: now, Value: fmt.Sprintf("%s %s (set-up %s, first month %s)", o.Total.DueNow, o.Currency, o.Total.SetupFee, o.Total.MonthlyFee),
			Brief: fmt.Sprintf("%s %s (set-up %s)", o.Total.DueNow, o.Currency, o.Total.SetupFee),
		},
		{Label: monthly, Value: o.Total.MonthlyFee.String() + " " + o.Currency},
	}
	if b, label := o.bought(); b.Due.Known() {
		list = append(list, view.Field{Label: label, Value: fmt.Sprintf("%d of %d, for %s %s and %s each month", b.Numbers, len(o.Lines), b.Due, o.Currency, b.MonthlyFee)})
	}
	return list
}

// bought returns what was bought where that is not all of it as quoted, and
// what that is called; nothing is known of it else.
func (o Order) bought() (b Bought, label string) {
	label = "Bought"
	if slices.ContainsFunc(o.Lines, func(l LineView) bool { return l.State == LineUnknown }) {
		label = "Certainly bought" // it may be more
	}
	if a := o.Acquired(); o.touched() && (a.Lines < len(o.Lines) || a.Altered) {
		b = Bought{Numbers: a.Lines, Due: a.Due, MonthlyFee: a.Monthly}
	}
	return b, label
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

// First names the first number of the order, and how many more it has; "" where
// it has none.
func (o Order) First() string {
	switch n := len(o.Lines); n {
	case 0:
		return ""
	case 1:
		return o.Lines[0].Number
	default:
		return fmt.Sprintf("%s and %d more", o.Lines[0].Number, n-1)
	}
}

// deciders says who decided what.
func (o Order) deciders() []string {
	var who []string
	for _, d := range o.DecidedBy {
		who = append(who, d.Decision+" by "+view.Quoted(d.Name))
	}
	return who
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
		{Title: "State", Lead: true},
		{Title: "Numbers"},
		{Title: strings.TrimSpace("Due now " + currency(list)), Right: true, Brief: strings.TrimSpace("%s "+currency(list)) + " due now"},
		{Title: "Each month", Right: true, Extra: true, Aside: true},
		{Title: "Asked by", Loose: true, Brief: "asked by %s"},
		{Title: "Asked at", Brief: "%s UTC"},
		{Title: "Decided by", Loose: true, Extra: true},
	}}
	for _, o := range list {
		t.Rows = append(t.Rows, []string{
			o.ID, o.Kind, o.stands(), o.First(), o.Total.DueNow.String(), o.Total.MonthlyFee.String(),
			view.Quoted(o.RequestedBy.Name), o.CreatedAt.Format(time.DateTime), strings.Join(o.deciders(), ", "),
		})
	}
	doc.Blocks = append(doc.Blocks, t)
	for _, way := range Ways(list) {
		doc.Blocks = append(doc.Blocks, view.Text(way))
	}
	return doc
}

// currency returns that of all orders; "" where they have several.
func currency(list []Order) string {
	all := list[0].Currency
	for _, o := range list {
		all = shared(all, o.Currency)
	}
	return all
}

// waysShown is how many ways to decide the orders of a list are told.
const waysShown = 6

// Ways says how the orders of a list that wait are decided. Several have ID
// in the place of their ids.
func Ways(list []Order) []string {
	var ways []string
	for _, o := range list {
		for _, way := range o.ApproveAt {
			if way = strings.TrimSpace(way); len(list) > 1 {
				way = strings.ReplaceAll(way, o.ID, "ID")
			}
			if !slices.Contains(ways, way) && len(ways) < waysShown {
				ways = append(ways, way)
			}
		}
	}
	return ways
}
