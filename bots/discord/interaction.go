package discord

import (
	"context"
	"errors"
	"slices"

	"github.com/bwmarrin/discordgo"
	"github.com/rs/zerolog"

	"didops/bots/chat"
	"didops/bots/discord/gateway"
	"didops/internal/fault"
	"didops/internal/sanitize"
)

// maxMember is the most characters of a member's name that are shown.
const maxMember = 64

// interaction is one interaction that is being answered.
type interaction struct {
	*Bot
	event *discordgo.Interaction
	reply gateway.Reply
	acked bool // the first response has been sent
	aside bool // further messages are new ones: the first response left a message as it was
}

var _ chat.Reply = (*interaction)(nil)

func (t *interaction) run(ctx context.Context) {
	if t.event.Type == discordgo.InteractionPing {
		return // the link's
	}
	typing := t.event.Type == discordgo.InteractionApplicationCommandAutocomplete
	user, err := t.user()
	if err != nil {
		if typing {
			t.suggest(ctx, nil)
		} else {
			t.Refuse(ctx, err)
		}
		return
	}
	r := t.request(user)
	switch data := t.event.Data.(type) {
	case discordgo.ApplicationCommandInteractionData:
		command, given := operation(data)
		if typing {
			name, partial := focused(given)
			t.suggest(ctx, t.chat.Suggest(ctx, r, command, name, partial))
		} else {
			t.chat.Command(ctx, r, command, arguments(given))
		}
	case discordgo.MessageComponentInteractionData:
		t.chat.Press(ctx, r, data.CustomID, data.Values)
	case discordgo.ModalSubmitInteractionData:
		typed := map[string]string{}
		texts(data.Components, typed)
		t.chat.Submit(ctx, r, data.CustomID, typed)
	default:
		t.chat.Unknown(ctx, r)
	}
}

// user returns who sent an interaction, or why nobody is answered there. It
// goes by the interaction itself, which Discord fills in anew for each.
func (t *interaction) user() (chat.User, error) {
	m := t.event.Member
	switch {
	case t.event.GuildID == "" || m == nil || m.User == nil:
		return chat.User{}, fault.New(fault.Forbidden, "this works in a server only, not in direct messages")
	case !slices.Contains(t.Guilds, t.event.GuildID):
		return chat.User{}, fault.New(fault.Forbidden, "this server is not one of those in which it works").
			WithHint("an operator can add its id to guild_ids under [discord]")
	case m.User.Bot || m.User.System:
		return chat.User{}, fault.New(fault.Forbidden, "other bots are not answered")
	}
	return chat.User{ID: m.User.ID, Name: nameOf(m), Roles: m.Roles}, nil
}

// nameOf is a member's name as others see it.
func nameOf(m *discordgo.Member) string {
	for _, name := range []string{m.Nick, m.User.GlobalName, m.User.Username, m.User.ID} {
		if name = sanitize.Clean(name, maxMember); name != "" {
			return name
		}
	}
	return "somebody"
}

func (t *interaction) request(u chat.User) chat.Request {
	r := chat.Request{ID: t.event.ID, User: u, Place: t.event.ChannelID, Lacks: t.lacks(), Reply: t}
	if m := t.event.Message; m != nil {
		r.Message = m.ID
		r.Private = m.Flags&discordgo.MessageFlagsEphemeral != 0
	}
	return r
}

// lacks names the permissions that cards need and that the bot does not have
// where the interaction is from.
func (t *interaction) lacks() []string {
	if t.event.AppPermissions == 0 {
		return nil // not told
	}
	return lacking(t.event.AppPermissions, needs())
}

// ack sends the first response and reports whether there is somebody to go on
// for. What could not be acknowledged is not begun: the user is told by
// Discord that it failed, and may try again.
func (t *interaction) ack(ctx context.Context, r *discordgo.InteractionResponse) bool {
	ctx, cancel := context.WithTimeout(ctx, t.Ack)
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
