package discord

import (
	"fmt"
	"slices"
	"strings"

	"didops/internal/view"
)

// maxLoose is the most characters of a Loose cell where room is short.
const maxLoose = 40

// detail is how much of a table's rows is written.
type detail struct {
	extras bool // Extra columns
	loose  int  // characters of a Loose cell; 0 = all
}

// details are the ways to write rows, the first that fits being used.
func details() []detail { return []detail{{extras: true}, {}, {loose: maxLoose}} }

// line is a row as it is written.
type line struct {
	text  string
	spare bool // an Extra cell was left out
	short bool // a cell was shortened
	vital bool // a Vital cell says something
}

// lineOf writes a row as a line: what it is called in bold, what speaks for
// itself, then values with their labels. Columns do not stay in line on a
// telephone, so nothing is aligned.
func lineOf(t view.Table, row []string, d detail) line {
	plain := plainColumns(t)
	var out line
	var parts []string
	flagged := ""
	for i, c := range t.Columns {
		if i >= len(row) {
			continue
		}
		cell := out.cell(c, row[i], d)
		text := escaped(cell)
		if text == "" {
			continue
		}
		out.vital = out.vital || c.Vital
		if c.Country {
			flagged = flag(cell)
		}
		switch {
		case i == 0:
			text = "**" + text + "**"
		case c.Title == "":
		case c.Right:
			text = escaped(c.Title) + " **" + text + "**"
		case i < plain && !c.Loose && !figure(cell):
		default:
			text = escaped(c.Title) + ": " + text
		}
		parts = append(parts, text)
	}
	out.text = flagged + strings.Join(parts, " · ")
	return out
}

// cell is a cell as far as it is written; "" for one that is left out.
func (l *line) cell(c view.Column, cell string, d detail) string {
	switch {
	case c.Vital:
	case c.Extra && !d.extras:
		l.spare = l.spare || cell != ""
		return ""
	case c.Loose && d.loose > 0:
		short := cut(cell, d.loose)
		l.short = l.short || short != cell
		return short
	}
	return cell
}

// plainColumns returns how many columns from the left need no label: those
// before the first figure, if there is one. In a table of texts only every
// text has to be told from the others.
func plainColumns(t view.Table) int {
	for i, c := range t.Columns {
		if c.Right {
			return i
		}
	}
	return 0
}

// figure reports whether a cell begins as an amount or a count does.
func figure(cell string) bool { return cell != "" && '0' <= cell[0] && cell[0] <= '9' }

// rowsText is a table as far as there was room for it.
type rowsText struct {
	text  string
	shown int  // rows
	spare bool // Extra cells were left out
	short bool // cells were shortened
}

// tableText writes as many rows of a table, from the one numbered, as there
// is room for.
func tableText(t view.Table, from, room int) rowsText {
	rows := t.Rows[min(from, len(t.Rows)):]
	var out rowsText
	for _, d := range details() {
		lines := make([]line, 0, len(rows))
		for _, row := range rows {
			lines = append(lines, lineOf(t, row, d))
		}
		out = fill(bold(t.Title), lines, room)
		if out.shown == len(rows) {
			break
		}
	}
	return out
}

// fill writes lines up to the first that has no room. Where lines say
// something that is vital, those are written before the others.
func fill(head string, lines []line, room int) rowsText {
	taken := make([]bool, len(lines))
	used := size(head)
	take := func(n int) bool {
		if used+size(lines[n].text)+1 > room {
			return false
		}
		used += size(lines[n].text) + 1
		taken[n] = true
		return true
	}
	vital := slices.ContainsFunc(lines, func(l line) bool { return l.vital })
	for n := range lines {
		if lines[n].vital && !take(n) {
			break
		}
	}
	for n := range lines {
		if !lines[n].vital && !take(n) && !vital {
			break
		}
	}
	out := rowsText{}
	parts := []string{head}
	for n, l := range lines {
		if taken[n] {
			parts = append(parts, l.text)
			out.shown++
			out.spare, out.short = out.spare || l.spare, out.short || l.short
		}
	}
	out.text = strings.TrimPrefix(strings.Join(parts, "\n"), "\n")
	return out
}

// vital reports whether a table has a column that is left out last.
func vital(t view.Table) bool {
	return slices.ContainsFunc(t.Columns, func(c view.Column) bool { return c.Vital })
}

// named is how many columns name a table.
const named = 4

// remainder says how many rows are not shown, and of a table of which there is
// none to be seen, what they are about.
func remainder(t view.Table, n, shown int) string {
	text := fmt.Sprintf("%d more rows", n)
	if n == 1 {
		text = "1 more row"
	}
	if shown > 0 {
		return "_" + text + "_"
	}
	var titles []string
	for _, c := range t.Columns {
		if c.Title != "" {
			titles = append(titles, c.Title)
		}
	}
	if len(titles) > named {
		titles = append(titles[:named], "…")
	}
	return "_" + escaped(strings.TrimSuffix(text+": "+strings.Join(titles, ", "), ": ")) + "_"
}
