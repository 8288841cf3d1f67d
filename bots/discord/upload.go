package discord

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/bwmarrin/discordgo"

	"didops/bots/chat"
	"didops/bots/discord/gateway"
	"didops/internal/fault"
)

// The components of modals that discordgo does not have.
const (
	labelType  discordgo.ComponentType = 18
	uploadType discordgo.ComponentType = 19
)

// maxUpload is the most bytes of a list in a file.
const maxUpload = 4 << 20

// raw is a component as it is sent.
type raw map[string]any

// Type implements [discordgo.MessageComponent].
func (r raw) Type() discordgo.ComponentType {
	kind, _ := r["type"].(discordgo.ComponentType)
	return kind
}

// MarshalJSON implements [discordgo.MessageComponent].
func (r raw) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]any(r)) }

// uploads reports whether a form takes a file, which only a label can hold.
func uploads(f chat.Form) bool {
	return slices.ContainsFunc(f.Inputs, func(in chat.Input) bool { return in.File })
}

// field is an input under its label.
func field(in chat.Input) raw {
	text := input(in)
	inner := raw{"type": text.Type(), "custom_id": text.CustomID, "style": text.Style, "required": text.Required}
	switch {
	case in.File:
		inner = raw{"type": uploadType, "custom_id": in.Name, "required": in.Required, "min_values": 0, "max_values": 1}
	case in.Picks > 0:
		inner = choices(in)
	default:
		set(inner, "max_length", text.MaxLength)
		set(inner, "value", text.Value)
	}
	label := raw{"type": labelType, "label": text.Label, "component": inner}
	if text.Placeholder != "" {
		label["description"] = text.Placeholder
	}
	return label
}

// set sets a member that says something.
func set[T comparable](r raw, name string, value T) {
	var none T
	if value != none {
		r[name] = value
	}
}

// Open implements [chat.Reply]: it fetches the file from where Discord keeps
// it.
func (t *interaction) Open(ctx context.Context, submitted string) (string, []byte, error) {
	files := gateway.Uploads(submitted)
	if len(files) == 0 {
		return "", nil, nil
	}
	file := files[0]
	if file.Size > maxUpload {
		return "", nil, tooLarge()
	}
	data, err := t.REST.Fetch(ctx, file, maxUpload)
	switch {
	case errors.Is(err, gateway.ErrInvalid):
		return "", nil, tooLarge().WithCause(err)
	case errors.Is(err, gateway.ErrGone):
		return "", nil, fault.New(fault.Expired, "the file is not there any more").WithHint("run the command again").WithCause(err)
	case err != nil:
		return "", nil, fault.New(fault.Unavailable, "the file could not be fetched from Discord").WithHint("run the command again").WithCause(err)
	}
	return file.Name, append([]byte{}, data...), nil
}

func tooLarge() *fault.Error {
	return fault.New(fault.Invalid, "the file can't be taken: it has more than %d MB, or is at no place of Discord's", maxUpload>>20).
		WithHint("leave only the column of the numbers in it")
}
