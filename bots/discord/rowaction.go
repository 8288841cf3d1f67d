package discord

import (
	"context"
	"strings"

	"github.com/bwmarrin/discordgo"

	"didops/internal/identity"
	"didops/internal/order"
	"didops/tools"
)

// rowAction is an operation and what it is to be called with.
type rowAction struct {
	Tool   string   `json:"t"`
	Param  string   `json:"p"`
	Values []string `json:"v"`
}

func (e rowAction) args() argumentList {
	a := argumentList{}
	a.add(e.Param, strings.Join(e.Values, ","))
	return a
}

// rowActionButton leads to the order. What changes something has to be told what
// to: its other parameters are asked for first.
func (t *interaction) rowActionButton(k rowOperation, values []string) discordgo.Button {
	b := discordgo.Button{Label: cut(k.tool.Title(), maxLabel), Style: discordgo.PrimaryButton}
	action := "order"
	switch {
	case k.Further:
		action, b.Style, b.Label = "fill", discordgo.SecondaryButton, cut(k.tool.Title()+"…", maxLabel)
	case k.tool.Confirm() == order.ConfirmDigits:
		b.Style = discordgo.DangerButton
	}
	b.CustomID = t.held.id(action, rowAction{k.tool.Name().String(), k.param.Name, values})
	return b
}

// rowAction finds the operation of an errand, if the member may call it.
func (t *interaction) rowAction(ctx context.Context, ref string) (rowAction, *tools.Tool, bool) {
	var e rowAction
	if !t.held.get(ref, &e) {
		t.refuse(ctx, errForgotten)
		return e, nil, false
	}
	tool, ok := t.Gate.Catalog().Tool(e.Tool)
	if !ok || !tool.Through(identity.FrontDiscord) {
		t.refuse(ctx, errUnknown)
		return e, nil, false
	}
	if err := t.mayCall(tool); err != nil {
		t.refuse(ctx, err)
		return e, nil, false
	}
	return e, tool, true
}

// order asks for what was chosen, in place of the choice.
func (t *interaction) order(ctx context.Context, ref string) {
	e, tool, ok := t.rowAction(ctx, ref)
	if ok && t.quietly(ctx) {
		args := e.args()
		t.perform(ctx, tool, args.json())
	}
}
