package chat

import (
	"fmt"
	"slices"
	"strings"

	"didops/internal/order"
	"didops/internal/view"
)

// gists are the gists of an order's lines: what all share of them is said once,
// and what is not the same at each line.
type gists struct {
	all     []order.Gist
	country bool     // all are of one
	parts   []bool   // by place: it is the same for all
	use     []bool   // likewise
	labels  []string // of routes, in the order of their coming
	way     []bool   // by label: it is the same for all that have it
}

// shared finds out what lines share.
func shared(lines []order.LineView) gists {
	var g gists
	for _, l := range lines {
		g.all = append(g.all, l.Gist)
		for _, r := range l.Gist.Routes {
			if !slices.Contains(g.labels, r.Label) {
				g.labels = append(g.labels, r.Label)
			}
		}
	}
	if len(g.all) == 0 {
		return g
	}
	g.country = g.same(func(x order.Gist) string { return x.Country })
	for i := range g.all[0].Parts {
		g.parts = append(g.parts, g.same(func(x order.Gist) string { return at(x.Parts, i) }))
	}
	for i := range g.all[0].Use {
		g.use = append(g.use, g.same(func(x order.Gist) string { return at(x.Use, i) }))
	}
	for _, label := range g.labels {
		first := ""
		g.way = append(g.way, !slices.ContainsFunc(g.all, func(x order.Gist) bool {
			path := pathOf(x, label)
			if first == "" {
				first = path
			}
			return path != "" && path != first
		}))
	}
	return g
}

func (g gists) same(of func(order.Gist) string) bool {
	first := of(g.all[0])
	return !slices.ContainsFunc(g.all, func(x order.Gist) bool { return of(x) != first })
}

func at(list []string, i int) string {
	if i >= len(list) {
		return ""
	}
	return list[i]
}

func pathOf(x order.Gist, label string) string {
	i := slices.IndexFunc(x.Routes, func(f view.Field) bool { return f.Label == label })
	if i < 0 {
		return ""
	}
	return x.Routes[i].Value
}

// common is what all lines share, and a fee where there is one to say.
func (g gists) common(fee string) []view.Block {
	if len(g.all) == 0 {
		return nil
	}
	var cells []string
	first, flagged := g.all[0], false
	if g.country && first.Country != "" {
		cells, flagged = append(cells, first.Country), true
	}
	for i, same := range g.parts {
		if same {
			cells = append(cells, first.Parts[i])
		}
	}
	for i, same := range g.use {
		if same {
			cells = append(cells, first.Use[i])
		}
	}
	cells = append(cells, fee)
	cells = slices.DeleteFunc(cells, func(c string) bool { return c == "" })
	if len(cells) == 0 {
		return nil
	}
	return []view.Block{row(flagged, cells...)}
}

// usesDiffer reports whether something of what is paid later is not the same
// for all.
func (g gists) usesDiffer() bool { return slices.Contains(g.use, false) }

// lines are the numbers of an order, as many as a card shows, each with what it
// does not share. A single number is in the question.
func (g gists) lines(o order.Order) []view.Block {
	if len(o.Lines) == 1 && o.State == order.Pending {
		return nil
	}
	t := view.Table{Columns: []view.Column{{}, {}}}
	for range len(g.parts) + 1 {
		t.Columns = append(t.Columns, view.Column{})
	}
	t.Columns[1].Country = true
	for n, label := range g.labels {
		if g.apart(n) {
			t.Columns = append(t.Columns, view.Column{Title: label})
		}
	}
	for _, l := range o.Lines[:min(len(o.Lines), shownMost)] {
		t.Rows = append(t.Rows, g.line(l))
	}
	blocks := []view.Block{t}
	if more := len(o.Lines) - shownMost; more > 0 {
		blocks = append(blocks, view.Text(fmt.Sprintf("and %d more, %d in all", more, len(o.Lines))))
	}
	return blocks
}

func (g gists) line(l order.LineView) []string {
	r := []string{l.Number, "", fees(l)}
	if !g.country {
		r[1] = l.Gist.Country
	}
	for i, same := range g.parts {
		cell := ""
		if !same {
			cell = at(l.Gist.Parts, i)
		}
		r = append(r, cell)
	}
	for n, label := range g.labels {
		if g.apart(n) {
			r = append(r, pathOf(l.Gist, label))
		}
	}
	return r
}

// apart reports whether a route stands at each line.
func (g gists) apart(n int) bool { return !g.way[n] && len(g.all) <= shownMost }

// routes says where calls and messages go: where that is the same for all that
// have any, and of an order that is not shown line by line all there are.
func (g gists) routes() view.Fields {
	var list view.Fields
	for n, label := range g.labels {
		if g.apart(n) {
			continue // it stands at each line
		}
		var paths []string
		for _, x := range g.all {
			if path := pathOf(x, label); path != "" && !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
		text := strings.Join(paths[:min(len(paths), shownMost)], "; ")
		if more := len(paths) - shownMost; more > 0 {
			text += fmt.Sprintf("; and %d more, which are in the file", more)
		}
		list = append(list, view.Field{Label: label, Value: text})
	}
	return list
}
