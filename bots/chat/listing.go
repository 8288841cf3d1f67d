package chat

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"didops/internal/sanitize"
	"didops/internal/view"
	"didops/tools"
)

// shownAtOnce is how many rows of a listing are shown at once: with a control
// each they are read on a telephone without scrolling much.
const shownAtOnce = 5

// maxFilter is the most characters that are shown of what a list is narrowed
// by.
const maxFilter = 60

// Listing is a list of rows that can be acted upon, shown a few at a time: a
// result list with a pager, sorting and filters. Texts are plain.
type Listing struct {
	Shared  []Word      // what all rows shown have, said once
	Filters []string    // what the list is narrowed by
	Rows    []ListedRow // in their order
	Bars    [][]Button  // lines of buttons below the rows
	Menus   []Menu
}

// ListedRow is a row of a [Listing].
type ListedRow struct {
	Name string // what the row is called
	Lead []Word // beside the name
	Rest []Word // below it, what matters most first
	Act  *Button
}

// Word is a value with what is said around it.
type Word struct {
	Before, Value, After string

	Loose   bool // the value may be shortened
	Country bool // it may be the ISO code of a country
}

// listing is a result as a list, and keeps what its controls go by.
func (t *session) listing(ctx context.Context, p page, tool *tools.Tool, r tools.Result) Message {
	here, table := p.here(), tableOf(r.Doc)
	from := min(here.From, len(table.Rows))
	d := Drawing{First: from, Shown: min(shownAtOnce, len(table.Rows)-from), Total: len(table.Rows)}
	rows := table.Rows[from : from+d.Shown]
	state := listState{page: p, Who: t.who.principal.ID, Rows: t.rowValues(tool, r, d), Next: nextSpot(here, tool, r.Doc, d), Market: t.market}
	list := &Listing{Filters: filters(tool, state)}
	base := t.keepList(ctx, tool, state)
	list.Shared, list.Rows = words(table.Columns, rows)
	for n := range list.Rows {
		list.Rows[n].Act = t.rowButton(tool, base, n, state.Rows)
	}
	list.Bars = t.bars(tool, base, state, d, table.Total)
	if by, ok := tool.Param(tool.Paging().Sort); ok {
		list.Menus = append(list.Menus, sortMenu(by, state, controlID("sort", base)))
	}
	if m := t.rowMenu(controlID("rows", base), tool, r, d); m != nil && t.who.requests {
		list.Menus = append(list.Menus, *m)
	}
	doc := r.Doc
	doc.Blocks = slices.DeleteFunc(slices.Clone(doc.Blocks), isTable)
	if doc.Headline != "" && d.Shown > 0 {
		doc.Title, doc.Summary = doc.Headline, ""
	}
	m := Message{Title: doc.Title, Sandbox: doc.Sandbox, Listing: list, Mood: MoodOf(r.State())}
	drawn := t.c.Port.Brief(doc, m)
	if m.Body = drawn.Text; !drawn.Whole {
		m.Files, m.Aside = t.fitting(asText(fileName(tool), r.Doc)), theWhole
	}
	return m
}

// tableOf is the first table of a Doc.
func tableOf(d view.Doc) view.Table {
	if i := slices.IndexFunc(d.Blocks, isTable); i >= 0 {
		table, _ := d.Blocks[i].(view.Table)
		return table
	}
	return view.Table{}
}

// nextSpot is where the next page begins; the zero spot where there is none.
func nextSpot(here spot, tool *tools.Tool, doc view.Doc, d Drawing) spot {
	next := spot{Before: here.Before + d.Shown}
	switch {
	case d.First+d.Shown < d.Total:
		next.Cursor, next.From = here.Cursor, d.First+d.Shown
	case tool.Paging().Cursor != "" && cursorOf(doc) != "":
		next.Cursor = cursorOf(doc)
	default:
		return spot{}
	}
	return next
}

// rowValues are the rows shown as operations take them, "" for one that none
// takes.
func (s *Service) rowValues(tool *tools.Tool, r tools.Result, d Drawing) []string {
	values := make([]string, d.Shown)
	actions := s.rowOperations(tool)
	if len(actions) == 0 {
		return values
	}
	rows := slices.Collect(r.Rows(actions[0].Table))
	if len(rows) != d.Total {
		return values
	}
	for n := range values {
		values[n] = rows[d.First+n].Text(actions[0].Column)
	}
	return values
}

// rowButton is the control beside a row: to what the member can do with it,
// where that is one thing, else to a choice.
func (t *session) rowButton(tool *tools.Tool, base string, n int, values []string) *Button {
	actions := t.allowed(t.rowOperations(tool))
	if values[n] == "" || len(actions) == 0 {
		return nil
	}
	b := &Button{Label: "Manage…", ID: controlID("row", fmt.Sprintf("%s/%d", base, n))}
	if len(actions) == 1 {
		if b.Label = actions[0].Label; b.Label == "" {
			b.Label = actions[0].tool.Title() + "…"
		}
	}
	return b
}

// bars are the buttons below a list: the pager where there is more than what is
// shown, the whole as a file, the filters.
func (t *session) bars(tool *tools.Tool, base string, s listState, d Drawing, total int) [][]Button {
	var pager, narrow []Button
	if more := s.Next != (spot{}); more || len(s.Trail) > 1 {
		pager = []Button{
			{Label: "◀", ID: controlID("turn", base+"/back"), Off: len(s.Trail) < 2},
			{Label: span(s.here().Before, d.Shown, total, more), ID: controlID("turn", base+"/here"), Off: true},
			{Label: "▶", Style: Next, ID: controlID("turn", base+"/on"), Off: !more},
		}
	}
	for n := range t.filterForms(tool) {
		label := "Filter…"
		switch {
		case n == 1:
			label = "More filters…"
		case n > 1:
			label = fmt.Sprintf("More filters (%d)…", n)
		}
		narrow = append(narrow, Button{Label: label, ID: controlID("filter", fmt.Sprintf("%s/%d", base, n))})
	}
	var file []Button
	if tool.Pages() && len(s.Rows) > 0 {
		file = []Button{{Label: "CSV", ID: controlID("all", base)}}
	}
	all := [][]Button{slices.Concat(pager, narrow, file)}
	if len(narrow) > 1 {
		all = [][]Button{slices.Concat(pager, file), narrow}
	}
	return slices.DeleteFunc(all, func(bar []Button) bool { return len(bar) == 0 })
}

// span says which rows are shown, and of how many.
func span(before, shown, total int, more bool) string {
	if shown == 0 {
		return "none"
	}
	text := view.Count(before + shown)
	if shown > 1 {
		text = view.Count(before+1) + "–" + text
	}
	if total == 0 && more {
		return text
	}
	return text + " of " + view.Count(max(total, before+shown))
}

// sortMenu offers the orders that rows can be in.
func sortMenu(by tools.Param, s listState, id string) Menu {
	m := Menu{ID: id, Most: 1, Prompt: "Sort"}
	now := argument(s.Args, by.Name)
	if now == "" {
		now = by.Default
	}
	if now != "" {
		m.Prompt = "Sort: " + spoken(now)
	}
	for _, e := range by.Enum {
		m.Options = append(m.Options, Option{Value: e, Label: capital(spoken(e))})
	}
	return m
}

// spoken is a name as people write it.
func spoken(name string) string { return strings.ReplaceAll(name, "_", " ") }

// filters says what a list is narrowed by.
func filters(tool *tools.Tool, s listState) []string {
	var list []string
	for _, p := range narrowing(tool) {
		if value := argument(s.Args, p.Name); value != "" {
			list = append(list, spoken(p.Name)+": "+sanitize.Clean(value, maxFilter))
		}
	}
	return list
}

// words tells rows in few words. What all of several have is told once.
func words(columns []view.Column, rows [][]string) (shared []Word, list []ListedRow) {
	list = make([]ListedRow, len(rows))
	for i, c := range columns {
		if c.Extra && c.Brief == "" {
			continue
		}
		if i > 0 && !c.Lead && len(rows) > 1 && same(rows, i) {
			shared = append(shared, wordsOf(c, rows[0], i)...)
			continue
		}
		for n, row := range rows {
			switch {
			case i >= len(row):
			case i == 0:
				list[n].Name = row[i]
			case c.Lead:
				list[n].Lead = append(list[n].Lead, wordsOf(c, row, i)...)
			default:
				list[n].Rest = append(list[n].Rest, wordsOf(c, row, i)...)
			}
		}
	}
	return shared, list
}

// same reports whether a column says the same in all rows.
func same(rows [][]string, i int) bool {
	return !slices.ContainsFunc(rows, func(row []string) bool { return i >= len(row) || row[i] != rows[0][i] })
}

// wordsOf is a cell as a word; none where it is empty.
func wordsOf(c view.Column, row []string, i int) []Word {
	if row[i] == "" {
		return nil
	}
	w := Word{Value: row[i], Loose: c.Loose, Country: c.Country}
	if before, after, ok := strings.Cut(c.Brief, "%s"); ok {
		w.Before, w.After = before, after
	}
	return []Word{w}
}
