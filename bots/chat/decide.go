package chat

import (
	"context"

	"didops/internal/fault"
	"didops/internal/order"
	"didops/tools"
)

// Press answers a control that was used: a button, or a menu with the values
// that were chosen.
func (s *Service) Press(ctx context.Context, r Request, control string, values []string) {
	t, ok := s.session(ctx, r)
	if !ok {
		return
	}
	action, ref, ok := parseControl(control)
	if !ok {
		t.refuse(ctx, ErrUnknown)
		return
	}
	if d, ok := deedOf(action); ok {
		t.askDeed(ctx, d, ref)
		return
	}
	switch action {
	case "approve":
		t.approve(ctx, ref)
	case "reject":
		t.reject(ctx, ref)
	case "back":
		t.takeBack(ctx, ref)
	case "terms":
		t.terms(ctx, ref)
	case "again", "alike", "undo":
		t.goOn(ctx, ref, action)
	case "page", "csv":
		t.pressPage(ctx, action, ref)
	case "turn", "sort", "filter", "all", "row", "rows":
		t.pressList(ctx, action, ref, values)
	case "order":
		t.order(ctx, ref)
	case "ask":
		t.askFor(ctx, ref)
	case "call":
		t.callFor(ctx, ref)
	case "fill":
		t.fill(ctx, ref)
	default:
		t.refuse(ctx, ErrUnknown)
	}
}

// pressPage turns a page, or puts all of them into a file.
func (t *session) pressPage(ctx context.Context, action, ref string) {
	if action == "csv" {
		t.wholeAsFile(ctx, ref)
		return
	}
	t.turnPage(ctx, ref)
}

// approve takes the press of the button that approves: at once, or, where
// something has to be typed, after a form.
func (t *session) approve(ctx context.Context, order string) {
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

func (t *session) reject(ctx context.Context, order string) {
	if err := t.mayDecide(); err != nil {
		t.refuse(ctx, err)
		return
	}
	t.askReason(ctx, order)
}

// question is what the member is asked about an order. It is nil where the
// member's approval would not count, which the decision will say.
func (t *session) question(ctx context.Context, id string) (*order.Question, error) {
	// Whether a form has to be opened can't be found out behind the first response.
	ctx, cancel := context.WithTimeout(ctx, t.c.Patience)
	defer cancel()
	r, err := t.c.Gate.Ask(ctx, id, t.call(t.deciding()))
	if code := fault.CodeOf(err); code == fault.Conflict || code == fault.Expired || code == fault.Forbidden {
		return nil, nil
	}
	return r.Question, err
}

// deciding is what the log calls the press of a button.
func (s *Service) deciding() string { return s.c.Realm + "_button" }

// decide brings a member's decision to the gate. What comes of it is shown at
// once, on the message that the control is on: that takes no lease and no
// permission in the place. Whoever was not the first is told who was.
func (t *session) decide(ctx context.Context, order string, a tools.Answer) {
	if err := t.mayDecide(); err != nil {
		t.refuse(ctx, err)
		return
	}
	t.change(ctx, order, func() error {
		_, err := t.c.Gate.Decide(ctx, order, t.call(t.deciding()), a)
		return err
	})
}

// takeBack takes back what of a scheduled order has not been sent, which
// everybody may do who may ask for orders.
func (t *session) takeBack(ctx context.Context, order string) {
	if err := t.mayRequest(); err != nil {
		t.refuse(ctx, err)
		return
	}
	t.change(ctx, order, func() error {
		_, err := t.c.Gate.TakeBack(ctx, order, t.call(t.deciding()))
		return err
	})
	t.suggestions.forget()
	t.poke()
}

// change does something to an order, whose card the control is on or beside,
// and shows what came of it.
func (t *session) change(ctx context.Context, order string, do func() error) {
	if !t.begin(ctx, true) {
		return
	}
	card := t.own(order)
	defer card.end()
	stop := card.follow(ctx)
	err := do()
	stop()
	late := err != nil // what the message showed was not so any more
	if late {
		t.refuse(ctx, err)
		if code := fault.CodeOf(err); code != fault.Conflict && code != fault.Expired {
			return
		}
	}
	c, err := t.c.Feed.Card(ctx, order)
	if err != nil {
		return // the loop brings the card up to date
	}
	err = t.showCard(ctx, c)
	switch {
	case t.request.Private:
	case late:
		card.doubt(ctx)
	default:
		card.shown(ctx, c, err)
	}
}
