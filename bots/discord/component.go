package discord

import (
	"context"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/internal/fault"
	"didops/internal/order"
	"didops/tools"
)

// findWithin bounds the look at an order before the first response: whether a
// modal has to be opened can't be found out behind it.
const findWithin = time.Second

// component answers a button that was pressed or a menu that was used.
func (t *interaction) component(ctx context.Context, data discordgo.MessageComponentInteractionData) {
	name, ref, ok := action(data.CustomID)
	if !ok {
		t.refuse(ctx, errUnknown)
		return
	}
	switch name {
	case "approve":
		t.approve(ctx, ref)
	case "reject":
		t.reject(ctx, ref)
	case "page":
		t.turnPage(ctx, ref)
	case "csv":
		t.wholeAsFile(ctx, ref)
	case "pick":
		t.rowsSelected(ctx, ref, data.Values)
	case "order":
		t.order(ctx, ref)
	case "fill":
		t.fill(ctx, ref)
	default:
		t.refuse(ctx, errUnknown)
	}
}

// approve takes the press of the button that approves: at once, or, where
// something has to be typed, after a modal.
func (t *interaction) approve(ctx context.Context, order string) {
	if err := t.mayDecide(); err != nil {
		t.refuse(ctx, err)
		return
	}
	q, err := t.question(ctx, order)
	switch {
	case err != nil:
		t.refuse(ctx, err)
	case q != nil && q.Want != "":
		t.askDigits(ctx, *q)
	default:
		t.decide(ctx, order, tools.Answer{Reply: tools.Yes})
	}
}

func (t *interaction) reject(ctx context.Context, order string) {
	if err := t.mayDecide(); err != nil {
		t.refuse(ctx, err)
		return
	}
	t.askReason(ctx, order)
}

// question is what the member is asked about an order. It is nil where the
// member's approval would not count, which the decision will say.
func (t *interaction) question(ctx context.Context, id string) (*order.Question, error) {
	ctx, cancel := context.WithTimeout(ctx, findWithin)
	defer cancel()
	r, err := t.Gate.Ask(ctx, id, t.call(deciding))
	switch fault.CodeOf(err) {
	case fault.Conflict, fault.Expired, fault.Forbidden:
		return nil, nil
	}
	return r.Question, err
}

// deciding is what the log calls the press of a button.
const deciding = "discord_button"

// decide brings a member's decision to the gate. What comes of it is shown by
// the order's card, which the board keeps; only a card that nobody else sees
// is changed here. Whoever was not the first is told who was.
func (t *interaction) decide(ctx context.Context, order string, a tools.Answer) {
	if err := t.mayDecide(); err != nil {
		t.refuse(ctx, err)
		return
	}
	if !t.quietly(ctx) {
		return
	}
	defer t.poke()
	r, err := t.Gate.Decide(ctx, order, t.call(deciding), a)
	if err != nil {
		t.refuse(ctx, err)
		if code := fault.CodeOf(err); code != fault.Conflict && code != fault.Expired {
			return
		}
		if r, err = t.Gate.Order(ctx, order, t.call(deciding)); err != nil {
			return
		}
	}
	if m := t.event.Message; m != nil && m.Flags&discordgo.MessageFlagsEphemeral != 0 {
		d := draw(r.Doc, 0)
		t.show(ctx, message{title: titled(r.Doc), body: d.body, colour: colourOfState(r.State())})
	}
}
