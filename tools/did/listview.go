package did

import (
	"fmt"
	"strings"
	"time"

	"didops/internal/inventory"
	"didops/internal/view"
)

func viewList(in ListIn, out ListOut) view.Doc {
	doc := view.Doc{Title: "Own numbers", Summary: joined(fmt.Sprintf("%s of %s%s that fit.", view.Count(len(out.Numbers)), view.Plural(out.Matched, "own number"), within(out.Countries)), anew(out.anew))}
	switch {
	case len(out.Numbers) == 0 && in.Cursor != "":
		doc.Summary = joined("There are no more numbers.", anew(out.anew))
	case len(out.Numbers) == 0 && !out.Complete:
		doc.Summary = "No own number" + within(out.Countries) + " that was read fits."
	case len(out.Numbers) == 0 && len(out.WhyEmpty) > 0 && out.WhyEmpty[0] == noNumbers:
		doc.Summary, out.WhyEmpty = noNumbers, out.WhyEmpty[1:]
		if where := within(out.Countries); where != "" {
			doc.Summary = strings.TrimSuffix(noNumbers, ".") + ", so none" + where + "."
		}
	case len(out.Numbers) == 0:
		doc.Summary = "No own number" + within(out.Countries) + " fits."
	}
	doc.Blocks = append(caveats(out.Complete, out.IncompleteReason, 0), because(out.WhyEmpty)...)
	doc.Blocks = append(doc.Blocks, out.asides()...)
	if len(out.Numbers) == 0 {
		return doc
	}
	doc.Summary = joined(doc.Summary, out.sums())
	table := ownedTable(out.Currency, out.Numbers)
	table.Total = out.Matched
	doc.Headline = fmt.Sprintf("%s%s, %s", view.Plural(out.Matched, "own number"), within(out.Countries), sorted(in.Sort)) + further(out.sums(), anew(out.anew))
	doc.Blocks = append(doc.Blocks, table)
	if out.NextCursor != "" {
		doc.Blocks = append(doc.Blocks, view.More{Cursor: out.NextCursor})
	}
	return doc
}

// sums says what all that fit cost together.
func (o *ListOut) sums() string {
	var text string
	if o.Totals.MonthlyFee.Known() {
		text = "Together " + o.Totals.MonthlyFee.String() + " " + o.Currency + " a month"
	}
	if n := o.Totals.WithoutFee; n > 0 {
		text = strings.TrimPrefix(text+fmt.Sprintf("; %s no fee stated", counted(n, "has", "have")), "; ")
	}
	if text == "" {
		return ""
	}
	return text + "."
}

// counted says of how many something is so: 1 has, 2 have.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return view.Count(n) + " " + many
}

// asides are what is to be known of the filters and labels.
func (o *ListOut) asides() []view.Block {
	var list []view.Block
	if n := o.Totals.NotKnown; n > 0 {
		list = append(list, view.Notice{Text: view.Plural(n, "more number") + " may fit: until when they are paid, or how they are used, is not known."})
	}
	for _, why := range []string{o.LabelsUnknown, o.UseUnknown} {
		if why != "" {
			list = append(list, view.Notice{Text: strings.ToUpper(why[:1]) + why[1:] + "."})
		}
	}
	return list
}

// ownedTable shows own numbers. Columns that nothing is in of what is not known
// of every number are left out.
func ownedTable(currency string, rows []OwnedRow) view.Table {
	table := view.Table{Columns: []view.Column{
		{Title: "Number"},
		{Title: "Country", Country: true},
		{Title: "Type"},
		{Title: "Features"},
		{Title: "State"},
		{Title: "Monthly " + currency, Right: true, Lead: true, Brief: "%s " + currency + "/mo"},
		{Title: "Paid until", Brief: "paid until %s"},
		{Title: "Calls to", Loose: true, Brief: "calls to %s"},
		{Title: "Messages to", Loose: true, Extra: true, Brief: "messages to %s"},
		{Title: labelVendor, Loose: true, Extra: true},
		{Title: "Notes", Loose: true, Extra: true, Brief: "%s"},
	}}
	further := []struct {
		view.Column
		of func(*OwnedRow) string
	}{
		{view.Column{Title: "Waiting", Brief: "waiting for %s"}, func(r *OwnedRow) string { return r.waited }},
		{view.Column{Title: "Owner", Loose: true, Brief: "of %s"}, func(r *OwnedRow) string { return view.Quoted(r.Owner) }},
		{view.Column{Title: "Tags", Loose: true, Extra: true, Brief: "tags %s"}, func(r *OwnedRow) string { return view.Quoted(strings.Join(r.Tags, " ")) }},
		{view.Column{Title: "Cost centre", Loose: true, Extra: true}, func(r *OwnedRow) string { return view.Quoted(r.CostCentre) }},
		{view.Column{Title: "Note", Loose: true, Extra: true}, func(r *OwnedRow) string { return view.Quoted(r.Note) }},
		{view.Column{Title: "Last used", Brief: "last used %s"}, func(r *OwnedRow) string { return r.LastUsed }},
	}
	for i := range rows {
		r := &rows[i]
		table.Rows = append(table.Rows, []string{
			r.Number, r.country(), r.Type, abilities(r.Type, r.Features), shortState(r.State),
			r.MonthlyFee.String(), day(r.BilledTo), r.Contact, r.SMPPContact, view.Quoted(r.Vendor), view.Quoted(r.Notes),
		})
	}
	for _, f := range further {
		cells := make([]string, len(rows))
		held := false
		for i := range rows {
			cells[i] = f.of(&rows[i])
			held = held || cells[i] != ""
		}
		if !held {
			continue
		}
		table.Columns = append(table.Columns, f.Column)
		for i := range rows {
			table.Rows[i] = append(table.Rows[i], cells[i])
		}
	}
	return table
}

// lastUsed says when a number was last used; "" where that is not known.
func lastUsed(u *inventory.Use) string {
	switch {
	case u == nil:
		return ""
	case u.Last().IsZero():
		return "never since " + day(u.From)
	}
	return day(u.Last())
}

// ShortState is a state where room is short.
func ShortState(state string) string { return shortState(state) }

// shortState is a state in a table, where room is short.
func shortState(state string) string {
	if state == statePending {
		return "docs pending"
	}
	return state
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
