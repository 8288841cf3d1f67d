package discord

import (
	"strings"

	"didops/bots/chat"
	"didops/internal/view"
)

// room is how many characters are used for a Doc that is shown by itself; the
// rest is left for the title and for what is said of the message, such as that
// something is missing.
const room = maxTexts - maxTitle - 512

// asideRoom is left, of the room of a message, for a word on the file that goes
// with what has no room.
const asideRoom = 80

// titled is the title of a message, marked where it is from the sandbox.
func titled(title string, sandbox bool) string {
	title = escaped(title)
	if sandbox {
		title = strings.TrimSuffix("SANDBOX · "+title, " · ")
	}
	return cut(title, maxTitle)
}

// part is a piece of a Doc as it is written, in its place.
type part struct {
	text  string
	table *view.Table // that is to be written; nil = it is written
	first bool        // it gets its room before others: the summary, fields
	drawn bool        // it was a table, and has had its room
}

// draw writes a Doc: summary and blocks in their order. Room is given to what
// is said of the whole, then to tables in which something is vital, then to
// notices and sentences, and what is left to the other tables, of which the
// first begins with the row numbered, so that a message may go on where
// another ended. What has no room is left out, and that is told.
func draw(d view.Doc, from int) chat.Drawing { return drawIn(d, from, room, "\n\n") }

// brief draws a Doc as the body of a message, whose other texts have their room
// first.
func brief(d view.Doc, m chat.Message) chat.Drawing {
	m.Body = ""
	w := written(m)
	gap := "\n"
	if m.Listing != nil {
		gap = "\n\n" // sentences, each of something else
	}
	return drawIn(d, 0, maxTexts-size(w.head)-size(w.tail)-size(w.foot)-w.taken-asideRoom, gap)
}

// drawIn draws a Doc into so much room, with a gap between its parts.
func drawIn(d view.Doc, from, room int, gap string) chat.Drawing {
	p := drawing{out: chat.Drawing{Whole: true, First: from}}
	p.add(part{text: escaped(d.Summary), first: true})
	for _, b := range d.Blocks {
		if t, ok := b.(view.Table); ok && len(t.Rows) > 0 && len(t.Columns) > 0 {
			p.parts = append(p.parts, part{table: &t})
			continue
		}
		_, fields := b.(view.Fields)
		p.add(part{text: blockText(b), first: fields})
	}
	p.left = room - size(gap)*len(p.parts)
	sentences := 0
	for _, q := range p.parts {
		switch {
		case q.table != nil:
			p.left -= size(remainder(*q.table, len(q.table.Rows), 0))
		case q.first:
			p.left -= size(q.text)
		default:
			sentences += size(q.text)
		}
	}
	p.vital(min(sentences, max(0, p.left/sentencesShare)))
	p.sentences()
	p.tables(from)
	var texts []string
	for _, q := range p.parts {
		if q.text != "" {
			texts = append(texts, q.text)
		}
	}
	text := strings.Join(texts, gap)
	p.out.Text = cut(text, room)
	p.out.Whole = p.out.Whole && p.out.Text == text
	p.out.Spare = p.out.Spare && p.rest == 0
	return p.out
}

// sentencesShare is the part of the room that sentences get beside what is
// vital, where there is not enough for both.
const sentencesShare = 3

// drawing is a Doc that is being written.
type drawing struct {
	parts []part
	left  int
	rest  int // pieces that were left out or shortened, other than Extra cells
	out   chat.Drawing
}

func (p *drawing) add(q part) {
	if q.text != "" {
		p.parts = append(p.parts, q)
	}
}

// vital writes the tables in which something is vital.
func (p *drawing) vital(reserved int) {
	for i, q := range p.parts {
		if q.table != nil && vital(*q.table) {
			_ = p.write(i, 0, max(0, p.left-reserved))
		}
	}
}

// sentences leaves out the notices and sentences that have no room.
func (p *drawing) sentences() {
	for i, q := range p.parts {
		if q.table != nil || q.first || q.text == "" || q.drawn {
			continue
		}
		if size(q.text) > p.left {
			p.parts[i].text = ""
			p.out.Whole = false
			p.rest++
			continue
		}
		p.left -= size(q.text)
	}
}

// tables writes the other tables, which share what is left.
func (p *drawing) tables(from int) {
	var waiting []int
	for i, q := range p.parts {
		if q.table != nil {
			waiting = append(waiting, i)
		}
	}
	for n, i := range waiting {
		begin := 0
		if n == 0 {
			begin = min(from, len(p.parts[i].table.Rows))
			p.out.Total = len(p.parts[i].table.Rows)
		}
		shown := p.write(i, begin, max(0, p.left/(len(waiting)-n)))
		if n == 0 {
			p.out.Shown = shown
		}
	}
}

// write writes a table into so much room, and returns how many rows it shows.
func (p *drawing) write(i, begin, room int) int {
	t := *p.parts[i].table
	w := tableText(t, begin, room)
	text := w.text
	if more := len(t.Rows) - begin - w.shown; more > 0 {
		p.rest++
		text = strings.TrimPrefix(text+"\n"+remainder(t, more, begin+w.shown), "\n")
	}
	if begin > 0 || w.short {
		p.rest++
	}
	p.out.Whole = p.out.Whole && p.rest == 0 && !w.spare
	p.out.Spare = p.out.Spare || w.spare
	p.left -= size(text)
	p.parts[i] = part{text: text, drawn: true}
	return w.shown
}

// blockText writes a block that is no table.
func blockText(b view.Block) string {
	switch b := b.(type) {
	case view.Fields:
		var lines []string
		for _, f := range b {
			value := escaped(f.Value)
			if f.Country {
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
	case view.Table, view.More, view.Further, view.Image, view.Agenda: // rows, controls and files
	}
	return ""
}
