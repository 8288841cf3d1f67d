package gateway

import (
	"encoding/json"
	"strings"

	"github.com/bwmarrin/discordgo"
)

// Components of modals of which one or more of a few values come back.
const (
	stringSelect  = discordgo.SelectMenuComponent
	radioGroup    = discordgo.ComponentType(21)
	checkboxGroup = discordgo.ComponentType(22)
	checkbox      = discordgo.ComponentType(23)
)

// chosen makes of what was chosen in a modal what would have been typed, with
// commas between several values: discordgo can read nothing else. All other
// components stay as they are.
func chosen(c component) component {
	var typ discordgo.ComponentType
	if json.Unmarshal(c["type"], &typ) != nil {
		return c
	}
	var text string
	switch typ {
	case stringSelect, checkboxGroup:
		var values []string
		if json.Unmarshal(c["values"], &values) != nil {
			return c
		}
		text = strings.Join(values, ",")
	case radioGroup:
		_ = json.Unmarshal(c["value"], &text) // null: nothing was chosen
	case checkbox:
		text = string(c["value"])
	default:
		return c
	}
	return component{"type": write(discordgo.TextInputComponent), "custom_id": c["custom_id"], "value": write(text)}
}
