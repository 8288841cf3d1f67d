package app

import (
	"context"
	"errors"
	"net/http"
	"time"

	"didops/bots/chat"
	"didops/bots/discord"
	"didops/bots/discord/gateway"
	"didops/internal/config"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/tools"
)

// interactionsRoute is where Discord sends interactions to, where it does.
const interactionsRoute = "POST /discord/interactions"

// addDiscord adds the bot, if one is configured.
func (a *app) addDiscord(s *service, c *config.Config, gate *tools.Gate) error {
	if !c.Discord.Token.IsSet() {
		return nil
	}
	feed := a.engine.Feed()
	counts := a.metrics.Discord()
	var bot *discord.Bot
	wire, err := gateway.New(gateway.Config{
		Token: c.Discord.Token.Reveal(), RESTURL: c.Discord.RESTURL, PublicKey: c.Discord.PublicKey, Now: a.Now, Log: a.log(),
		Leases: a.engine.Leases, Holding: func(ctx context.Context) error { return bot.Start(ctx) },
		Acked: acked(counts), Throttled: counts.Throttled, Times: gateway.Times{Ack: a.Patience, Fresh: a.Patience},
	})
	if err != nil {
		return fault.New(fault.Invalid, "%v", err).WithField("discord")
	}
	bot, err = discord.New(discord.Config{
		Gate: gate.Through(identity.FrontDiscord), Board: feed, REST: wire, Nouns: nouns(), Exchange: exchangeOf(c), Guilds: c.Discord.GuildIDs,
		ApprovalsChannel: c.Discord.ApprovalsChannel, AuditChannel: c.Discord.AuditChannel, SignedHead: a.signedHead(c),
		Page: c.Web.URL, Watches: a.watches, WatchList: "watch_list", Pages: a.pages,
		Roles: a.roles, Notify: chat.Notify(c.Discord.NotifyRequester), Handles: a.handles,
		OrderNumbers: func() int { return a.active.Load().Limits.MaxNumbersPerOrder },
		Ack:          a.Patience, Patience: a.Patience, Now: a.Now, Log: a.log(),
	})
	if err != nil {
		return err
	}
	if c.Discord.PublicKey != "" {
		s.routes = map[string]http.Handler{interactionsRoute: wire.Handler(bot.Handle)}
	}
	a.metrics.Standing(wire.Standing)
	a.metrics.Backlog(func() (int, time.Duration, time.Duration) {
		b := bot.Backlog()
		return b.Cards, b.Oldest, b.Audit
	})
	for _, at := range chat.Places() {
		a.metrics.Channel(string(at), func() bool { return bot.Closed(at) != nil })
	}
	s.ready = append(s.ready, func(context.Context) error { return wire.Ready() }, func(context.Context) error { return bot.Ready() })
	s.runs = append(s.runs, func(ctx context.Context) error {
		err := wire.Run(ctx, bot.Handle)
		if err == nil {
			return nil
		}
		if len(s.endpoints) == 0 {
			return discordFault(err)
		}
		// What is served over HTTP does not end with it; /readyz tells.
		log := a.log()
		log.Error().Err(discordFault(err)).Msg("Discord is given up until the program is started again")
		<-ctx.Done()
		return nil
	})
	return nil
}

// discordFault explains why the bot ended by itself.
func discordFault(err error) error {
	if errors.Is(err, gateway.ErrUnauthorized) {
		return fault.New(fault.Unauthorized, "Discord refuses the token of the bot").WithField("discord.token").
			WithHint("make a new token in Discord's developer portal and set it, or $DIDOPS_DISCORD_TOKEN").WithCause(err)
	}
	return fault.New(fault.Unavailable, "the connection to Discord ended").WithField("discord").
		WithHint("see that this machine reaches discord.com by HTTPS (or [discord] rest_url, where that is set), and run it again").WithCause(err)
}

// discordApproves reports whether somebody on Discord could approve an order.
func discordApproves(c *config.Config) bool {
	return c.Discord.Token.IsSet() && len(c.Discord.GuildIDs) > 0 && len(c.Discord.ApproverRoles) > 0
}
