package discord

import (
	"context"
	"errors"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/rs/zerolog"

	"didops/bots/discord/gateway"
)

// ackWithin bounds the first response, which Discord takes for three seconds.
const ackWithin = 2500 * time.Millisecond

// interaction is one interaction that is being answered.
type interaction struct {
	*Bot
	event *discordgo.Interaction
	reply gateway.Reply
	who   member
	acked bool // the first response has been sent
	aside bool // further messages are new ones: the first response left a message as it was
}

func (t *interaction) run(ctx context.Context) {
	if t.event.Type == discordgo.InteractionPing {
		return // the link's
	}
	var refusal error
	if t.who, refusal = t.admit(t.event); refusal != nil {
		if t.event.Type == discordgo.InteractionApplicationCommandAutocomplete {
			t.choices(ctx, nil)
			return
		}
		t.refuse(ctx, refusal)
		return
	}
	switch data := t.event.Data.(type) {
	case discordgo.ApplicationCommandInteractionData:
		if t.event.Type == discordgo.InteractionApplicationCommandAutocomplete {
			t.suggest(ctx, data)
		} else {
			t.command(ctx, data)
		}
	case discordgo.MessageComponentInteractionData:
		t.component(ctx, data)
	case discordgo.ModalSubmitInteractionData:
		t.submitted(ctx, data)
	default:
		t.refuse(ctx, errUnknown)
	}
}

// ack sends the first response and reports whether there is somebody to go on
// for. What could not be acknowledged is not begun: the user is told by
// Discord that it failed, and may try again.
func (t *interaction) ack(ctx context.Context, r *discordgo.InteractionResponse) bool {
	ctx, cancel := context.WithTimeout(ctx, ackWithin)
	defer cancel()
	err := t.reply.Ack(ctx, r)
	t.acked = true
	if err == nil {
		return true
	}
	level := zerolog.WarnLevel
	if errors.Is(err, gateway.ErrAcknowledged) {
		level = zerolog.InfoLevel // the same interaction came twice
	}
	t.Log.WithLevel(level).Ctx(ctx).Err(err).Str("interaction", t.event.ID).Msg("discord: an interaction could not be acknowledged; nothing was begun")
	return false
}

// later defers a message that only the user sees.
func (t *interaction) later(ctx context.Context) bool {
	return t.ack(ctx, &discordgo.InteractionResponse{
		Type: discordgo.InteractionResponseDeferredChannelMessageWithSource,
		Data: &discordgo.InteractionResponseData{Flags: discordgo.MessageFlagsEphemeral},
	})
}

// quietly defers an update of the message that the component is on, which
// stays as it is unless it is edited.
func (t *interaction) quietly(ctx context.Context) bool {
	t.aside = true
	return t.ack(ctx, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseDeferredMessageUpdate})
}
