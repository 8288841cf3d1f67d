package discord

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"didops/bots/discord/gateway"
	"didops/internal/fault"
)

// errUnknown answers controls and commands that are not ours any more: a
// message of another version, or one from before a change.
var errUnknown = fault.New(fault.NotFound, "this belongs to another version of the program").WithHint("run the command again")

// errForgotten answers controls whose state was kept in memory only.
var errForgotten = fault.New(fault.Expired, "this list is too old, or from before a restart").WithHint("run the command again")

// mishap is what is shown of an error of our own.
func mishap(ref string) error {
	return fault.New(fault.Internal, "internal error").WithHint("the log has the details under reference %s", ref)
}

// notice is an error as a message: what is wrong and what to do. That
// somebody else was first, or that it is too late, is news and no failure.
func notice(err error) message {
	if d, ok := errors.AsType[*denial](err); ok {
		return message{body: d.markdown(), colour: grey}
	}
	f, ok := fault.As(err)
	if !ok {
		f = fault.New(fault.Internal, "internal error")
	}
	body := sentence(f.Message)
	if f.Hint != "" {
		body += "\n" + sentence(f.Hint)
	}
	if f.RetryAfter > 0 {
		body += fmt.Sprintf("\nTry again in %d seconds.", int64(math.Ceil(f.RetryAfter.Seconds())))
	}
	return message{body: cut(body, maxBody), colour: colourOf(f.Code)}
}

func colourOf(code fault.Code) int {
	switch code {
	case fault.Invalid, fault.NotFound, fault.RateLimited, fault.Changed, fault.Refused:
		return yellow
	case fault.Conflict, fault.Expired, fault.Declined, fault.Forbidden:
		return grey
	case fault.Unauthorized, fault.Unavailable, fault.UnknownOutcome, fault.Internal:
		return red
	}
	return red
}

// sentence writes a fault's text, which may be several lines, with a capital
// and a full stop.
func sentence(s string) string {
	var lines []string
	for l := range strings.Lines(s) {
		lines = append(lines, escaped(l))
	}
	text := strings.Join(lines, "\n")
	if first, w := utf8.DecodeRuneInString(text); w > 0 {
		text = string(unicode.ToUpper(first)) + text[w:]
	}
	if text != "" && !strings.ContainsAny(text[len(text)-1:], ".?!…") {
		text += "."
	}
	return text
}

// refuse tells the user, and nobody else, why there is no result: as the
// first response, in place of what was announced by it, or as a further
// message.
func (t *interaction) refuse(ctx context.Context, err error) {
	m := notice(err)
	switch {
	case !t.acked:
		t.ack(ctx, m.answer())
	case t.aside:
		t.further(ctx, m, true)
	default:
		t.show(ctx, m)
	}
}

// show puts a message in place of the one that answers the interaction.
// What Discord refuses as it is, is said shortly instead.
func (t *interaction) show(ctx context.Context, m message) {
	err := t.reply.Edit(ctx, m.edit())
	if errors.Is(err, gateway.ErrInvalid) {
		t.unshown(ctx, err)
		err = t.reply.Edit(ctx, unshowable(m).edit())
	}
	t.unshown(ctx, err)
}

// further sends one more message.
func (t *interaction) further(ctx context.Context, m message, hidden bool) {
	t.unshown(ctx, t.reply.Followup(ctx, m.followup(hidden)))
}

func (t *interaction) unshown(ctx context.Context, err error) {
	if err != nil {
		t.Log.Warn().Ctx(ctx).Err(err).Str("interaction", t.event.ID).Msg("discord: a result could not be shown")
	}
}

// unshowable is what is shown in place of a message that Discord refuses.
func unshowable(m message) message {
	return message{title: m.title, body: "Discord did not take the whole of this. It is there all the same: look at it elsewhere.", foot: m.foot, colour: m.colour}
}
