package discord

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/bots/discord/gateway"
)

// register puts the commands into every guild where they differ from what is
// there. A guild that can't be reached is tried again until ctx ends; one that
// the bot may not add commands to is left out, with a word in the log.
func (b *Bot) register(ctx context.Context) error {
	for _, guild := range b.Guilds {
		for wait := time.Second; ; wait = min(2*wait, time.Minute) {
			err := b.registerIn(ctx, guild)
			if errors.Is(err, gateway.ErrUnauthorized) {
				return err
			}
			if err == nil || ctx.Err() != nil {
				break
			}
			log := b.Log.Error().Err(err).Str("guild", guild)
			if errors.Is(err, gateway.ErrForbidden) || errors.Is(err, gateway.ErrInvalid) || errors.Is(err, gateway.ErrGone) {
				log.Msg("discord: the commands can't be registered: invite the bot with the scopes bot and applications.commands")
				break
			}
			log.Msg("discord: the commands could not be registered yet")
			pause(ctx, wait)
		}
	}
	return nil
}

func (b *Bot) registerIn(ctx context.Context, guild string) error {
	present, err := b.REST.Commands(ctx, guild)
	if err != nil {
		return err
	}
	diff := difference(present, b.commands)
	if len(diff) == 0 {
		b.Log.Debug().Str("guild", guild).Msg("discord: the commands are registered as they are")
		return nil
	}
	if err := b.REST.PutCommands(ctx, guild, b.commands); err != nil {
		return err
	}
	b.Log.Info().Str("guild", guild).Strs("changed", diff).Msg("discord: the commands were registered")
	return nil
}

// difference returns what has to change for the commands that are there to be
// those wanted: "+did search" is new, "-did find" goes, "~did list" is another.
func difference(present, wanted []*discordgo.ApplicationCommand) []string {
	was, is := outline(present), outline(wanted)
	var list []string
	for path, now := range is {
		if before, ok := was[path]; !ok {
			list = append(list, "+"+path)
		} else if before != now {
			list = append(list, "~"+path)
		}
	}
	for path := range was {
		if _, ok := is[path]; !ok {
			list = append(list, "-"+path)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return strings.Compare(a[1:], b[1:]) })
	return list
}

// outline returns commands and sub-commands by their path, as far as they are
// ours to say: Discord adds ids, versions and defaults, and does not give the
// contexts of a guild's commands back.
func outline(list []*discordgo.ApplicationCommand) map[string]string {
	paths := map[string]string{}
	for _, c := range list {
		kind := max(c.Type, discordgo.ChatApplicationCommand)
		order := []string{c.Description}
		for _, o := range c.Options {
			paths[c.Name+" "+o.Name] = drawn(o)
			order = append(order, o.Name)
		}
		paths[c.Name] = string('0'+rune(kind)) + strings.Join(order, "|")
	}
	return paths
}

// drawn is an option as text, with nothing in it that depends on how empty
// values are written.
func drawn(o *discordgo.ApplicationCommandOption) string {
	var options, choices []string
	for _, sub := range o.Options {
		options = append(options, drawn(sub))
	}
	for _, c := range o.Choices {
		text, _ := json.Marshal([]any{c.Name, c.Value}) // a text or a number can always be written
		choices = append(choices, string(text))
	}
	text, _ := json.Marshal([]any{ // the same of lists of them
		o.Type, o.Name, o.Description, o.Required, o.Autocomplete, options, choices, o.MinValue, o.MaxValue, o.MinLength, o.MaxLength,
	})
	return string(text)
}

// pause waits, at the longest until ctx ends.
func pause(ctx context.Context, long time.Duration) {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
