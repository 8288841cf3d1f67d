package discord

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"didops/bots/discord/gateway"
	"didops/internal/identity"
	"didops/internal/order"
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

	Guilds           []string // where the bot works; at least one
	ApprovalsChannel string   // order cards; "" = the channel of the request
	AuditChannel     string   // "" = none

	// Roles returns what members may do by their roles, as it is at the moment;
	// needed, and quick.
	Roles func() Roles

	Now func() time.Time // needed
	Log zerolog.Logger   // the zero Logger logs nothing
}

// Roles are ids of Discord's roles.
type Roles struct {
	Readers    []string // empty = every member
	Requesters []string // empty = nobody
	Approvers  []string // empty = nobody
}

// Bot answers interactions and keeps cards of orders. It is safe for
// concurrent use.
type Bot struct {
	Config
	commands    []*discordgo.ApplicationCommand
	verbs       map[string]*tools.Tool // by "noun verb"
	held        *store
	suggestions *suggestions
	places      sync.Mutex    // held while it is noted where the card of an order goes
	wake        chan struct{} // makes the loop of cards look at once
	limiter     *logLimiter
}

// New returns a bot. It fails where something needed is missing, and with
// every reason for which Discord would not take the catalogue as commands.
// Nothing is sent.
func New(c Config) (*Bot, error) {
	if c.Gate == nil || c.Board == nil || c.Roles == nil || c.Now == nil {
		return nil, errors.New("discord: a gate, a board, roles and a clock are needed")
	}
	if len(c.Guilds) == 0 {
		return nil, errors.New("discord: no guild is named where the bot works")
	}
	commands, err := Commands(c.Gate, c.Nouns)
	if err != nil {
		return nil, err
	}
	b := &Bot{
		Config: c, commands: commands, verbs: map[string]*tools.Tool{},
		held: newStore(c.Now), suggestions: newSuggestions(c.Now), limiter: newLogLimiter(c.Now),
		wake: make(chan struct{}, 1),
	}
	for _, t := range offered(c.Gate) {
		b.verbs[t.Name().Noun+" "+t.Name().Verb] = t
	}
	return b, nil
}

// Start registers the commands in every guild where they differ, and then
// keeps the cards of orders and the audit channel up to date until ctx ends.
// It returns nil then, and earlier only with [gateway.ErrUnauthorized], with
// which nothing is left to do.
func (b *Bot) Start(ctx context.Context) error {
	b.greet()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return b.register(ctx) })
	group.Go(func() error { return b.keepCards(ctx) })
	group.Go(func() error { return b.keepAudit(ctx) })
	if err := group.Wait(); errors.Is(err, gateway.ErrUnauthorized) {
		return fmt.Errorf("discord: %w", err)
	}
	return nil
}

// greet says in the log what the settings close.
func (b *Bot) greet() {
	roles := b.Roles()
	if len(roles.Approvers) == 0 {
		b.Log.Warn().Msg("discord: approver_roles is empty, so that nobody can approve on Discord")
	}
	if len(roles.Requesters) == 0 {
		b.Log.Warn().Msg("discord: requester_roles is empty, so that nobody may ask for changes on Discord")
	}
	if b.ApprovalsChannel == "" {
		b.Log.Warn().Msg("discord: approvals_channel is empty, so that orders from elsewhere get no card")
	}
}

// Handle answers one interaction. It is a [gateway.Handler], returns when the
// answer is complete, and contains every panic.
func (b *Bot) Handle(ctx context.Context, i *discordgo.Interaction, reply gateway.Reply) {
	ctx, cancel := context.WithTimeout(ctx, workWithin)
	defer cancel()
	ctx = b.Gate.Begin(ctx)
	t := &interaction{Bot: b, event: i, reply: reply}
	err := b.guarded(ctx, func() error {
		t.run(ctx)
		return nil
	})
	if err != nil {
		t.refuse(ctx, err)
	}
}

// guarded runs what must not end the process, and returns a panic of it as a
// fault with the reference under which it is in the log.
func (b *Bot) guarded(ctx context.Context, run func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			ref := rand.Text()[:10]
			b.Log.Error().Ctx(ctx).Str("reference", ref).Bytes("stack", debug.Stack()).Msg(fmt.Sprintf("discord: panic: %v", p))
			err = mishap(ref)
		}
	}()
	return run()
}

// offered are the operations that are commands.
func offered(gate *tools.Gate) []*tools.Tool {
	return slices.DeleteFunc(gate.Catalog().Tools(), func(t *tools.Tool) bool { return !t.Through(identity.FrontDiscord) })
}
