package discord

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/bots/discord/gateway"
	"didops/internal/audit"
)

const (
	auditReader = "discord audit" // whose mark says which entries were announced
	headReader  = "discord head"  // whose mark is the day whose head was announced last
	newsMost    = 50              // entries that are read at once
	maxContent  = 2000            // characters of a message without an embed
	day         = 24 * time.Hour
)

// keepAudit announces every entry of the audit trail in the audit channel,
// once and in order, and once a UTC day the head of the trail, until ctx ends.
// Where nothing was ever announced it begins an hour before now: a trail of
// years is not told all over.
func (b *Bot) keepAudit(ctx context.Context) error {
	if b.AuditChannel == "" {
		return nil
	}
	since := b.Now().Add(-time.Hour)
	return b.runWithLease(ctx, auditReader, nil, func(ctx context.Context) (int64, time.Duration, error) {
		seen, err := b.announce(ctx, since)
		if err == nil {
			err = b.announceHead(ctx)
		}
		return seen, renewed, err
	})
}

func (b *Bot) announce(ctx context.Context, since time.Time) (int64, error) {
	seen, err := b.Board.Mark(ctx, auditReader)
	if err != nil {
		return 0, err
	}
	fresh := seen == 0
	for {
		list, last, err := b.Board.News(ctx, seen, newsMost)
		if err != nil {
			return seen, err
		}
		for _, n := range list {
			if fresh && n.At.Before(since) {
				continue
			}
			if err := b.say(ctx, auditLine(n), "a"+strconv.FormatInt(n.Entry, 10)+"-"+n.Hash[:min(8, len(n.Hash))]); err != nil {
				return seen, err
			}
			if err := b.Board.SetMark(ctx, auditReader, n.Entry); err != nil {
				return seen, err
			}
			seen = n.Entry
		}
		if last <= seen && len(list) == 0 {
			return seen, nil
		}
		if last > seen {
			if err := b.Board.SetMark(ctx, auditReader, last); err != nil {
				return seen, err
			}
			seen = last
		}
	}
}

// auditLine is an entry as a line.
func auditLine(n audit.Event) string {
	return fmt.Sprintf("`%d` <t:%d:T> %s", n.Entry, n.At.Unix(), escaped(n.Text))
}

// announceHead notes the head of the trail where nobody with the store can
// change it, once a day.
func (b *Bot) announceHead(ctx context.Context) error {
	today := b.Now().UTC()
	number := today.Unix() / int64(day/time.Second)
	said, err := b.Board.Mark(ctx, headReader)
	if err != nil || said >= number {
		return err
	}
	entry, hash, err := b.Board.Head(ctx)
	if err != nil || entry == 0 {
		return err
	}
	text := fmt.Sprintf("Head of the audit trail on %s: entry %d, `%s`", today.Format(time.DateOnly), entry, escaped(hash))
	if err := b.say(ctx, text, "h"+strconv.FormatInt(number, 10)); err != nil {
		return err
	}
	return b.Board.SetMark(ctx, headReader, number)
}

// say posts a line in the audit channel. One that Discord does not accept is
// left out, with a word in the log, so that those behind it are heard.
func (b *Bot) say(ctx context.Context, text, nonce string) error {
	if b.Gate.Sandboxed() {
		text = "SANDBOX " + text
	}
	_, err := b.REST.Post(ctx, b.AuditChannel, &discordgo.MessageSend{
		Content: cut(text, maxContent), Flags: discordgo.MessageFlagsSuppressEmbeds, AllowedMentions: nobody(),
	}, nonce)
	if errors.Is(err, gateway.ErrInvalid) {
		b.Log.Error().Err(err).Str("nonce", nonce).Msg("discord: a line of the audit channel was not accepted")
		return nil
	}
	return err
}
