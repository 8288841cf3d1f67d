package discord

import (
	"strings"

	"didops/bots/chat"
	"didops/internal/view"
)

// room is how many characters of the body are used; the rest is left for a
// line that says what is missing.
const room = maxBody - 256

// titled is the title of a message, marked where it is from the sandbox.
func titled(title string, sandbox bool) string {
	title = escaped(title)
	if sandbox {
		title = strings.TrimSuffix("SANDBOX · "+title, " · ")
	}
	return cut(title, maxTitle)
}

// draw writes a Doc: summary and blocks in their order. What a person must not
// overlook is never left out; tables get the room that is left, and the first
// begins with the row numbered, so that a message may go on where another
// ended.
func draw(d view.Doc, from int) chat.Drawing {
	var parts []string
	var tables []int // the parts that are tables
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	add(escaped(d.Summary))
	var pending []view.Table
	for _, b := range d.Blocks {
		if t, ok := b.(view.Table); ok && len(t.Rows) > 0 && len(t.Columns) > 0 {
			tables, pending = append(tables, len(parts)), append(pending, t)
			parts = append(parts, "")
			continue
		}
		add(blockText(b))
	}
	left := room - 2*len(parts)
	for _, p := range parts {
		left -= size(p)
	}
	out := chat.Drawing{Whole: left >= 0, First: from}
	for n, t := range pending {
		begin := 0
		if n == 0 {
			begin = min(from, len(t.Rows))
			out.Total = len(t.Rows)
		}
		text, shown := tableText(t, begin, max(0, left/(len(pending)-n)))
		if n == 0 {
			out.Shown = shown
		}
		if more := len(t.Rows) - begin - shown; more > 0 {
			out.Whole = false
			text = strings.TrimPrefix(text+"\n"+remainder(more), "\n")
		}
		if begin > 0 {
			out.Whole = false
		}
		left -= size(text)
		parts[tables[n]] = text
	}
	out.Text = cut(strings.Join(parts, "\n\n"), maxBody)
	return out
}

// blockText writes a block that is no table.
func blockText(b view.Block) string {
	switch b := b.(type) {
	case view.Fields:
		var lines []string
		for _, f := range b {
			value := escaped(f.Value)
			if f.Label == countryTitle {
				value = flag(f.Value) + value
			}
			lines = append(lines, strings.TrimRight(bold(f.Label+":")+" "+value, " "))
		}
		return strings.Join(lines, "\n")
	case view.Notice:
		if b.Warning {
			return "> ⚠️ **Warning:** " + escaped(b.Text)
		}
		return "> **Note:** " + escaped(b.Text)
	case view.Text:
		return escaped(string(b))
	case view.Table, view.More: // rows and controls
	}
	return ""
}
