// Package render draws a [view.Doc] as Markdown, as text for a terminal and as
// elements of a page.
//
// Every text of a Doc is treated as another party's: it becomes one line
// without control and invisible characters, and what its medium would read as
// markup is escaped. All renderers switch over every [view.Block]; a table
// without rows is not drawn, nor is an Extra column without a single value.
//
// The functions keep no state and are safe for concurrent use.
package render

import (
	"math"
	"slices"
	"strings"

	"didops/internal/sanitize"
	"didops/internal/view"
)

// sandbox marks every result that is not of the real exchange.
const sandbox = "SANDBOX"

// line returns s as one line of visible characters, whatever its length.
func line(s string) string { return sanitize.Clean(s, math.MaxInt) }

// notice returns the word that a notice begins with.
func notice(n view.Notice) string {
	if n.Warning {
		return "Warning:"
	}
	return "Note:"
}

// grid is a table whose texts are clean and whose rows all have a cell for
// each column.
type grid struct {
	title   string
	columns []view.Column
	rows    [][]string
}

// told is a table without the columns that models are not told.
func told(t view.Table) view.Table {
	out := view.Table{Title: t.Title}
	var kept []int
	for i, c := range t.Columns {
		if !c.Aside {
			out.Columns, kept = append(out.Columns, c), append(kept, i)
		}
	}
	for _, row := range t.Rows {
		var cells []string
		for _, i := range kept {
			if i < len(row) {
				cells = append(cells, row[i])
			}
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

// hoist takes the columns out of a table that say the same in all of several
// rows, but for the first, which tells rows apart, and returns them as fields.
func (g *grid) hoist() []view.Field {
	if len(g.rows) < 2 {
		return nil
	}
	var shared []view.Field
	for i := len(g.columns) - 1; i > 0; i-- {
		value := g.rows[0][i]
		if value == "" || slices.ContainsFunc(g.rows, func(row []string) bool { return row[i] != value }) {
			continue
		}
		shared = append(shared, view.Field{Label: g.columns[i].Title, Value: value})
		g.columns = slices.Delete(g.columns, i, i+1)
		for n := range g.rows {
			g.rows[n] = slices.Delete(g.rows[n], i, i+1)
		}
	}
	slices.Reverse(shared)
	return shared
}

// clean prepares a table for drawing. Missing cells are empty, surplus ones
// are dropped, and so is every Extra column without a value.
func clean(t view.Table) grid {
	g := grid{title: line(t.Title)}
	var kept []int
	for i, c := range t.Columns {
		if c.Extra && !filled(t.Rows, i) {
			continue
		}
		c.Title = line(c.Title)
		g.columns = append(g.columns, c)
		kept = append(kept, i)
	}
	for _, row := range t.Rows {
		cells := make([]string, len(kept))
		for j, i := range kept {
			if i < len(row) {
				cells[j] = line(row[i])
			}
		}
		g.rows = append(g.rows, cells)
	}
	return g
}

func filled(rows [][]string, column int) bool {
	for _, row := range rows {
		if column < len(row) && line(row[column]) != "" {
			return true
		}
	}
	return false
}

// word returns s without what could end it as a word of code or of a command
// line: a cursor is letters, digits, - and _.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' {
			return r
		}
		return -1
	}, s)
}
