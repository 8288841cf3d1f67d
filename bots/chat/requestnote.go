package chat

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"didops/internal/order"
	"didops/internal/view"
	"didops/tools"
)

// numbersNamed is how many numbers of an order are named in a line about it.
const numbersNamed = 3

// requestNote says in the place of a request that there is one and where it is
// decided, and when it is over what became of it. It names numbers and money,
// and neither the words of who asked nor addresses: it is seen by everybody
// there, and the card only where orders are decided.
func (s *Service) requestNote(c order.Card, where *Where) Message {
	o := c.Order
	m := Message{
		Title: "Order " + o.ID + " was asked for", Sandbox: s.c.Gate.Sandboxed(), Foot: requestFoot(o), Mood: moodOf(o, c.Question),
	}
	var doc view.Doc
	if o.State == order.Pending {
		if c.Question != nil {
			doc.Blocks = append(doc.Blocks, view.Text(strings.TrimSuffix(c.Question.Text, "?")))
		}
		w := *where
		w.AskedBy = o.RequestedBy.Name
		if w.Closed {
			w.Ways = o.ApproveAt
		}
		m.Where, m.Mood = &w, Waiting
	} else {
		m.Title = heading(o)
		_, doc.Summary = headed(o.Message)
		doc.Blocks = append(doc.Blocks, view.Text(inShort(o)))
		m.Asked, m.Votes = asked(o), votes(o)
		m.Asked.Reason = ""
	}
	m.Body = s.c.Port.Brief(doc, m).Text
	return m
}

// requestFoot is by what the message in the place of a request is found again.
func requestFoot(o order.Order) string { return o.ID + " · asked for here" }

// inShort names the numbers of an order, and what came of it in money.
func inShort(o order.Order) string {
	var numbers []string
	for _, l := range o.Lines[:min(len(o.Lines), numbersNamed)] {
		numbers = append(numbers, l.Number)
	}
	text := strings.Join(numbers, ", ")
	if more := len(o.Lines) - len(numbers); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if a := o.Acquired(); carriedOut(o) && o.Costs && a.Lines > 0 && a.Due.Known() {
		text += fmt.Sprintf(" · %s %s, %s a month", a.Due, o.Currency, a.Monthly)
	}
	return text
}

// point tells the place of a request that there is one, and where it is
// decided, unless the card is there anyway or it was told before. The message is
// noted before, so that it is found again where this process ends in between,
// and then becomes the outcome.
func (t *session) point(ctx context.Context, r tools.Result, where *Where) {
	if t.c.Approvals == "" || t.c.Approvals == t.request.Place {
		return
	}
	c, err := t.c.Feed.Card(ctx, r.Order.ID)
	if err == nil {
		var noted bool
		if noted, err = t.c.Feed.NoteCompanion(ctx, order.RequestNote, r.Order.ID, t.request.Place); err == nil && !noted {
			return
		}
	}
	if err != nil { // it is said all the same, and not kept up to date
		t.c.Log.Error().Ctx(ctx).Err(err).Str("order", r.Order.ID).Msg(t.c.Realm + ": the message about a request could not be kept")
		c = order.Card{Order: *r.Order, Question: r.Question}
	}
	id, said := t.request.Reply.Say(ctx, t.requestNote(c, where))
	t.unshown(ctx, said)
	if err != nil || said != nil || id == "" {
		return
	}
	c.Place, c.Message, c.Tried = t.request.Place, id, false
	if err := t.c.Feed.KeepCompanion(ctx, order.RequestNote, c); err != nil {
		t.unshown(ctx, err)
	}
	poke(t.heard)
}

// updateRequest brings the message in the place of a request up to date. One
// whose id is not known is looked for, and not posted anew: it is news then to
// nobody.
func (s *Service) updateRequest(ctx context.Context, p order.Card) error {
	if p.Message == "" && p.Shown == 0 {
		id, err := s.c.Port.Find(ctx, p.Place, p.Order.CreatedAt, requestFoot(p.Order))
		if err != nil && !errors.Is(err, ErrForbidden) && !errors.Is(err, ErrGone) {
			return err
		}
		p.Message = id
	}
	if p.Message == "" {
		return s.c.Feed.KeepCompanion(ctx, order.RequestNote, p)
	}
	return s.rewrite(ctx, order.RequestNote, p, s.requestNote(p, s.whereCard(ctx)))
}

// whereCard says where orders are decided at the moment.
func (s *Service) whereCard(ctx context.Context) *Where {
	mark, err := s.c.Feed.Mark(ctx, order.ClosedMark(s.c.Realm)) // by whatever process
	return &Where{Place: s.c.Approvals, Nobody: len(s.c.Roles().Approvers) == 0, Closed: err == nil && mark > 0}
}
