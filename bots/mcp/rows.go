package mcp

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"didops/internal/order"
	"didops/internal/view"
)

const (
	// firstRows is how many rows of a dialog every client shows (Claude Code
	// shows no more, and no key that does), and rowWidth how many characters of
	// each it does not break.
	firstRows = 3
	rowWidth  = 72
)

// headline is the first rows of a dialog: the question with its money or
// danger; what changes, with every host; seller, type and documents. What the
// brief leaves unsaid joins the second. Where a sentence has no room in its own
// row it moves to another, and where that does not help, addresses are written
// shorter. Not ok where it does not all fit: nobody should approve what a
// client cuts off.
func headline(q *order.Question) (rows []string, ok bool) {
	first := visible(q.Text)
	if q.Card.Sandbox {
		first = "SANDBOX. " + first
	}
	if q.Brief.Danger != "" {
		first += " " + visible(q.Brief.Danger)
	}
	about := labelled(q.Brief.About)
	var unsaid []string
	for _, n := range q.Notices {
		if n = visible(n); n != "" {
			unsaid = append(unsaid, stopped(n))
		}
	}
	for _, changes := range q.Brief.Changes {
		told := append(labelled(changes), unsaid...)
		rows = []string{first}
		for _, row := range []string{strings.Join(told, " "), strings.Join(about, " ")} {
			if row != "" {
				rows = append(rows, row)
			}
		}
		if !fits(rows) {
			rows = filled(first, append(told, about...))
		}
		if fits(rows) {
			return rows, true
		}
	}
	return nil, false
}

func fits(rows []string) bool {
	for _, row := range rows {
		if utf8.RuneCountInString(row) > rowWidth {
			return false
		}
	}
	return len(rows) <= firstRows
}

// filled puts sentences behind the first, each into the first row below it that
// has room, or beside it where there is no more.
func filled(first string, sentences []string) []string {
	rows := []string{first}
	for _, s := range sentences {
		room := func(row string) bool { return utf8.RuneCountInString(row)+1+utf8.RuneCountInString(s) <= rowWidth }
		at := slices.IndexFunc(rows[1:], room) + 1
		if at == 0 && len(rows) == firstRows && room(first) {
			rows[0] += " " + s
			first = rows[0]
			continue
		}
		if at == 0 {
			rows = append(rows, s)
			continue
		}
		rows[at] += " " + s
	}
	return rows
}

// details is a result as rows that also read well where a client runs them
// together: every value with its label and a full stop, no columns, no blank
// rows.
func details(doc view.Doc) []string {
	rows := []string{stopped(visible(doc.Title))}
	add := func(text string) {
		if text = visible(text); text != "" {
			rows = append(rows, stopped(text))
		}
	}
	add(doc.Summary)
	for _, b := range doc.Blocks {
		switch b := b.(type) {
		case view.Table:
			add(b.Title)
			for _, cells := range b.Rows {
				var row view.Fields
				for i, c := range b.Columns {
					row = append(row, view.Field{Label: c.Title, Value: cells[i]})
				}
				add(strings.Join(labelled(row), " "))
			}
		case view.Fields:
			rows = append(rows, labelled(b)...)
		case view.Notice:
			add(b.Text)
		case view.More, view.Further:
			// An order that waits has no pages, and nothing to go on from.
		case view.Text:
			add(string(b))
		case view.Image:
			add(b.Alt)
		case view.Agenda: // for a calendar
		}
	}
	return rows
}

// labelled returns fields as sentences, without those that have no value.
func labelled(list view.Fields) []string {
	var sentences []string
	for _, f := range list {
		if value := visible(f.Value); value != "" {
			sentences = append(sentences, stopped(visible(f.Label)+": "+value))
		}
	}
	return sentences
}

func stopped(s string) string {
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// entity is what a client that shows Markdown or HTML makes another character
// of.
var entity = regexp.MustCompile(`&(#?\w+;)`)

// visible returns a text as one row in which a client that takes it for
// Markdown or HTML finds nothing to act upon, so that nothing in it hides,
// strikes out or links. Clients that show it as it is show characters that look
// the same.
func visible(s string) string {
	s = inert().Replace(plain(s))
	return entity.ReplaceAllString(s, "& $1")
}

func inert() *strings.Replacer {
	return strings.NewReplacer(
		"<", "‹", ">", "›", "*", "∗", "`", "ˋ", "~", "∼", "\\", "＼", "](", "] (", "][", "] [", "]:", "] :", "://", ":∕∕", "|", "∣",
	)
}
