package render

import (
	"slices"
	"strings"

	"didops/tools/view"
)

const (
	between   = 2  // columns between two columns of a table
	tightest  = 12 // columns that a Loose column keeps before Extra ones go
	narrowest = 4  // columns that a Loose column keeps at all
)

// table writes a table that fits. First Loose columns shrink, then Extra ones
// are left out from the right, then Loose ones shrink further; if even that
// is not enough, every row becomes a record. Amounts and numbers are never
// cut.
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
	natural := g.natural()
	kept, left := p.choose(g, natural)
	widths, ok := p.fit(g, natural, kept)
	if !ok {
		p.records(g)
		return
	}
	p.rows(g, kept, widths)
	if len(left) > 0 {
		p.text(dim, "columns left out at this width: "+strings.Join(left, ", ")+"; widen or use --json")
	}
}

// natural returns the width that each column would like.
func (g grid) natural() []int {
	widths := make([]int, len(g.columns))
	for i, c := range g.columns {
		widths[i] = columns(heading(c))
		for _, row := range g.rows {
			widths[i] = max(widths[i], columns(row[i]))
		}
	}
	return widths
}

func heading(c view.Column) string { return strings.ToUpper(c.Title) }

// choose returns the columns to draw, and the titles of those left out.
func (p *plain) choose(g grid, natural []int) (kept []int, left []string) {
	for i := range g.columns {
		kept = append(kept, i)
	}
	for i := len(kept) - 1; i >= 0 && p.Width > 0; i-- {
		if least(g, natural, kept, tightest) <= p.Width {
			break
		}
		if g.columns[i].Extra {
			kept = slices.Delete(kept, i, i+1)
			left = append(left, strings.ToLower(g.columns[i].Title))
		}
	}
	slices.Reverse(left)
	return kept, left
}

// least returns the width of a line whose Loose columns are as narrow as the
// bound allows.
func least(g grid, natural, kept []int, bound int) int {
	sum := between * (len(kept) - 1)
	for _, i := range kept {
		if g.columns[i].Loose {
			sum += min(natural[i], bound)
		} else {
			sum += natural[i]
		}
	}
	return sum
}

// fit returns the width of each kept column, or false if they do not fit.
func (p *plain) fit(g grid, natural, kept []int) ([]int, bool) {
	widths := make([]int, len(kept))
	sum := between * (len(kept) - 1)
	for j, i := range kept {
		widths[j] = natural[i]
		sum += natural[i]
	}
	if p.Width < 1 {
		return widths, true
	}
	for ; sum > p.Width; sum-- {
		widest := -1
		for j, i := range kept {
			if g.columns[i].Loose && widths[j] > narrowest && (widest < 0 || widths[j] > widths[widest]) {
				widest = j
			}
		}
		if widest < 0 {
			return nil, false
		}
		widths[widest]--
	}
	return widths, len(kept) > 0
}

func (p *plain) rows(g grid, kept, widths []int) {
	cells := make([]string, len(kept))
	for j, i := range kept {
		cells[j] = heading(g.columns[i])
	}
	p.line(p.styled(bold, g.row(kept, widths, cells)))
	for _, row := range g.rows {
		for j, i := range kept {
			cells[j] = row[i]
		}
		p.line(g.row(kept, widths, cells))
	}
}

func (g grid) row(kept, widths []int, cells []string) string {
	parts := make([]string, len(kept))
	for j, i := range kept {
		parts[j] = pad(shorten(cells[j], widths[j]), widths[j], g.columns[i].Right)
	}
	return strings.TrimRight(strings.Join(parts, strings.Repeat(" ", between)), " ")
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
