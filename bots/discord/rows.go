package discord

import (
	"fmt"
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

// lineOf writes a row as a line: what it is called in bold, what speaks for
// itself, then values with their labels. Columns do not stay in line on a
// telephone, so nothing is aligned.
func lineOf(t view.Table, row []string, d detail) string {
	plain := plainColumns(t)
	var parts []string
	flagged := ""
	for i, c := range t.Columns {
		if i >= len(row) || c.Extra && !d.extras {
			continue
		}
		cell := row[i]
		if c.Loose && d.loose > 0 {
			cell = cut(cell, d.loose)
		}
		text := escaped(cell)
		if text == "" {
			continue
		}
		if c.Title == countryTitle {
			flagged = flag(cell)
		}
		switch {
		case i == 0:
			text = "**" + text + "**"
		case c.Right:
			text = escaped(c.Title) + " **" + text + "**"
		case i < plain && !c.Loose && !figure(cell):
		default:
			text = escaped(c.Title) + ": " + text
		}
		parts = append(parts, text)
	}
	return flagged + strings.Join(parts, " · ")
}

// countryTitle is the column that may hold ISO codes of countries.
const countryTitle = "Country"

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

// tableText writes as many rows of a table, from the one numbered, as there
// is room for, and returns how many those are.
func tableText(t view.Table, from, room int) (text string, shown int) {
	rows := t.Rows[min(from, len(t.Rows)):]
	head := bold(t.Title)
	for _, d := range details() {
		text, shown = fill(t, rows, head, room, d)
		if shown == len(rows) {
			break
		}
	}
	return text, shown
}

func fill(t view.Table, rows [][]string, head string, room int, d detail) (string, int) {
	var b strings.Builder
	b.WriteString(head)
	used := size(head)
	for n, row := range rows {
		line := lineOf(t, row, d)
		if used += size(line) + 1; used > room {
			return b.String(), n
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(line)
	}
	return b.String(), len(rows)
}

// remainder says how many rows are not shown.
func remainder(n int) string {
	if n == 1 {
		return "_1 more row_"
	}
	return fmt.Sprintf("_%d more rows_", n)
}
