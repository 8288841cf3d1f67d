// Package watch declares the operations on watches: be told of what comes up
// for sale, see what is watched and what was found, and end it. What they do is
// the service's (see [watch.Service]); what fits is that of did_search.
package watch

import (
	"context"
	"regexp"
	"time"

	"didops/internal/fault"
	"didops/internal/sanitize"
	"didops/internal/watch"
	"didops/tools"
	"didops/tools/did"
)

// Config is what the operations need.
type Config struct {
	Watches  *watch.Service // nil for a catalogue that only describes
	Currency string         // of every amount, such as USD

	// Refresh brings what is remembered of a part of the market up to date, before
	// a watch begins; nil = it is taken as it is.
	Refresh func(ctx context.Context, f did.Filter) error

	Now func() time.Time // needed

	// Off says why nothing can be watched, as an error with a fault; nil = it can.
	Off error
}

// Operations returns the declarations of all operations on watches.
func Operations(c Config) []tools.Declaration {
	return []tools.Declaration{addOperation(c), listOperation(c), removeOperation(c)}
}

func name(verb string) tools.Name { return tools.Name{Noun: "watch", Verb: verb} }

// complete suggests the names of the caller's watches.
func complete(c Config) tools.Completer {
	return func(ctx context.Context, partial string) []tools.Choice {
		var choices []tools.Choice
		for _, w := range c.Watches.Names(ctx, callerOf(ctx)) {
			if begins(w.Name, partial) {
				choices = append(choices, tools.Choice{Value: w.Name, Label: w.Words})
			}
		}
		return choices[:min(len(choices), suggestMost)]
	}
}

// suggestMost is how many names are suggested.
const suggestMost = 25

var channelForm = regexp.MustCompile(`^(?:<#)?([0-9]{15,21})>?$`)

// channel reads the id of a channel, or a mention of one.
func channel(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	m := channelForm.FindStringSubmatch(text)
	if m == nil {
		return "", fault.New(fault.Invalid, "%q is no channel", sanitize.Clean(text, watch.MaxName)).
			WithField("channel").WithHint("the id of a Discord channel, or a mention of it: #numbers")
	}
	return m[1], nil
}
