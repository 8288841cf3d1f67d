package discord

import (
	"strings"

	"github.com/bwmarrin/discordgo"

	"didops/bots/chat"
)

const (
	rowRoom = 560 // characters of a row of a list; five of them leave room for what is said of all
	maxWord = 100 // characters of a value in a row
)

// list puts the rows of a list into a message: a section each, with its button
// at the side, and the controls below.
func (m *message) list(l chat.Listing) {
	for _, line := range []string{wordsText(l.Shared), escaped(strings.Join(l.Filters, apart))} {
		if line != "" {
			m.head += "\n" + small + line
		}
	}
	for _, r := range l.Rows {
		text := discordgo.TextDisplay{Content: rowText(r)}
		m.taken += size(text.Content)
		if r.Act == nil {
			m.sections = append(m.sections, text)
			continue
		}
		m.sections = append(m.sections, discordgo.Section{
			Components: []discordgo.MessageComponent{text}, Accessory: pressed(*r.Act),
		})
	}
	for _, bar := range l.Bars {
		m.rows = append(m.rows, buttons(bar))
	}
	for _, one := range l.Menus {
		m.rows = append(m.rows, menu(one)...)
	}
}

// rowText is a row in two lines: what it is called with what stands beside it,
// and the rest in small, as far as there is room.
func rowText(r chat.ListedRow) string {
	first := bold(cut(r.Name, maxWord))
	for _, w := range r.Lead {
		if next := first + apart + word(w, bold); size(next) <= rowRoom {
			first = next
		}
	}
	for n := len(r.Rest); n > 0; n-- {
		if text := first + "\n" + small + wordsText(r.Rest[:n]); size(text) <= rowRoom {
			return text
		}
	}
	return first
}

func wordsText(list []chat.Word) string {
	texts := make([]string, 0, len(list))
	for _, w := range list {
		texts = append(texts, word(w, escaped))
	}
	return strings.Join(texts, apart)
}

// word writes a value with what is said around it. One that is cut stays a
// quotation where it was one.
func word(w chat.Word, write func(string) string) string {
	most := maxWord
	if w.Loose {
		most = maxLoose
	}
	value := cut(w.Value, most)
	if value != w.Value && strings.HasSuffix(w.Value, "”") {
		value += "”"
	}
	text := write(value)
	if w.Before != "" {
		text = escaped(w.Before) + " " + text
	}
	if w.After != "" {
		text += spaced(w.After) + escaped(w.After)
	}
	if w.Country {
		text = flag(w.Value) + text
	}
	return text
}

// spaced keeps a space that escaping takes away.
func spaced(s string) string {
	if strings.HasPrefix(s, " ") {
		return " "
	}
	return ""
}
