package discord

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bwmarrin/discordgo"

	"didops/bots/chat"
)

// inARow is how many buttons stand in a line.
const inARow = 5

// written is a message as Discord shows it.
func written(m chat.Message) message {
	parts := []string{m.Body}
	if !m.Until.IsZero() {
		parts = append(parts, until(m.Until.Unix()))
	}
	if m.Where != nil {
		parts = append(parts, whereDecided(*m.Where))
	}
	if m.Aside != "" {
		parts = append(parts, "_"+escaped(m.Aside)+"_")
	}
	body := strings.TrimPrefix(strings.Join(parts, "\n\n"), "\n\n")
	out := message{title: titled(m.Title, m.Sandbox), body: cut(body, maxBody), foot: m.Foot, colour: colourOf(m.Mood), files: m.Files}
	if m.Menu != nil {
		out.rows = append(out.rows, menu(*m.Menu)...)
	}
	for line := range slices.Chunk(m.Buttons[:min(len(m.Buttons), maxSelect)], inARow) {
		out.rows = append(out.rows, buttons(line))
	}
	return out
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
		line.Components = append(line.Components, discordgo.Button{Label: cut(b.Label, maxLabel), Style: styleOf(b.Style), CustomID: b.ID})
	}
	return line
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

func menu(m chat.Menu) []discordgo.MessageComponent {
	least := 1
	var options []discordgo.SelectMenuOption
	for _, o := range m.Options {
		options = append(options, discordgo.SelectMenuOption{Label: o.Value, Value: o.Value, Description: cut(o.About, maxName100)})
	}
	return []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.SelectMenu{
		MenuType: discordgo.StringSelectMenu, CustomID: m.ID, Options: options,
		Placeholder: m.Prompt, MinValues: &least, MaxValues: min(m.Most, len(options)),
	}}}}
}
