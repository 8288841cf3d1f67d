package discord

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/tools"
)

const (
	suggestFor   = 30 * time.Second       // how long suggestions are kept
	suggestEvery = time.Second            // how often an operation is asked for somebody who goes on typing,
	suggestBurst = 5                      // beyond so many times at once
	answerWithin = 700 * time.Millisecond // how long somebody who types waits
	findFor      = 2 * time.Second        // how long an operation may look
	keptMost     = 1000                   // answers that are kept
)

// suggest answers what is being typed into an option. It goes by the same
// rights as the call: whoever may not call gets nothing suggested.
func (t *interaction) suggest(ctx context.Context, data discordgo.ApplicationCommandInteractionData) {
	tool, given, ok := t.operation(data)
	if !ok || t.mayCall(tool) != nil {
		t.choices(ctx, nil)
		return
	}
	for _, o := range given {
		if o == nil || !o.Focused {
			continue
		}
		p, ok := tool.Param(o.Name)
		if !ok || p.Type != tools.ParamString && p.Type != tools.ParamList {
			break
		}
		before, partial := "", valueOf(o)
		if p.Type == tools.ParamList { // what stands before the last comma stays
			end := strings.LastIndexByte(partial, ',') + 1
			before, partial = partial[:end], strings.TrimSpace(partial[end:])
		}
		t.choices(ctx, options25(t.lookUp(ctx, tool, p, partial), before))
		return
	}
	t.choices(ctx, nil)
}

func (t *interaction) choices(ctx context.Context, list []*discordgo.ApplicationCommandOptionChoice) {
	t.ack(ctx, &discordgo.InteractionResponse{
		Type: discordgo.InteractionApplicationCommandAutocompleteResult,
		Data: &discordgo.InteractionResponseData{Choices: append([]*discordgo.ApplicationCommandOptionChoice{}, list...)},
	})
}

// complete asks an operation for suggestions; nothing comes of one that
// panics.
func (b *Bot) complete(ctx context.Context, call tools.Call, param, partial string) (list []tools.Choice) {
	err := b.guarded(ctx, func() error {
		list = b.Gate.Complete(ctx, call, param, partial)
		return nil
	})
	if err != nil {
		return nil
	}
	return list
}

// options25 are suggestions as Discord takes them.
func options25(list []tools.Choice, before string) []*discordgo.ApplicationCommandOptionChoice {
	var out []*discordgo.ApplicationCommandOptionChoice
	for _, c := range list {
		value := before + c.Value
		name := value
		if c.Label != "" {
			name += " · " + c.Label
		}
		if value == "" || size(value) > maxName100 || len(out) == maxOptions {
			continue
		}
		if slices.ContainsFunc(out, func(o *discordgo.ApplicationCommandOptionChoice) bool { return o.Value == value }) {
			continue
		}
		out = append(out, &discordgo.ApplicationCommandOptionChoice{Name: cut(name, maxName100), Value: value})
	}
	return out
}

// lookUp returns suggestions for what was typed: those known, or else those
// of the operation, if it is quick. What comes too late is there for the next
// letter.
func (t *interaction) lookUp(ctx context.Context, tool *tools.Tool, p tools.Param, partial string) []tools.Choice {
	s := t.suggestions
	key := asking{tool.Name().String(), p.Name, t.who.principal.Role}
	typed := strings.ToLower(strings.TrimSpace(partial))
	known, enough := s.known(typist{key, t.who.principal.ID}, typed)
	if enough {
		return known
	}
	arrived := make(chan []tools.Choice, 1)
	call := t.call(key.tool)
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), findFor)
		defer cancel()
		list := t.complete(ctx, call, p.Name, partial)
		if ctx.Err() == nil {
			s.keep(key, typed, list)
		}
		arrived <- list
	}()
	timer := time.NewTimer(answerWithin)
	defer timer.Stop()
	select {
	case list := <-arrived:
		return list
	case <-timer.C:
		return known
	case <-ctx.Done():
		return nil
	}
}
