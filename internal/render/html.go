package render

import (
	"html"
	"html/template"
	"strconv"
	"strings"

	"didops/internal/view"
)

// HTMLOptions says where in a page a Doc stands.
type HTMLOptions struct {
	// Level is that of the heading that is the title, 1 to 6; 0 = the title and
	// the summary are said elsewhere. Titles of tables are one below.
	Level int
	// Link returns where a cell of a table's first column leads, as a path; "" =
	// nowhere. nil = no cell leads anywhere.
	Link func(cell string) string
}

// labelledRows is how many rows a table may have whose cells each say what they
// are, for screens that have no room for columns. A longer one is scrolled.
const labelledRows = 30

// HTML returns d as elements for the body of a page: a heading that begins with
// SANDBOX where d is from the sandbox, the summary, then the blocks. Nothing is
// left out but Extra columns without a value, and every text is another's: it
// is escaped, and neither style nor script stands in it. Classes are notice and
// warning, table and scroll, r (amounts and counts) and further.
func HTML(d view.Doc, o HTMLOptions) template.HTML {
	p := page{HTMLOptions: o}
	if o.Level > 0 {
		p.heading(o.Level, title(d))
		p.paragraph("", line(d.Summary))
	}
	for _, b := range d.Blocks {
		p.block(b)
	}
	return template.HTML(p.out.String()) //nolint:gosec // every text in it was escaped
}

type page struct {
	HTMLOptions
	out strings.Builder
}

func (p *page) raw(parts ...string) {
	for _, s := range parts {
		p.out.WriteString(s)
	}
}

func (p *page) heading(level int, text string) {
	if text == "" {
		return
	}
	tag := "h" + strconv.Itoa(min(level, 6))
	p.raw("<", tag, ">", html.EscapeString(text), "</", tag, ">\n")
}

// paragraph writes a line of text, of a class unless that is "".
func (p *page) paragraph(class, text string) {
	if text == "" {
		return
	}
	if class != "" {
		class = ` class="` + class + `"`
	}
	p.raw("<p", class, ">", html.EscapeString(text), "</p>\n")
}

func (p *page) block(b view.Block) {
	switch b := b.(type) {
	case view.Table:
		p.table(clean(b))
	case view.Fields:
		p.fields(b)
	case view.Notice:
		class := "notice"
		if b.Warning {
			class += " warning"
		}
		p.raw(`<p class="`, class, `"><strong>`, notice(b), "</strong> ", html.EscapeString(line(b.Text)), "</p>\n")
	case view.More:
		p.paragraph("further", "More rows: cursor "+word(b.Cursor))
	case view.Further:
		parts := []string{line(b.Says) + ": " + word(b.Operation)}
		for _, a := range b.Args {
			parts = append(parts, word(a.Label)+" "+word(a.Value))
		}
		p.paragraph("further", strings.Join(parts, ", "))
	case view.Text:
		p.paragraph("", line(string(b)))
	case view.Image:
		p.paragraph("", line(b.Alt))
	case view.Agenda: // for a calendar
	}
}

func (p *page) fields(f view.Fields) {
	if len(f) == 0 {
		return
	}
	p.raw("<dl>\n")
	for _, field := range f {
		p.raw("<div><dt>", html.EscapeString(line(field.Label)), "</dt><dd>", html.EscapeString(line(field.Value)), "</dd></div>\n")
	}
	p.raw("</dl>\n")
}

// table writes a table. A short one has the head of its column at each cell, for
// screens that show rows one below the other; roles say that it stays a table
// there. A long one is in a region that can be scrolled, also by keys.
func (p *page) table(g grid) {
	if len(g.rows) == 0 || len(g.columns) == 0 {
		return
	}
	p.heading(p.Level+1, g.title)
	labelled := len(g.rows) <= labelledRows
	if labelled {
		p.raw(`<table class="table" role="table">`)
	} else {
		name := g.title
		if name == "" {
			name = "Table"
		}
		p.raw(`<div class="scroll" role="region" tabindex="0" aria-label="`, html.EscapeString(name), `"><table>`)
	}
	p.raw("\n<thead", role(labelled, "rowgroup"), "><tr", role(labelled, "row"), ">")
	for _, c := range g.columns {
		p.raw(`<th scope="col"`, role(labelled, "columnheader"), right(c), ">", html.EscapeString(c.Title), "</th>")
	}
	p.raw("</tr></thead>\n<tbody", role(labelled, "rowgroup"), ">\n")
	for _, row := range g.rows {
		p.raw("<tr", role(labelled, "row"), ">")
		for i, c := range g.columns {
			p.raw("<td", role(labelled, "cell"), right(c))
			if labelled {
				p.raw(` data-label="`, html.EscapeString(c.Title), `"`)
			}
			p.raw(">", p.cell(i, row[i]), "</td>")
		}
		p.raw("</tr>\n")
	}
	p.raw("</tbody></table>")
	if !labelled {
		p.raw("</div>")
	}
	p.raw("\n")
}

// cell is the text of a cell, which may lead somewhere.
func (p *page) cell(column int, text string) string {
	escaped := html.EscapeString(text)
	if column > 0 || p.Link == nil {
		return escaped
	}
	if path := p.Link(text); path != "" {
		return `<a href="` + html.EscapeString(path) + `">` + escaped + "</a>"
	}
	return escaped
}

func right(c view.Column) string {
	if c.Right {
		return ` class="r"`
	}
	return ""
}

// role is the role of an element that is shown otherwise on small screens, where
// browsers forget what it was.
func role(is bool, name string) string {
	if is {
		return ` role="` + name + `"`
	}
	return ""
}
