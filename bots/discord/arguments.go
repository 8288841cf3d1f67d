package discord

import (
	"encoding/json"
	"strconv"

	"github.com/bwmarrin/discordgo"

	"didops/bots/chat"
)

// operation returns the noun and the verb that a command names, with a space
// between, and its options; "" for what is no command of ours.
func operation(data discordgo.ApplicationCommandInteractionData) (string, []*discordgo.ApplicationCommandInteractionDataOption) {
	if len(data.Options) != 1 || data.Options[0] == nil || data.Options[0].Type != discordgo.ApplicationCommandOptionSubCommand {
		return "", nil
	}
	return data.Name + " " + data.Options[0].Name, data.Options[0].Options
}

// arguments returns options as the arguments of a call. The gate reads them;
// nothing is understood here, and nothing is repeated.
func arguments(options []*discordgo.ApplicationCommandInteractionDataOption) json.RawMessage {
	var args chat.Arguments
	for _, o := range options {
		if o != nil {
			args.Add(o.Name, valueOf(o))
		}
	}
	return args.JSON()
}

// focused returns the option that is being typed into, and what was typed.
func focused(options []*discordgo.ApplicationCommandInteractionDataOption) (name, partial string) {
	for _, o := range options {
		if o != nil && o.Focused {
			return o.Name, valueOf(o)
		}
	}
	return "", ""
}

// valueOf returns what was given for an option, as text. Discord sends
// integers as numbers, which are exact as far as it takes them, and while they
// are being typed as text; the helpers of discordgo panic at the latter.
func valueOf(o *discordgo.ApplicationCommandInteractionDataOption) string {
	switch v := o.Value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case json.Number:
		return v.String()
	}
	return ""
}
