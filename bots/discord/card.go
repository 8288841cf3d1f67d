package discord

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/bots/chat"
)

// inARow is how many buttons stand in a line.
const inARow = 5

// written is a message as Discord shows it.
func written(m chat.Message) message {
	out := message{
		head: m.Body, tail: strings.Join(surroundings(m), "\n"), colour: colourOf(m.Mood), files: m.Files,
		calls: m.Calls, reply: m.ReplyTo,
	}
	if title := titled(m.Title, m.Sandbox); title != "" {
		mark := "## "
		if m.Listing != nil {
			mark = "### " // the rows matter more
		}
		out.head = strings.TrimSuffix(mark+title+"\n"+m.Body, "\n")
	}
	if m.Needs == nil || m.Needs.Rule != "" { // else it names them
		for _, id := range m.Calls.Roles {
			out.head = strings.TrimSuffix(role(id)+"\n"+out.head, "\n")
		}
	}
	for _, id := range m.Calls.Users {
		out.head = strings.TrimSuffix(user(id)+"\n"+out.head, "\n")
	}
	if m.Foot != "" {
		out.foot = smallPrint(m.Foot, m.Small)
	}
	if m.Listing != nil {
		out.list(*m.Listing)
	}
	for line := range slices.Chunk(m.Buttons[:min(len(m.Buttons), maxSelect)], inARow) {
		out.rows = append(out.rows, buttons(line))
	}
	return out
}

// Room of what is said of a message below its body.
const (
	mostAround = 2400 // characters of all of it
	leastSaid  = 80   // of one line of what people said or decided, that something is to be left of
)

// surroundings are the lines that are said of a message below its body. What
// people said or decided gets the room that the rest leaves: who asked, until when
// it is decided and by whom are always there.
func surroundings(m chat.Message) []string {
	var first, said, last []string
	if a := m.Asked; a != nil {
		line := escaped(a.By) + " asked " + ago(a.At)
		if a.Reason != "" {
			line += " · " + escaped(a.Reason)
		}
		first = append(first, line)
	}
	for _, s := range m.Said {
		said = append(said, remark(s))
	}
	for _, v := range m.Votes {
		said = append(said, escaped(v.By)+" "+escaped(v.What)+" "+ago(v.At))
	}
	if !m.Until.IsZero() {
		line := until(m.Until.Unix())
		if n := m.Needs; n != nil {
			line += " · " + cut(needed(*n), mostAround/4)
		}
		last = append(last, line)
	}
	if m.Where != nil {
		last = append(last, whereDecided(*m.Where))
	}
	if m.Aside != "" {
		last = append(last, "_"+escaped(m.Aside)+"_")
	}
	taken := size(strings.Join(slices.Concat(first, last), "\n"))
	return slices.Concat(first, shortened(said, mostAround-taken), last)
}

// shortened returns lines with no more than so many characters, of which the
// latest say the most: the longest are cut, and where that is not enough the first
// left out.
func shortened(lines []string, room int) []string {
	if more := len(lines) - max(1, room/leastSaid); more > 0 {
		lines = append([]string{"more before: see All terms"}, lines[more+1:]...)
	}
	taken := func(most int) int {
		n := 0
		for _, line := range lines {
			n += min(size(line), most) + 1
		}
		return n
	}
	most := max(room, leastSaid)
	for most > leastSaid && taken(most) > room {
		most--
	}
	short := make([]string, 0, len(lines))
	for _, line := range lines {
		short = append(short, cut(line, most))
	}
	return short
}

// remark is a line about what somebody said or did before an order was decided.
func remark(s chat.Said) string {
	line := escaped(strings.TrimSpace(s.By + " " + s.What))
	if !s.At.IsZero() {
		line += " " + ago(s.At)
	}
	if s.Text != "" {
		line += apart + escaped(s.Text)
	}
	return line
}

// small is how a line of small print begins.
const small = "-# "

// smallPrint is the foot of a message, by which it is found again, and what
// else is said in small.
func smallPrint(foot, more string) string {
	text := small + escaped(foot)
	if more != "" {
		text += apart + escaped(more)
	}
	return cut(text, maxTitle)
}

// apart stands between a foot and what follows it.
const apart = " · "

// footed reports whether the last text of a message is of a foot: as it is
// written now, or as it was in the footer of an embed.
func footed(text, foot string) bool {
	now := smallPrint(foot, "")
	return text == now || strings.HasPrefix(text, now+apart) || text == cut(foot, maxTitle)
}

// ago says live how long ago a moment was.
func ago(t time.Time) string { return fmt.Sprintf("<t:%d:R>", t.Unix()) }

// needed says which approvals are missing, and of whom.
func needed(n chat.Needs) string {
	if n.Rule != "" {
		return "rule " + escaped(n.Rule) + ": " + escaped(n.SoFar)
	}
	what := "needs 1 approval"
	if n.Of > 1 {
		what = fmt.Sprintf("needs %d of %d approvals", n.Missing, n.Of)
	}
	var roles []string
	for _, id := range n.Roles {
		roles = append(roles, role(id))
	}
	return what + " of " + strings.Join(roles, " or ")
}

// until says live until when a decision counts.
func until(unix int64) string { return fmt.Sprintf("⏳ Decide until <t:%d:t>, <t:%d:R>", unix, unix) }

// whereDecided says where the card of an order is, or that it can't be there
// and what else there is.
func whereDecided(w chat.Where) string {
	text := "It is decided at its card in <#" + w.Place + ">."
	switch {
	case w.Nobody:
		text = "Nobody can decide on Discord: `approver_roles` is empty."
	case len(w.Lacks) > 0:
		text = warning("Its card can't be posted in <#" + w.Place + "> until the bot has the permission " + strings.Join(w.Lacks, ", ") + " there.")
	case w.Closed:
		text = warning("Its card can't be posted in <#" + w.Place + "> at the moment. The log of didops says why.")
	}
	if w.AskedBy != "" {
		text = "Asked by " + bold(w.AskedBy) + ".\n" + text
	}
	for _, way := range w.Ways {
		text += "\n" + escaped(way)
	}
	return text
}

func warning(text string) string { return "> ⚠️ **Warning:** " + text }

func colourOf(m chat.Mood) int {
	switch m {
	case chat.Waiting:
		return blue
	case chat.Good:
		return green
	case chat.Attention:
		return yellow
	case chat.Bad:
		return red
	case chat.Informing:
		return grey
	}
	return grey
}

// buttons are a line of them.
func buttons(list []chat.Button) discordgo.ActionsRow {
	var line discordgo.ActionsRow
	for _, b := range list {
		line.Components = append(line.Components, pressed(b))
	}
	return line
}

func pressed(b chat.Button) discordgo.Button {
	if b.Opens != "" {
		return discordgo.Button{Label: cut(b.Label, maxLabel), Style: discordgo.LinkButton, URL: b.Opens}
	}
	return discordgo.Button{Label: cut(b.Label, maxLabel), Style: styleOf(b.Style), CustomID: b.ID, Disabled: b.Off}
}

func styleOf(s chat.Style) discordgo.ButtonStyle {
	switch s {
	case chat.Next:
		return discordgo.PrimaryButton
	case chat.Agree:
		return discordgo.SuccessButton
	case chat.Danger:
		return discordgo.DangerButton
	case chat.Plain:
		return discordgo.SecondaryButton
	}
	return discordgo.SecondaryButton
}

func labelOf(o chat.Option) string {
	if o.Label != "" {
		return o.Label
	}
	return o.Value
}

func menu(m chat.Menu) []discordgo.MessageComponent {
	least := 1
	var options []discordgo.SelectMenuOption
	for _, o := range m.Options {
		options = append(options, discordgo.SelectMenuOption{Label: cut(labelOf(o), maxName100), Value: o.Value, Description: cut(o.About, maxName100), Default: o.Chosen})
	}
	return []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.SelectMenu{
		MenuType: discordgo.StringSelectMenu, CustomID: m.ID, Options: options,
		Placeholder: m.Prompt, MinValues: &least, MaxValues: min(m.Most, len(options)),
	}}}}
}
