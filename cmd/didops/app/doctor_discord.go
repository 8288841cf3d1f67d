package app

import (
	"context"
	"errors"

	"didops/bots/chat"
	"didops/bots/discord"
	"didops/bots/discord/gateway"
	"didops/internal/config"
	"didops/internal/fault"
)

// discord asks Discord, reading only, whether the token is good and the bot
// may have commands in every server.
func (e *doctor) discord(ctx context.Context, c *config.Config) {
	d := c.Discord
	if !d.Token.IsSet() {
		return
	}
	if err := soundDiscord(c); err != nil {
		e.fail("discord", err)
		return
	}
	wire, err := gateway.New(gateway.Config{Token: d.Token.Reveal(), RESTURL: d.RESTURL, PublicKey: d.PublicKey, Now: e.Now, Log: e.log()})
	if err != nil {
		e.fail("discord", fault.New(fault.Invalid, "%v", err).WithField("discord"))
		return
	}
	ctx, cancel := context.WithTimeout(ctx, c.Exchange.Timeout)
	defer cancel()
	if _, err := wire.Application(ctx); err != nil {
		e.fail("discord", discordFault(err))
		return
	}
	for _, guild := range d.GuildIDs {
		_, err := wire.Commands(ctx, guild)
		switch {
		case errors.Is(err, gateway.ErrForbidden), errors.Is(err, gateway.ErrGone):
			e.warn("discord", "invite the bot to it with the scopes bot and applications.commands", "the bot may have no commands in the server %s", guild)
		case err != nil:
			e.fail("discord", discordFault(err))
			return
		default:
			e.ok("discord", "the token is good, and the bot may have commands in the server %s", guild)
		}
	}
	e.channel(ctx, wire, d, "approvals_channel", d.ApprovalsChannel, "cards of orders")
	e.channel(ctx, wire, d, "audit_channel", d.AuditChannel, "the lines of the audit trail")
	e.channel(ctx, wire, d, "watch_channel", d.WatchChannel, "what watches found")
	if len(d.ApproverRoles) == 0 {
		e.warn("discord", "name the ids of roles under [discord] approver_roles", "nobody can approve on Discord")
	}
	if d.ApprovalsChannel == "" {
		e.warn("discord", "set [discord] approvals_channel to the id of a channel", "orders from assistants and terminals get no card")
	}
}

// channel asks whether the bot can do in a channel what it is for.
func (e *doctor) channel(ctx context.Context, wire gateway.REST, d config.Discord, setting, id, what string) {
	if id == "" {
		return
	}
	err := discord.CheckChannel(ctx, wire, id, d.GuildIDs)
	switch {
	case err == nil:
		e.ok("discord", "%s can be kept in the channel %s", what, id)
	case errors.Is(err, chat.ErrForbidden), errors.Is(err, chat.ErrGone):
		e.fail("discord", fault.New(fault.Unavailable, "%s can't be kept in the channel %s: %v", what, id, err).WithField("discord."+setting).
			WithHint("let the bot do that there, or set [discord] %s to the id of a text channel where it may", setting).WithCause(err))
	default:
		e.warn("discord", "run it again, and see whether Discord is reached", "it could not be found out what the bot may do in the channel %s", id)
	}
}
