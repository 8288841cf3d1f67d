package app

import (
	"context"
	"errors"

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
	if len(d.GuildIDs) == 0 {
		e.fail("discord", servable(c))
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
	if len(d.ApproverRoles) == 0 {
		e.warn("discord", "name the ids of roles under [discord] approver_roles", "nobody can approve on Discord")
	}
	if d.ApprovalsChannel == "" {
		e.warn("discord", "set [discord] approvals_channel to the id of a channel", "orders from assistants and terminals get no card")
	}
}
