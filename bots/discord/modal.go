package discord

import (
	"context"

	"github.com/bwmarrin/discordgo"

	"didops/bots/chat"
)

// Ask implements [chat.Reply]: it opens a modal as the first response; nothing
// can come before it.
func (t *interaction) Ask(ctx context.Context, f chat.Form) {
	var rows []discordgo.MessageComponent
	for _, in := range f.Inputs[:min(len(f.Inputs), maxInputs)] {
		if uploads(f) || choosing(f) {
			rows = append(rows, field(in))
			continue
		}
		rows = append(rows, discordgo.ActionsRow{Components: []discordgo.MessageComponent{input(in)}})
	}
	t.ack(ctx, &discordgo.InteractionResponse{
		Type: discordgo.InteractionResponseModal,
		Data: &discordgo.InteractionResponseData{CustomID: f.ID, Title: cut(f.Title, maxInput), Components: rows},
	})
}

func input(in chat.Input) discordgo.TextInput {
	out := discordgo.TextInput{
		CustomID: in.Name, Label: in.Label, Placeholder: in.Hint, Style: discordgo.TextInputShort, Required: in.Required, MaxLength: in.Most, Value: in.Value,
	}
	if in.Required {
		out.MinLength = 1
	}
	if in.Long {
		out.Style = discordgo.TextInputParagraph
	}
	if in.Brief != "" && size(in.Label) > maxInput {
		out.Label, out.Placeholder = in.Brief, in.Label
	}
	out.Label, out.Placeholder = cut(out.Label, maxInput), cut(out.Placeholder, maxDescription)
	return out
}

// texts reads what was typed into inputs, however they are nested. Kinds that
// are not known are passed over.
func texts(list []discordgo.MessageComponent, into map[string]string) {
	for _, c := range list {
		switch c := c.(type) {
		case *discordgo.ActionsRow:
			if c != nil {
				texts(c.Components, into)
			}
		case discordgo.ActionsRow:
			texts(c.Components, into)
		case *discordgo.TextInput:
			if c != nil {
				into[c.CustomID] = c.Value
			}
		case discordgo.TextInput:
			into[c.CustomID] = c.Value
		}
	}
}
