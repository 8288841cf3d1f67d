package discord

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/bots/chat"
	"didops/bots/discord/gateway"
	"didops/internal/view"
)

// maxFile is the most bytes of a file, below what every server takes.
const maxFile = 9 << 20

// maxContent is the most characters of a message without components.
const maxContent = 2000

// limits are what Discord takes of what is made without it.
func limits() chat.Limits {
	return chat.Limits{
		Size: size, ControlID: maxCustomID, Options: min(maxOptions, maxSelect), Value: maxName100, Inputs: maxInputs, FileBytes: maxFile, Calls: maxCalls,
	}
}

// port is Discord outside of interactions.
type port struct {
	gateway.REST
	guilds []string // where the bot works
}

var _ chat.Port = port{}

// Draw implements [chat.Renderer].
func (port) Draw(d view.Doc, from int) chat.Drawing { return draw(d, from) }

// Brief implements [chat.Renderer].
func (port) Brief(d view.Doc, m chat.Message) chat.Drawing { return brief(d, m) }

// Post implements [chat.Port].
func (p port) Post(ctx context.Context, place string, m chat.Message, nonce string) (string, error) {
	id, err := p.REST.Post(ctx, place, written(m).post(), nonce)
	return id, translated(err)
}

// Direct implements [chat.Port].
func (p port) Direct(ctx context.Context, user string) (string, error) {
	place, err := p.REST.Direct(ctx, user)
	return place, translated(err)
}

// Edit implements [chat.Port].
func (p port) Edit(ctx context.Context, place, id string, m chat.Message) error {
	return translated(p.REST.Edit(ctx, place, id, written(m).revise()))
}

// Announce implements [chat.Port].
func (p port) Announce(ctx context.Context, place string, lines []chat.Announcement, nonce string) error {
	var text []string
	for _, a := range lines {
		text = append(text, announced(a))
	}
	_, err := p.REST.Post(ctx, place, &discordgo.MessageSend{
		Content: strings.Join(text, "\n"), Flags: discordgo.MessageFlagsSuppressEmbeds, AllowedMentions: nobody(),
	}, nonce)
	return translated(err)
}

// Room implements [chat.Port].
func (port) Room(lines []chat.Announcement) int {
	used := 0
	for n, a := range lines {
		if used += size(announced(a)) + 1; used > maxContent+1 {
			return max(1, n)
		}
	}
	return len(lines)
}

// announced is a line about the audit trail.
func announced(a chat.Announcement) string {
	text := fmt.Sprintf("Head of the audit trail on %s: entry %d, `%s`", a.Head.Day.Format(time.DateOnly), a.Head.Entry, escaped(a.Head.Hash))
	if a.Head.Note != "" {
		text += "\n```\n" + strings.TrimSuffix(a.Head.Note, "\n") + "\n```"
	}
	if e := a.Event; e != nil {
		text = fmt.Sprintf("`%d` <t:%d:T> %s", e.Entry, e.At.Unix(), escaped(e.Text))
	}
	if a.Sandbox {
		text = "SANDBOX " + text
	}
	return cut(text, maxContent)
}

// refusal is an error of Discord's with what it means to any chat.
type refusal struct {
	error
	kind error
}

func (r *refusal) Unwrap() []error { return []error{r.error, r.kind} }

// translated adds what an error means to any chat.
func translated(err error) error {
	for _, t := range []struct{ from, to error }{
		{gateway.ErrUnauthorized, chat.ErrUnauthorized},
		{gateway.ErrForbidden, chat.ErrForbidden},
		{gateway.ErrNoChannel, chat.ErrNoPlace},
		{gateway.ErrGone, chat.ErrGone},
		{gateway.ErrInvalid, chat.ErrInvalid},
	} {
		if errors.Is(err, t.from) {
			return &refusal{err, t.to}
		}
	}
	return err
}
