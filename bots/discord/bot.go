package discord

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"didops/bots/chat"
	"didops/bots/discord/gateway"
	"didops/internal/digest/daily"
	"didops/internal/handle"
	"didops/internal/identity"
	"didops/internal/incident"
	"didops/internal/order"
	"didops/internal/watch"
	"didops/tools"
)

// workWithin bounds what is done behind the first response. Its token is good
// for fifteen minutes.
const workWithin = 14 * time.Minute

// Config is what a [Bot] is made of.
type Config struct {
	Gate  *tools.Gate       // needed
	Board order.Feed        // needed: the orders to keep cards of
	REST  gateway.REST      // needed by Start
	Nouns map[string]string // a noun's line of help; a missing one shows its verbs

	Exchange         string   // needed: see [chat.Config]
	Guilds           []string // where the bot works; at least one
	ApprovalsChannel string   // order cards; "" = the channel of the request
	AuditChannel     string   // "" = none

	// SignedHead returns the key of the trail on a line, and its signed head; nil =
	// it has none.
	SignedHead func(context.Context) (string, error)

	// Roles returns what members may do by their roles, as it is at the moment;
	// needed, and quick.
	Roles func() Roles

	Notify chat.Notify // how who asked for an order hears what became of it

	Page string // address of the page on which orders are decided; "" = there is none

	Watches   watch.Feed // what watches found; nil = nothing is told. See [chat.Config]
	WatchList string     // the operation that lists it
	Pages     daily.Feed // the morning pages; nil = none are told

	OrderNumbers func() int   // how many numbers an order takes at the moment; 0 = no limit, nil = there is none
	Handles      handle.Store // what controls stand for, for every process that answers them; nil = in memory

	NewHandle func() string // makes the handles of lists; nil = random ones, see [chat.Config]

	// Ack bounds the first response to an interaction, Patience the wait for the
	// store before it; 0 = 2.5 s, for Discord takes it for three, and a second.
	Ack, Patience time.Duration

	Now func() time.Time // needed
	Log zerolog.Logger   // the zero Logger logs nothing
}

// Roles are ids of Discord's roles.
type Roles = chat.Roles

// Bot answers interactions and keeps cards of orders. It is safe for
// concurrent use.
type Bot struct {
	Config
	commands []*discordgo.ApplicationCommand
	chat     *chat.Service
}

// New returns a bot. It fails where something needed is missing, and with
// every reason for which Discord would not take the catalogue as commands.
// Nothing is sent.
func New(c Config) (*Bot, error) {
	c.Ack = cmp.Or(c.Ack, 2500*time.Millisecond)
	service, err := chat.New(chat.Config{
		Gate: c.Gate, Feed: c.Board, Port: port{c.REST, c.Guilds},
		Frontend: identity.FrontDiscord, Realm: identity.Discord, Name: "Discord", Limits: limits(), Exchange: c.Exchange,
		Approvals: c.ApprovalsChannel, Audit: c.AuditChannel, SignedHead: c.SignedHead,
		Roles: c.Roles, Notify: c.Notify, Page: c.Page, Watches: c.Watches, WatchList: c.WatchList, Pages: c.Pages, OrderNumbers: c.OrderNumbers, Handles: c.Handles, NewHandle: c.NewHandle, Patience: c.Patience, Now: c.Now, Log: c.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("discord: %w", err)
	}
	if len(c.Guilds) == 0 {
		return nil, errors.New("discord: no guild is named where the bot works")
	}
	commands, err := Commands(c.Gate, c.Nouns)
	if err != nil {
		return nil, err
	}
	return &Bot{Config: c, commands: commands, chat: service}, nil
}

// Start registers the commands in every guild where they differ, and then
// keeps the cards of orders and the audit channel up to date until ctx ends.
// It returns nil then, and earlier only with [gateway.ErrUnauthorized], with
// which nothing is left to do.
func (b *Bot) Start(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return b.register(ctx) })
	group.Go(func() error { return b.chat.Run(ctx) })
	if err := group.Wait(); errors.Is(err, gateway.ErrUnauthorized) {
		return fmt.Errorf("discord: %w", err)
	}
	return nil
}

// Ready returns nil, or an Unavailable fault that says why orders can't be
// shown in the channel of approvals, or that cards are behind; see [chat.Service.Ready].
func (b *Bot) Ready() error { return b.chat.Ready() }

// Closed returns why messages can't be kept in a channel of the bot's; see
// [chat.Service.Closed].
func (b *Bot) Closed(at chat.Place) error { return b.chat.Closed(at) }

// Backlog returns what Discord was not shown yet; see [chat.Service.Backlog].
func (b *Bot) Backlog() chat.Backlog { return b.chat.Backlog() }

// Handle answers one interaction. It is a [gateway.Handler], returns when the
// answer is complete, and contains every panic.
func (b *Bot) Handle(ctx context.Context, i *discordgo.Interaction, reply gateway.Reply) {
	ctx, cancel := context.WithTimeout(ctx, workWithin)
	defer cancel()
	ctx = b.Gate.Begin(ctx)
	t := &interaction{Bot: b, event: i, reply: reply}
	err := b.boundary().Guard(ctx, "an interaction", func() error {
		t.run(ctx)
		return nil
	})
	if err != nil {
		t.Refuse(ctx, err)
	}
}

// boundary contains what must not end the process.
func (b *Bot) boundary() incident.Boundary { return incident.Boundary{Log: &b.Log, Name: "discord"} }
