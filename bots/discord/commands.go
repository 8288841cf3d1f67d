package discord

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bwmarrin/discordgo"

	"didops/bots/chat"
	"didops/internal/identity"
	"didops/tools"
)

// Commands returns the slash commands of a gate's catalogue: one for each
// noun, with a sub-command for each verb, in the catalogue's order. Nouns
// gives a noun's line of help; a missing one shows its verbs. The error joins
// every reason for which Discord would refuse them.
func Commands(gate *tools.Gate, nouns map[string]string) ([]*discordgo.ApplicationCommand, error) {
	var list []*discordgo.ApplicationCommand
	var errs []error
	for _, t := range chat.Tools(gate, identity.FrontDiscord) {
		name := t.Name()
		i := slices.IndexFunc(list, func(c *discordgo.ApplicationCommand) bool { return c.Name == name.Noun })
		if i < 0 {
			i = len(list)
			list = append(list, &discordgo.ApplicationCommand{
				Type: discordgo.ChatApplicationCommand, Name: name.Noun, Description: nouns[name.Noun],
				Contexts: &[]discordgo.InteractionContextType{discordgo.InteractionContextGuild},
			})
		}
		options, err := options(t)
		errs = append(errs, err)
		list[i].Options = append(list[i].Options, &discordgo.ApplicationCommandOption{
			Type: discordgo.ApplicationCommandOptionSubCommand, Name: name.Verb, Description: t.Summary(), Options: options,
		})
	}
	for _, c := range list {
		if c.Description == "" {
			c.Description = cut(verbsOf(c), maxDescription)
		}
		errs = append(errs, lint(c))
	}
	if len(list) > maxCommands {
		errs = append(errs, fmt.Errorf("%d commands are more than the %d that Discord takes", len(list), maxCommands))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("discord: the catalogue can't be offered as commands: %w", err)
	}
	return list, nil
}

func verbsOf(c *discordgo.ApplicationCommand) string {
	var verbs []string
	for _, o := range c.Options {
		verbs = append(verbs, o.Name)
	}
	return strings.Join(verbs, ", ")
}

// options returns the options of an operation, required ones first as
// Discord wants them, then what a form asks for where it is left out. What people
// have another way for is none.
func options(t *tools.Tool) ([]*discordgo.ApplicationCommandOption, error) {
	var required, asked, optional []*discordgo.ApplicationCommandOption
	var errs []error
	for _, p := range t.Params() {
		if p.Programs {
			continue
		}
		o, err := option(t, p)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %s: %w", t.Name(), p.Name, err))
			continue
		}
		switch {
		case o.Required:
			required = append(required, o)
		case p.Required:
			asked = append(asked, o)
		default:
			optional = append(optional, o)
		}
	}
	return slices.Concat(required, asked, optional), errors.Join(errs...)
}

// option returns a parameter as an option. Amounts, numbers and lists are
// texts: what a person types is read by the gate, as on every other surface. A
// list that may come as a file can be left out, and is asked for by a form then.
func option(t *tools.Tool, p tools.Param) (*discordgo.ApplicationCommandOption, error) {
	o := &discordgo.ApplicationCommandOption{Name: p.Name, Description: describe(p), Required: p.Required && !p.Document}
	switch p.Type {
	case tools.ParamBoolean:
		o.Type = discordgo.ApplicationCommandOptionBoolean
	case tools.ParamInteger:
		o.Type = discordgo.ApplicationCommandOptionInteger
		return o, bounds(o, p)
	case tools.ParamString, tools.ParamList:
		o.Type = discordgo.ApplicationCommandOptionString
		for _, e := range p.Enum {
			o.Choices = append(o.Choices, &discordgo.ApplicationCommandOptionChoice{Name: cut(e, maxName100), Value: e})
		}
		o.Autocomplete = len(p.Enum) == 0 && t.Completes(p.Name)
	default:
		return nil, fmt.Errorf("type %d can't be an option", p.Type)
	}
	return o, nil
}

// bounds sets the least and the greatest value of an integer option.
func bounds(o *discordgo.ApplicationCommandOption, p tools.Param) error {
	if p.Min != nil {
		least := float64(*p.Min)
		o.MinValue = &least
	}
	if p.Max == nil {
		return nil
	}
	if *p.Max == 0 {
		return errors.New("a greatest value of 0 can't be said to Discord")
	}
	o.MaxValue = float64(*p.Max)
	return nil
}

// describe returns a parameter's line of help, with what an option has no
// place of its own for as far as there is room.
func describe(p tools.Param) string {
	text := p.Description
	add := func(more string) {
		if size(text)+size(more) <= maxDescription {
			text += more
		}
	}
	if p.Type == tools.ParamList {
		add(" (commas between)")
	}
	if p.Document {
		add("; left out: a form, or a file")
	}
	if p.Default != "" {
		add(" (default " + p.Default + ")")
	}
	return text
}
