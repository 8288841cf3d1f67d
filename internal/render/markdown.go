package render

import (
	"cmp"
	"strings"

	"didops/internal/view"
)

// Markdown returns d as compact Markdown of the GitHub flavour: a title line
// that begins with SANDBOX where d is from the sandbox, the summary, then the
// blocks: tables, quoted notices, fields as a list. It is what models read, so
// it is short: what all rows of a table share is said once, before it, and what
// is for people only is left out. It ends in a line feed unless it is empty.
func Markdown(d view.Doc) string {
	var parts []string
	if t := title(d); t != "" {
		parts = append(parts, "**"+escape(t)+"**")
	}
	if s := line(d.Summary); s != "" {
		parts = append(parts, paragraph(s))
	}
	for _, b := range d.Blocks {
		if s := markdown(b); s != "" {
			parts = append(parts, s)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "\n\n") + "\n"
}

// title returns the first line of d without markup; "" for none.
func title(d view.Doc) string {
	t := line(d.Title)
	switch {
	case !d.Sandbox:
		return t
	case t == "":
		return sandbox
	}
	return sandbox + " · " + t
}

func markdown(b view.Block) string {
	switch b := b.(type) {
	case view.Table:
		return markdownTable(clean(told(b)))
	case view.Fields:
		return markdownFields(b)
	case view.Notice:
		return "> " + notice(b) + " " + escape(line(b.Text))
	case view.More:
		return "More rows: cursor = " + word(b.Cursor)
	case view.Further:
		parts := []string{escape(line(b.Says)) + ": " + word(b.Operation)}
		for _, a := range b.Args {
			parts = append(parts, word(a.Label)+" = "+word(a.Value))
		}
		return strings.Join(parts, ", ")
	case view.Text:
		return paragraph(line(string(b)))
	case view.Image:
		return paragraph(line(b.Alt))
	case view.Agenda: // for a calendar
	}
	return ""
}

func markdownTable(g grid) string {
	if len(g.rows) == 0 || len(g.columns) == 0 {
		return ""
	}
	var b strings.Builder
	if g.title != "" {
		b.WriteString("**" + escape(g.title) + "**\n\n")
	}
	for i, f := range g.hoist() {
		b.WriteString([]string{"All: ", "; "}[min(i, 1)])
		b.WriteString(escape(f.Label) + ": " + value(f.Value))
	}
	if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
		b.WriteString("\n\n")
	}
	for _, c := range g.columns {
		b.WriteString("|" + escape(c.Title))
	}
	b.WriteString("|\n")
	b.WriteString(strings.Repeat("|-", len(g.columns)) + "|")
	for _, row := range g.rows {
		b.WriteByte('\n')
		for _, cell := range row {
			b.WriteByte('|')
			b.WriteString(value(cell))
		}
		b.WriteByte('|')
	}
	return b.String()
}

func markdownFields(f view.Fields) string {
	lines := make([]string, 0, len(f))
	for _, field := range f {
		if !field.Aside {
			lines = append(lines, strings.TrimRight("- "+escape(line(field.Label))+": "+value(line(cmp.Or(field.Brief, field.Value))), " "))
		}
	}
	return strings.Join(lines, "\n")
}
