package discord

import (
	"context"

	"github.com/bwmarrin/discordgo"

	"didops/bots/chat"
	"didops/tools"
)

// Begin implements [chat.Reply]: it defers an update of the message that the
// component is on, or a message that only the user sees.
func (t *interaction) Begin(ctx context.Context, aside bool) bool {
	if t.aside = aside; aside {
		return t.ack(ctx, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseDeferredMessageUpdate})
	}
	return t.ack(ctx, &discordgo.InteractionResponse{
		Type: discordgo.InteractionResponseDeferredChannelMessageWithSource,
		Data: &discordgo.InteractionResponseData{Flags: discordgo.MessageFlagsEphemeral},
	})
}

// Show implements [chat.Reply].
func (t *interaction) Show(ctx context.Context, m chat.Message) error {
	return translated(t.reply.Edit(ctx, written(m).edit()))
}

// Tell implements [chat.Reply].
func (t *interaction) Tell(ctx context.Context, text string) error {
	return translated(t.reply.Edit(ctx, message{head: "⏳ " + escaped(text), colour: grey}.edit()))
}

// Say implements [chat.Reply].
func (t *interaction) Say(ctx context.Context, m chat.Message) (string, error) {
	id, err := t.reply.Followup(ctx, written(m).followup(false))
	return id, translated(err)
}

// Refuse implements [chat.Reply]: as the first response, in place of what was
// announced by it, or as a further message.
func (t *interaction) Refuse(ctx context.Context, err error) {
	m := notice(err)
	switch {
	case !t.acked:
		t.ack(ctx, m.answer())
		return
	case t.aside:
		_, err = t.reply.Followup(ctx, m.followup(true))
	default:
		err = t.reply.Edit(ctx, m.edit())
	}
	if err != nil {
		t.Log.Warn().Ctx(ctx).Err(err).Str("interaction", t.event.ID).Msg("discord: a result could not be shown")
	}
}

// suggest answers what is being typed into an option.
func (t *interaction) suggest(ctx context.Context, list []tools.Choice) {
	choices := []*discordgo.ApplicationCommandOptionChoice{}
	for _, c := range list {
		name := c.Value
		if c.Label != "" {
			name += " · " + c.Label
		}
		choices = append(choices, &discordgo.ApplicationCommandOptionChoice{Name: cut(name, maxName100), Value: c.Value})
	}
	t.ack(ctx, &discordgo.InteractionResponse{
		Type: discordgo.InteractionApplicationCommandAutocompleteResult,
		Data: &discordgo.InteractionResponseData{Choices: choices},
	})
}
