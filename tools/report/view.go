package report

import (
	"fmt"
	"slices"
	"strings"

	"didops/internal/view"
)

// title is what the numbers are grouped by, for people.
func titleOf(by string) string {
	switch by {
	case byVendor:
		return "seller"
	case byCostCentre:
		return "cost centre"
	}
	return by
}

// called returns a group as it is written: words of others as a quotation.
func called(name, by string) string {
	switch {
	case name == "" && by == byTag:
		return "no tag"
	case name == "":
		return "not stated"
	case by == byCountry, by == byType:
		return name
	}
	return view.Quoted(name)
}

func viewReport(_ In, out Out) view.Doc {
	doc := view.Doc{Title: "Report of own numbers by " + titleOf(out.By), Summary: out.sentence()}
	if out.IncompleteReason != "" {
		doc.Blocks = append(doc.Blocks, view.Notice{Warning: out.Count == 0, Text: "Not complete: " + out.IncompleteReason + "."})
	}
	if len(out.Groups) > 0 || len(out.Months) > 0 {
		doc.Blocks = append(doc.Blocks, out.picture())
	}
	if len(out.Groups) > 0 {
		doc.Blocks = append(doc.Blocks, out.groupTable())
		if more := len(out.Groups) - groupsShown; more > 0 {
			doc.Blocks = append(doc.Blocks, view.Text("and "+view.Count(more)+" more by "+titleOf(out.By)+"."))
		}
	}
	if out.Overlapping > 0 {
		doc.Blocks = append(doc.Blocks, view.Text("What has several tags counts under each of them, "+
			view.Plural(out.Overlapping, "number")+" here, so that the groups come to more than all numbers do."))
	}
	if len(out.Months) > 0 {
		doc.Blocks = append(doc.Blocks, monthTable(out.Months))
	}
	doc.Blocks = append(doc.Blocks, out.changes()...)
	doc.Blocks = append(doc.Blocks, out.renewals()...)
	doc.Blocks = append(doc.Blocks, out.offers()...)
	if !out.KnownSince.IsZero() {
		doc.Blocks = append(doc.Blocks, view.Text("Numbers are known since "+moment(out.KnownSince)+"; months are those of "+out.TimeZone+"."))
	}
	return doc
}

// sentence tells what all numbers cost.
func (out *Out) sentence() string {
	if out.Count == 0 {
		return "No numbers are ours, as of " + moment(out.AsOf) + "."
	}
	s := view.Plural(out.Count, "number") + " "
	switch {
	case !out.MonthlyFee.Known():
		s += "whose fees are not known"
	case out.Count == 1:
		s += "costs " + out.MonthlyFee.String() + " " + out.Currency + " a month"
	default:
		s += "cost " + out.MonthlyFee.String() + " " + out.Currency + " a month"
	}
	if out.WithoutFee > 0 && out.MonthlyFee.Known() {
		s += ", without " + view.Count(out.WithoutFee) + " whose fee is not known"
	}
	return s + ", as of " + moment(out.AsOf) + "."
}

// groupsShown is how many groups a person is shown.
const groupsShown = 20

func (out *Out) groupTable() view.Table {
	head := titleOf(out.By)
	t := view.Table{Total: len(out.Groups), Columns: []view.Column{
		{Title: strings.ToUpper(head[:1]) + head[1:], Loose: true},
		{Title: "Numbers", Right: true},
		{Title: "A month", Right: true, Vital: true},
		{Title: "Share", Right: true},
		{Title: "Fee not known", Right: true, Extra: true},
	}}
	for _, g := range out.Groups[:min(len(out.Groups), groupsShown)] {
		t.Rows = append(t.Rows, []string{called(g.Name, out.By), view.Count(g.Count), g.MonthlyFee.String(), percent(g.Share), some(g.WithoutFee)})
	}
	return t
}

func percent(share string) string {
	if share == "" {
		return ""
	}
	return share + " %"
}

// some writes a count that is rarely any.
func some(n int) string {
	if n == 0 {
		return ""
	}
	return view.Count(n)
}

func monthTable(months []Month) view.Table {
	t := view.Table{Columns: []view.Column{
		{Title: "Month"},
		{Title: "Numbers", Right: true},
		{Title: "A month", Right: true, Vital: true},
		{Title: "New", Right: true},
		{Title: "Gone", Right: true},
		{Title: "Raised", Right: true, Extra: true},
		{Title: "Lowered", Right: true, Extra: true},
		{Title: "Fee not known", Right: true, Extra: true},
	}}
	for _, m := range months {
		t.Rows = append(t.Rows, []string{
			m.Month, view.Count(m.Count), m.MonthlyFee.String(), some(m.New), some(m.Gone), some(m.Raised), some(m.Lowered), some(m.WithoutFee),
		})
	}
	return t
}

// changes tells what is another than in the month that is compared with.
func (out *Out) changes() []view.Block {
	if out.Against == "" {
		if out.AsOf.IsZero() {
			return nil
		}
		return []view.Block{view.Text("There is no earlier month to compare with: numbers are known since " + moment(out.KnownSince) + ".")}
	}
	t := view.Table{Title: "Changed against " + out.Against, Columns: []view.Column{
		{Title: "What"},
		{Title: "Numbers", Right: true},
		{Title: "A month", Right: true, Vital: true},
		{Title: "Fee not known", Right: true, Extra: true},
	}}
	for _, s := range out.Changes {
		if s.Count > 0 {
			t.Rows = append(t.Rows, []string{s.What, view.Count(s.Count), s.MonthlyFee.String(), some(s.WithoutFee)})
		}
	}
	if len(t.Rows) == 0 {
		return []view.Block{view.Text("Nothing has changed against " + out.Against + ".")}
	}
	return []view.Block{t}
}

// renewals tells of the weeks to come.
func (out *Out) renewals() []view.Block {
	if out.Count == 0 {
		return []view.Block{out.agenda.view()} // of which a calendar can be made, too
	}
	t := view.Table{Title: "Renewals by week, in UTC, from " + out.Renewals[0].Week, Columns: []view.Column{
		{Title: "Week of"},
		{Title: "Numbers", Right: true},
		{Title: "Fees", Right: true, Vital: true},
		{Title: "Fee not known", Right: true, Extra: true},
	}}
	projected := slices.ContainsFunc(out.Renewals, func(w Week) bool { return w.Projected > 0 })
	if projected {
		t.Title += "; what is projected follows month by month from a date that the exchange says"
		t.Columns = append(t.Columns, view.Column{Title: "Projected", Right: true}, view.Column{Title: "Fees projected", Right: true})
	}
	for _, w := range out.Renewals {
		row := []string{w.Week, view.Count(w.Count), w.MonthlyFee.String(), some(w.WithoutFee)}
		if projected {
			row = append(row, some(w.Projected), w.ProjectedMonthly.String())
		}
		t.Rows = append(t.Rows, row)
	}
	blocks := []view.Block{t}
	var missing []string
	if out.RenewalsUnknown > 0 {
		missing = append(missing, "of "+view.Plural(out.RenewalsUnknown, "number")+" the exchange does not say until when they are paid")
	}
	if out.RenewalsPast > 0 {
		missing = append(missing, "of "+view.Plural(out.RenewalsPast, "number")+" the day is over until which they were paid")
	}
	if len(missing) > 0 {
		blocks = append(blocks, view.Notice{Text: "Not counted: " + strings.Join(missing, "; ") + "."})
	}
	return append(blocks, out.agenda.view())
}

// offers tells what is cheaper elsewhere.
func (out *Out) offers() []view.Block {
	missing := ""
	if out.CheaperReason != "" {
		missing = "; " + out.CheaperReason
	}
	switch {
	case out.Count == 0:
		return nil
	case out.CheaperAsOf.IsZero():
		return []view.Block{view.Text("Whether there are cheaper offers is not known" + missing + ".")}
	case len(out.Cheaper) == 0:
		return []view.Block{view.Text("No cheaper offer of the same kind is known, as of " + moment(out.CheaperAsOf) + missing + ".")}
	}
	t := view.Table{Columns: []view.Column{
		{Title: "Number", Vital: true},
		{Title: "Fee", Right: true},
		{Title: "Offer", Vital: true},
		{Title: "Its fee", Right: true},
		{Title: "Saves a month", Right: true, Vital: true},
		{Title: "Set-up", Right: true},
		{Title: "Seller", Loose: true, Extra: true},
		{Title: "Documents", Extra: true},
	}}
	t.Title = fmt.Sprintf("Cheaper offers of the same country, type and features: %s that save most, %s %s a month",
		view.Plural(len(out.Cheaper), "number"), out.CheaperSaves, out.Currency)
	for _, o := range out.Cheaper {
		papers := ""
		if o.DocumentsRequired {
			papers = "needed"
		}
		t.Rows = append(t.Rows, []string{
			o.Number, o.MonthlyFee.String(), o.Offer, o.OfferMonthlyFee.String(), o.Saves.String(), o.OfferSetupFee.String(), view.Quoted(o.Vendor), papers,
		})
	}
	return []view.Block{t, view.Text("Offers as of " + moment(out.CheaperAsOf) + missing + ".")}
}
