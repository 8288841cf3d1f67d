package discord

import (
	"slices"

	"github.com/bwmarrin/discordgo"

	"didops/bots/chat"
)

// radioType is the type of a radio group, which discordgo does not have.
const radioType discordgo.ComponentType = 21

// maxRadio is how many choices are all shown at once; more are a menu.
const maxRadio = 3

// choosing reports whether something of a form is chosen, which only a label can
// hold.
func choosing(f chat.Form) bool {
	return slices.ContainsFunc(f.Inputs, func(in chat.Input) bool { return in.Picks > 0 })
}

// choices is what one or more are chosen of: up to three of which one counts as
// a radio group, more as a menu.
func choices(in chat.Input) raw {
	var options []raw
	for _, o := range in.Choices[:min(len(in.Choices), maxSelect)] {
		options = append(options, raw{"label": cut(labelOf(o), maxName100), "value": o.Value, "default": o.Chosen})
	}
	out := raw{"type": radioType, "custom_id": in.Name, "required": in.Required, "options": options}
	if in.Picks == 1 && len(options) > 1 && len(options) <= maxRadio {
		return out
	}
	out["type"], out["min_values"], out["max_values"] = discordgo.SelectMenuComponent, 0, min(in.Picks, len(options))
	if in.Required {
		out["min_values"] = 1
	}
	return out
}
