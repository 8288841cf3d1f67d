package discord

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"didops/bots/chat"
	"didops/internal/fault"
)

// role is a role by its name. Nobody is called by it.
func role(id string) string { return "<@&" + id + ">" }

// user is a user by the name that others see, who is called by it where the
// message calls anybody.
func user(id string) string { return "<@" + id + ">" }

// notice is an error as a message: what is wrong and what to do.
func notice(err error) message {
	if e, ok := errors.AsType[*chat.RoleError](err); ok {
		return message{head: e.Text(role), colour: grey}
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
	return message{head: cut(body, maxTexts), colour: colourOf(chat.MoodOfFault(f.Code))}
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
