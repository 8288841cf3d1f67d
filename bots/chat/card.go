package chat

import (
	"cmp"
	"context"
	"strings"

	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/view"
	"didops/tools"
)

// card is an order as a message of its own: its terms and, while it waits,
// the buttons that decide it. Where nobody can decide in the chat, it has no
// buttons and says where it can be done.
func (s *Service) card(c order.Card) Message {
	o := c.Order
	if c.Question == nil || len(s.c.Roles().Approvers) == 0 {
		return s.cardOf(o.Doc(), o, nil)
	}
	return s.cardOf(c.Question.Card, o, c.Question)
}

func (s *Service) cardOf(doc view.Doc, o order.Order, q *order.Question) Message {
	doc.Sandbox = s.c.Gate.Sandboxed()
	d := s.c.Port.Draw(doc, 0)
	m := Message{Title: doc.Title, Sandbox: doc.Sandbox, Body: d.Text, Foot: o.ID + " · " + o.Kind, Mood: MoodOf(o.State)}
	if o.State == order.Pending {
		m.Until = o.ExpiresAt
	}
	if q != nil {
		m.Title, m.Buttons = q.Text, questionButtons(*q)
	}
	if !d.Whole {
		s.enclose(&m, o.ID, doc)
	}
	return m
}

// theWhole is said of a message that something was left out of.
const theWhole = "The whole is in the attached file."

// enclose puts the terms of an order into a file where the message has no room
// for all of them. Nobody is asked to approve what can't be read.
func (s *Service) enclose(m *Message, order string, doc view.Doc) {
	m.Aside = theWhole
	if m.Files = s.fitting(asText("order-"+order, doc)); len(m.Files) == 0 {
		m.Aside, m.Buttons = "The whole has no room here: it can't be decided on "+s.c.Name+".", nil
	}
}

// decision is the same card for a member who is asked in private.
func (t *session) decision(q *order.Question) Message {
	d := t.c.Port.Draw(q.Card, 0)
	m := Message{Title: q.Text, Sandbox: q.Card.Sandbox, Body: d.Text, Until: q.Until, Foot: q.Order, Mood: Waiting}
	if t.who.decides {
		m.Buttons = questionButtons(*q)
	}
	if !d.Whole {
		t.enclose(&m, q.Order, q.Card)
	}
	return m
}

// questionButtons are those of a question. The first names what happens.
func questionButtons(q order.Question) []Button {
	yes := Button{Label: strings.TrimSuffix(q.Text, "?"), Style: Agree, ID: controlID("approve", q.Order)}
	if q.Want != "" {
		yes.Style, yes.Label = Danger, yes.Label+"…"
	}
	return []Button{yes, {Label: "Reject", ID: controlID("reject", q.Order)}}
}

// noted keeps in which place the card of an order goes that was asked for
// here, where there is no place for approvals. The card itself is posted by
// the loop, which also does it after a restart.
func (t *session) noted(ctx context.Context, r tools.Result) {
	if r.Order == nil || t.c.Approvals != "" || t.request.Place == "" {
		return
	}
	if err := t.c.Feed.Note(ctx, r.Order.ID, t.request.Place); err != nil {
		t.c.Log.Error().Ctx(ctx).Err(err).Str("order", r.Order.ID).Msg(t.c.Realm + ": the channel of an order's card could not be kept")
	}
}

// whereDecided says where the card of an order is that was asked for here.
func (t *session) whereDecided(ctx context.Context, id string) *Where {
	w := &Where{Place: cmp.Or(t.c.Approvals, t.request.Place), Nobody: len(t.c.Roles().Approvers) == 0}
	if t.c.Approvals == "" {
		if w.Lacks = t.request.Lacks; len(w.Lacks) > 0 {
			realm := identity.RealmOf(t.c.Realm)
			w.Ways = []string{realm.Place(realm.ByCommand, "", "", id)}
		}
		return w
	}
	mark, err := t.c.Feed.Mark(ctx, order.ClosedMark(t.c.Realm)) // by whatever process
	w.Closed = err == nil && mark > 0
	return w
}

// point tells the place of a request that there is one, and where it is
// decided, unless the card is there anyway.
func (t *session) point(ctx context.Context, r tools.Result, where *Where) {
	if t.c.Approvals == "" || t.c.Approvals == t.request.Place {
		return
	}
	w := *where
	w.AskedBy = t.who.principal.Name
	if w.Closed {
		w.Ways = r.Order.ApproveAt
	}
	t.unshown(ctx, t.request.Reply.Say(ctx, Message{
		Title: "Order " + r.Order.ID + " was asked for", Sandbox: r.Doc.Sandbox, Where: &w, Mood: Waiting,
	}))
}
