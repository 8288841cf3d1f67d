package render

import (
	"slices"
	"strings"

	"didops/internal/view"
)

const (
	between   = 2  // columns between two columns of a table
	tightest  = 12 // columns that a Loose column keeps before Extra ones go
	readable  = 20 // columns that a Prose column keeps before the table goes
	narrowest = 6  // columns that a Loose column keeps before it goes itself
	whole     = 1 << 30
)

// table writes a table that fits. First heads are broken into lines and Loose
// columns shrink and Prose takes several lines, then Extra columns are left out
// from the right, then Loose ones shrink further and are left out likewise; if
// even that is not enough, every row becomes a record. Numbers and amounts are
// never cut.
func (p *plain) table(g grid) {
	if len(g.rows) == 0 || len(g.columns) == 0 {
		return
	}
	p.gap()
	for _, l := range wrap(g.title, p.Width) {
		if l != "" {
			p.line(p.styled(bold, l))
		}
	}
	l := newLayout(g)
	if p.Width > 0 && !l.fit(p.Width) {
		p.records(g)
		return
	}
	for _, row := range l.heads() {
		p.line(p.styled(bold, row))
	}
	for _, row := range g.rows {
		for _, text := range l.lines(row) {
			p.line(text)
		}
	}
	if left := l.left(); len(left) > 0 {
		p.text(dim, "columns left out at this width: "+strings.Join(left, ", ")+"; widen or use --json")
	}
}

// records writes every row as a list of its values.
func (p *plain) records(g grid) {
	for n, row := range g.rows {
		if n > 0 {
			p.out.WriteByte('\n')
		}
		var labels, values []string
		for i, c := range g.columns {
			if row[i] != "" {
				labels, values = append(labels, c.Title), append(values, row[i])
			}
		}
		p.record(labels, values, fold)
	}
}

// layout says which columns of a table are drawn, and how wide.
type layout struct {
	grid
	kept   []int // the columns drawn
	widths []int // of every column
}

// newLayout returns the layout of a table that has all the space it wants.
func newLayout(g grid) *layout {
	l := &layout{grid: g, widths: make([]int, len(g.columns))}
	for i := range g.columns {
		l.kept = append(l.kept, i)
	}
	l.measure(columns)
	return l
}

// measure gives every column the width of its widest cell or, if that is
// more, of its head.
func (l *layout) measure(head func(string) int) {
	for i, c := range l.columns {
		l.widths[i] = head(heading(c))
		for _, row := range l.rows {
			l.widths[i] = max(l.widths[i], columns(row[i]))
		}
	}
}

// fit makes the table fit and reports whether it could.
func (l *layout) fit(width int) bool {
	if l.least(tightest) > width {
		l.measure(longestWord)
	}
	l.leaveOut(func() bool { return l.least(tightest) > width }, func(c view.Column) bool { return c.Extra && !c.Vital })
	l.leaveOut(func() bool { return l.least(narrowest) > width }, func(c view.Column) bool { return c.Loose && !c.Vital })
	if l.least(narrowest) > width {
		return false
	}
	if l.measure(columns); l.least(whole) > width {
		l.measure(longestWord)
	}
	for l.least(whole) > width {
		l.widths[l.widest()]--
	}
	return true
}

// least returns the width of a line whose Loose and Prose columns are as
// narrow as the bound allows.
func (l *layout) least(bound int) int {
	sum := between * (len(l.kept) - 1)
	for _, i := range l.kept {
		switch c := l.columns[i]; {
		case c.Prose:
			sum += min(l.widths[i], max(bound, readable))
		case c.Loose:
			sum += min(l.widths[i], bound)
		default:
			sum += l.widths[i]
		}
	}
	return sum
}

// leaveOut drops columns of a kind, the last first, while there is no space.
// The first column names the row and stays.
func (l *layout) leaveOut(tight func() bool, kind func(view.Column) bool) {
	for i := len(l.columns) - 1; i > 0 && tight(); i-- {
		if at := slices.Index(l.kept, i); at >= 0 && kind(l.columns[i]) {
			l.kept = slices.Delete(l.kept, at, at+1)
		}
	}
}

// left returns the titles of the columns left out.
func (l *layout) left() []string {
	var titles []string
	for i, c := range l.columns {
		if !slices.Contains(l.kept, i) {
			titles = append(titles, strings.ToLower(c.Title))
		}
	}
	return titles
}

// widest returns the widest Loose or Prose column.
func (l *layout) widest() int {
	widest := -1
	for _, i := range l.kept {
		if c := l.columns[i]; (c.Loose || c.Prose) && (widest < 0 || l.widths[i] > l.widths[widest]) {
			widest = i
		}
	}
	return widest
}

// heads returns the lines of the heads, which stand at the bottom.
func (l *layout) heads() []string {
	broken := make([][]string, len(l.columns))
	most := 0
	for _, i := range l.kept {
		broken[i] = wrap(heading(l.columns[i]), l.widths[i])
		most = max(most, len(broken[i]))
	}
	lines := make([]string, most)
	for n := range lines {
		cells := make([]string, len(l.columns))
		for _, i := range l.kept {
			if skip := most - len(broken[i]); n >= skip {
				cells[i] = broken[i][n-skip]
			}
		}
		lines[n] = l.row(cells)
	}
	return lines
}

// lines returns a row, in as many lines as its Prose takes.
func (l *layout) lines(row []string) []string {
	broken := make([][]string, len(l.columns))
	most := 1
	for _, i := range l.kept {
		broken[i] = []string{row[i]}
		if l.columns[i].Prose {
			broken[i] = fold(row[i], l.widths[i])
		}
		most = max(most, len(broken[i]))
	}
	lines := make([]string, most)
	for n := range lines {
		cells := make([]string, len(l.columns))
		for _, i := range l.kept {
			if n < len(broken[i]) {
				cells[i] = broken[i][n]
			}
		}
		lines[n] = l.row(cells)
	}
	return lines
}

func (l *layout) row(cells []string) string {
	parts := make([]string, len(l.kept))
	for j, i := range l.kept {
		parts[j] = pad(shorten(cells[i], l.widths[i]), l.widths[i], l.columns[i].Right)
	}
	return strings.TrimRight(strings.Join(parts, strings.Repeat(" ", between)), " ")
}

func heading(c view.Column) string { return strings.ToUpper(c.Title) }

func longestWord(s string) int {
	n := 0
	for word := range strings.FieldsSeq(s) {
		n = max(n, columns(word))
	}
	return n
}
