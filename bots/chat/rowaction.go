package chat

import (
	"context"
	"strings"

	"didops/internal/order"
	"didops/tools"
)

// rowAction is an operation and what it is to be called with.
type rowAction struct {
	Tool   string   `json:"t"`
	Param  string   `json:"p"`
	Values []string `json:"v"`
}

func (e rowAction) args() *Arguments {
	a := &Arguments{}
	a.Add(e.Param, strings.Join(e.Values, ","))
	return a
}

// rowActionButton leads to the order. What changes something has to be told what
// to: its other parameters are asked for first.
func (t *session) rowActionButton(ctx context.Context, k rowOperation, values []string) Button {
	b := Button{Label: k.tool.Title(), Style: Next}
	action := "order"
	switch {
	case k.Further:
		action, b.Style, b.Label = "fill", Plain, b.Label+"…"
	case k.tool.Confirm() == order.ConfirmDigits:
		b.Style = Danger
	}
	b.ID = t.controls.id(ctx, action, rowAction{k.tool.Name().String(), k.param.Name, values})
	return b
}

// rowAction finds the operation of a row action, if the member may call it.
func (t *session) rowAction(ctx context.Context, ref string) (rowAction, *tools.Tool, bool) {
	var e rowAction
	if err := t.controls.get(ctx, ref, &e); err != nil {
		t.refuse(ctx, err)
		return e, nil, false
	}
	tool, ok := t.c.Gate.Catalog().Tool(e.Tool)
	if !ok || !tool.Through(t.c.Frontend) {
		t.refuse(ctx, ErrUnknown)
		return e, nil, false
	}
	if err := t.mayCall(tool); err != nil {
		t.refuse(ctx, err)
		return e, nil, false
	}
	return e, tool, true
}

// order asks for what was chosen, in place of the choice.
func (t *session) order(ctx context.Context, ref string) {
	e, tool, ok := t.rowAction(ctx, ref)
	if ok && t.begin(ctx, true) {
		t.perform(ctx, tool, e.args().JSON())
	}
}
