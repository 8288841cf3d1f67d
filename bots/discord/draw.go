package discord

import (
	"strings"

	"didops/internal/view"
)

// room is how many characters of the body are used; the rest is left for a
// line that says what is missing.
const room = maxBody - 256

// drawing is what of a Doc a message shows.
type drawing struct {
	body  string
	first int  // of the first table, the first row shown
	shown int  // of the first table, how many rows
	total int  // of the first table, how many there are
	whole bool // nothing was left out
}

// titled is the title of a Doc, marked where it is from the sandbox.
func titled(d view.Doc) string {
	title := escaped(d.Title)
	if d.Sandbox {
		title = strings.TrimSuffix("SANDBOX · "+title, " · ")
	}
	return cut(title, maxTitle)
}

// draw writes a Doc: summary and blocks in their order. What a person must not
// overlook is never left out; tables get the room that is left, and the first
// begins with the row numbered, so that a message may go on where another
// ended.
func draw(d view.Doc, from int) drawing {
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
	out := drawing{whole: left >= 0, first: from}
	for n, t := range pending {
		begin := 0
		if n == 0 {
			begin = min(from, len(t.Rows))
			out.total = len(t.Rows)
		}
		text, shown := tableText(t, begin, max(0, left/(len(pending)-n)))
		if n == 0 {
			out.shown = shown
		}
		if more := len(t.Rows) - begin - shown; more > 0 {
			out.whole = false
			text = strings.TrimPrefix(text+"\n"+remainder(more), "\n")
		}
		if begin > 0 {
			out.whole = false
		}
		left -= size(text)
		parts[tables[n]] = text
	}
	out.body = cut(strings.Join(parts, "\n\n"), maxBody)
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

// cursorOf returns where the next page of a Doc begins, "" for none.
func cursorOf(d view.Doc) string {
	for _, b := range d.Blocks {
		if more, ok := b.(view.More); ok {
			return more.Cursor
		}
	}
	return ""
}
