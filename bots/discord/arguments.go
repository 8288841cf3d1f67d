package discord

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/bwmarrin/discordgo"

	"didops/tools"
)

// operation finds the operation that a command names, and its options.
func (b *Bot) operation(data discordgo.ApplicationCommandInteractionData) (*tools.Tool, []*discordgo.ApplicationCommandInteractionDataOption, bool) {
	if len(data.Options) != 1 || data.Options[0] == nil || data.Options[0].Type != discordgo.ApplicationCommandOptionSubCommand {
		return nil, nil, false
	}
	t, ok := b.verbs[data.Name+" "+data.Options[0].Name]
	return t, data.Options[0].Options, ok
}

// arguments returns options as the arguments of a call. The gate reads them;
// nothing is understood here, and nothing is repeated.
func arguments(options []*discordgo.ApplicationCommandInteractionDataOption) json.RawMessage {
	args := argumentList{}
	for _, o := range options {
		if o != nil {
			args.add(o.Name, valueOf(o))
		}
	}
	return args.json()
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

// argumentList is arguments in the order given. A name that is given twice
// stays so: the gate refuses it.
type argumentList struct{ buf bytes.Buffer }

func (a *argumentList) add(name, value string) {
	if a.buf.Len() > 0 {
		a.buf.WriteByte(',')
	}
	a.buf.Write(quote(name))
	a.buf.WriteByte(':')
	a.buf.Write(quote(value))
}

func (a *argumentList) json() json.RawMessage { return []byte("{" + a.buf.String() + "}") }

func quote(s string) []byte {
	b, _ := json.Marshal(s) //nolint:errchkjson // a string can always be written
	return b
}

// with returns arguments with one of them set to a value.
func with(args json.RawMessage, name, value string) json.RawMessage {
	set := map[string]json.RawMessage{}
	if json.Unmarshal(args, &set) != nil {
		return args
	}
	if value == "" {
		delete(set, name)
	} else {
		set[name] = quote(value)
	}
	out, err := json.Marshal(set)
	if err != nil {
		return args
	}
	return out
}
