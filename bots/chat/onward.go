package chat

import (
	"context"

	"didops/internal/fault"
	"didops/internal/order"
	"didops/tools"
)

// reasonParam is the parameter that takes why something is asked for.
const reasonParam = "reason"

// terms shows to the member all that an order says.
func (t *session) terms(ctx context.Context, id string) {
	if !t.begin(ctx, false) {
		return
	}
	c, err := t.c.Feed.Card(ctx, id)
	if err != nil {
		t.refuse(ctx, err)
		return
	}
	doc := c.Order.Doc()
	doc.Sandbox = t.c.Gate.Sandboxed()
	d := t.c.Port.Draw(doc, 0)
	m := Message{Title: doc.Title, Sandbox: doc.Sandbox, Body: d.Text, Mood: moodOf(c.Order, c.Question)}
	if !d.Whole {
		t.enclose(&m, c.Order)
	}
	if t.who.decides && c.Order.State == order.Pending && !c.Order.Drill {
		m.Buttons = t.deedButton(tools.Edits, id)
	}
	t.show(ctx, m)
}

// wayOn returns which call a control goes on with, and why it is made.
func wayOn(action string) (why string, which func(order.Onward) order.Call) {
	switch action {
	case "alike":
		return "again", likeThem
	case "undo":
		return "the way back", undone
	}
	return "again", leftOf
}

// goOn makes a call that goes on from an order, as the member: what a command
// would do, with all that it takes and why.
func (t *session) goOn(ctx context.Context, id, action string) {
	why, which := wayOn(action)
	bounded, cancel := context.WithTimeout(ctx, t.c.Patience)
	c, err := t.c.Feed.Card(bounded, id)
	cancel()
	if err != nil {
		t.refuse(ctx, err)
		return
	}
	call := which(c.Order.Onward)
	tool, ok := t.c.Gate.Catalog().Tool(call.Operation)
	if !ok || !tool.Through(t.c.Frontend) {
		t.refuse(ctx, fault.New(fault.Conflict, "nothing of order %s can be asked for again", id))
		return
	}
	if err := t.mayCall(tool); err != nil {
		t.refuse(ctx, err)
		return
	}
	args := call.Args
	if _, takes := tool.Param(reasonParam); takes {
		args = with(args, reasonParam, why+", of "+id)
	}
	if t.begin(ctx, false) {
		t.perform(ctx, tool, args)
	}
}

func leftOf(o order.Onward) order.Call { return o.Again }

func likeThem(o order.Onward) order.Call { return o.Alike }

func undone(o order.Onward) order.Call { return o.Back }
