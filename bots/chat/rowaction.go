package chat

import (
	"context"
	"strings"

	"didops/internal/fault"
	"didops/internal/handle"
	"didops/internal/order"
	"didops/tools"
)

// rowAction is an operation and what it is to be called with. A message may be
// there for longer than the settings are: what was shown of one exchange, or of
// the sandbox, is not asked for at another.
type rowAction struct {
	Tool   string   `json:"t"`
	Param  string   `json:"p"`
	Values []string `json:"v"`
	Market string   `json:"x"` // see marketOf
}

// marketOf marks what is of an exchange and of an account there, and tells
// nothing of either: in so few letters that the id of a control has room for it.
func marketOf(exchange string) string { return handle.Of([]byte(exchange))[:8] }

// elsewhere returns why a control made for a market is not answered; nil where
// that is the one in use.
func (s *Service) elsewhere(market string) error {
	switch market {
	case s.market:
		return nil
	case "":
		return fault.New(fault.Expired, "this message does not say which exchange it is of: an earlier version of the program wrote it").
			WithHint("nothing was asked for: look for the number again")
	}
	return fault.New(fault.Expired, "this message is of another exchange, or of another account there, than the one in use now").
		WithHint("nothing was asked for: look for the number again")
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
	b.ID = t.controls.id(ctx, action, rowAction{k.tool.Name().String(), k.param.Name, values, t.market})
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
	if err := t.elsewhere(e.Market); err != nil {
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
