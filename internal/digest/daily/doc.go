package daily

import (
	"time"

	"didops/internal/money"
	"didops/internal/view"
)

// Doc is a page for people. Whole names every number, in a table besides.
func Doc(n News, whole bool) view.Doc {
	p := n.Page
	doc := view.Doc{Title: "Morning page", Summary: p.summary(n.Zone)}
	for i := range p.Lines {
		l := &p.Lines[i]
		if whole {
			doc.Blocks = append(doc.Blocks, view.Text("• "+l.Say(p.Currency, n.Zone)))
			continue
		}
		doc.Blocks = append(doc.Blocks, view.Text("• "+l.Text(p.Currency, n.Zone)))
	}
	for _, note := range p.Notes {
		doc.Blocks = append(doc.Blocks, view.Notice{Warning: true, Text: note})
	}
	if whole {
		doc.Blocks = append(doc.Blocks, p.table(n.Zone))
	}
	return doc
}

func (p *Page) summary(zone *time.Location) string {
	if p.Empty() {
		return "There is nothing to tell."
	}
	text := "As of " + p.At.In(zone).Format("2 January 2006 15:04 MST") + "; changes since " + p.Since.In(zone).Format("2 January 15:04") + "."
	if p.AsOf.IsZero() {
		text += " The own list was never read whole."
	}
	return text
}

// table has a row for every item of a page.
func (p *Page) table(zone *time.Location) view.Table {
	t := view.Table{Columns: []view.Column{
		{Title: "What"}, {Title: "Number or order"}, {Title: p.Currency + " a month", Right: true}, {Title: "When"}, {Title: "Before"}, {Title: "Now"},
	}}
	for _, l := range p.Lines {
		for i := range l.Items {
			it := &l.Items[i]
			from, to := it.From, it.To
			if it.Offer != "" {
				to = shownAs(it.Offer)
			}
			t.Rows = append(t.Rows, []string{string(l.Kind), it.name(), shown(it.Fee), l.when(it, zone), from, to})
		}
	}
	return t
}

func shown(a money.Amount) string {
	if !a.Known() {
		return ""
	}
	return a.String()
}

// when is the moment of an item. Renewals and use are of days, in UTC.
func (l *Line) when(it *Item, zone *time.Location) string {
	switch {
	case it.At.IsZero():
		return ""
	case l.Kind == Renewing || l.Kind == Idle:
		return it.At.UTC().Format(time.DateOnly)
	}
	return it.At.In(zone).Format("2006-01-02 15:04")
}
