package discord

import (
	"context"
	"strings"
	"unicode"

	"github.com/bwmarrin/discordgo"

	"didops/internal/order"
	"didops/tools"
)

// maxTyped is the most characters that are read of what a person types to
// confirm.
const maxTyped = 40

// inputName is the name of a modal's only input.
const inputName = "typed"

// modal opens a dialog as the first response; nothing can come before it.
func (t *interaction) modal(ctx context.Context, id, title string, inputs ...discordgo.TextInput) {
	var rows []discordgo.MessageComponent
	for _, in := range inputs[:min(len(inputs), maxInputs)] {
		in.Label, in.Placeholder = cut(in.Label, maxInput), cut(in.Placeholder, maxDescription)
		rows = append(rows, discordgo.ActionsRow{Components: []discordgo.MessageComponent{in}})
	}
	t.ack(ctx, &discordgo.InteractionResponse{
		Type: discordgo.InteractionResponseModal,
		Data: &discordgo.InteractionResponseData{CustomID: id, Title: cut(title, maxInput), Components: rows},
	})
}

// askDigits asks for what has to be typed to approve.
func (t *interaction) askDigits(ctx context.Context, q order.Question) {
	where := capital(q.Where)
	in := discordgo.TextInput{
		CustomID: inputName, Label: where, Style: discordgo.TextInputShort, Required: true, MinLength: 1, MaxLength: maxTyped,
	}
	if size(where) > maxInput {
		in.Label, in.Placeholder = "To approve, type", where
	}
	t.modal(ctx, prefix+"digits:"+q.Order, q.Text, in)
}

// askReason asks why an order is rejected, which may be left open.
func (t *interaction) askReason(ctx context.Context, id string) {
	t.modal(ctx, prefix+"reason:"+id, "Reject "+id, discordgo.TextInput{
		CustomID: inputName, Label: "Why? (may be left open)", Style: discordgo.TextInputParagraph, MaxLength: order.MaxReason,
	})
}

// fill asks for what an operation may be told besides what was chosen.
func (t *interaction) fill(ctx context.Context, ref string) {
	_, tool, ok := t.rowAction(ctx, ref)
	if !ok {
		return
	}
	var inputs []discordgo.TextInput
	for _, p := range tool.Params() {
		if p.Required || p.Type == tools.ParamBoolean || len(inputs) == maxInputs {
			continue
		}
		in := discordgo.TextInput{
			CustomID: p.Name, Label: capital(strings.ReplaceAll(p.Name, "_", " ")), Placeholder: p.Description, Style: discordgo.TextInputShort, MaxLength: 400,
		}
		if p.Name == "reason" {
			in.MaxLength = order.MaxReason
		}
		inputs = append(inputs, in)
	}
	t.modal(ctx, prefix+"filled:"+ref, tool.Title(), inputs...)
}

// filled asks for what was chosen, with what was typed.
func (t *interaction) filled(ctx context.Context, ref string, typed map[string]string) {
	e, tool, ok := t.rowAction(ctx, ref)
	if !ok || !t.quietly(ctx) {
		return
	}
	args := e.args()
	for _, p := range tool.Params() {
		if text := typed[p.Name]; text != "" && p.Name != e.Param {
			args.add(p.Name, text)
		}
	}
	t.perform(ctx, tool, args.json())
}

// submitted answers a modal that was sent. What may be done is looked at
// anew: a role may have gone since the modal was opened.
func (t *interaction) submitted(ctx context.Context, data discordgo.ModalSubmitInteractionData) {
	name, ref, ok := action(data.CustomID)
	typed := map[string]string{}
	texts(data.Components, typed)
	switch {
	case ok && name == "digits":
		t.decide(ctx, ref, tools.Answer{Reply: tools.Yes, Typed: cut(typed[inputName], maxTyped)})
	case ok && name == "reason":
		t.decide(ctx, ref, tools.Answer{Reply: tools.No, Reason: typed[inputName]})
	case ok && name == "filled":
		t.filled(ctx, ref, typed)
	default:
		t.refuse(ctx, errUnknown)
	}
}

// texts reads what was typed into inputs, however they are nested. Kinds that
// are not known are passed over.
func texts(list []discordgo.MessageComponent, into map[string]string) {
	for _, c := range list {
		switch c := c.(type) {
		case *discordgo.ActionsRow:
			if c != nil {
				texts(c.Components, into)
			}
		case discordgo.ActionsRow:
			texts(c.Components, into)
		case *discordgo.TextInput:
			if c != nil {
				into[c.CustomID] = c.Value
			}
		case discordgo.TextInput:
			into[c.CustomID] = c.Value
		}
	}
}

func capital(s string) string {
	for i, r := range s {
		if i == 0 {
			return string(unicode.ToUpper(r)) + s[len(string(r)):]
		}
	}
	return s
}
