package chat

import (
	"context"
	"fmt"
	"strings"

	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/view"
	"didops/tools"
)

// card is an order as a message of its own: its terms and, while it waits,
// the buttons that decide it. Where nobody can decide in the chat, it has none
// of those and says where it can be done.
func (s *Service) card(c order.Card) Message { return s.orderMessage(c.Order, c.Question, true) }

// orderMessage is an order as a message, with the question that is asked about
// it, where there is one, and the buttons that decide it if so. What the
// message has no room for is behind a button and, where it is of the numbers,
// in a file.
func (s *Service) orderMessage(o order.Order, q *order.Question, decides bool) Message {
	waits := o.State == order.Pending && q != nil
	m := Message{
		Title: heading(o), Sandbox: s.c.Gate.Sandboxed(), Asked: asked(o), Said: said(o), Votes: votes(o),
		Foot: o.ID + " · " + o.Kind, Small: "quote " + o.QuoteHash[:min(8, len(o.QuoteHash))], Mood: moodOf(o, q),
	}
	if waits {
		m.Title = q.Text
	}
	doc := summary(o)
	roles := s.c.Roles().Approvers
	if o.State == order.Pending {
		m.Until = o.ExpiresAt
		if missing := o.Missing(); len(roles) > 0 && !o.Drill {
			m.Needs = &Needs{Missing: missing, Of: o.Needed, Roles: roles, Rule: o.Rule, SoFar: o.SoFar}
		}
		if decides = decides && waits && len(roles) > 0; decides {
			m.Buttons = append(s.questionButtons(o, *q), s.talkButtons(o)...)
		} else {
			for _, way := range o.ApproveAt {
				doc.Blocks = append(doc.Blocks, view.Text(way))
			}
		}
	}
	m.Buttons = append(m.Buttons, furtherButtons(o)...)
	d := s.c.Port.Brief(doc, m)
	m.Body = d.Text
	if !d.Whole || len(o.Lines) > shownMost {
		s.enclose(&m, o)
	}
	return m
}

// theWhole is said of a message that something was left out of.
const theWhole = "The whole is in the attached file."

// enclose puts an order into a file where the message has no room for all of
// it. Nobody is asked to approve what can't be read.
func (s *Service) enclose(m *Message, o order.Order) {
	doc := o.Doc()
	doc.Sandbox = m.Sandbox
	m.Aside = theWhole
	if m.Files = s.fitting(asText("order-"+o.ID, doc)); len(m.Files) == 0 {
		m.Aside, m.Buttons = "The whole has no room here: it can't be decided on "+s.c.Name+".", nil
	}
}

// asked says who asked for an order.
func asked(o order.Order) *Asked {
	a := &Asked{By: o.RequestedBy.String(), At: o.CreatedAt}
	if o.Client != "" {
		a.By += ", through " + view.Quoted(o.Client)
	}
	if o.Reason != "" {
		a.Reason = view.Quoted(o.Reason)
	}
	return a
}

// votes says who decided about an order.
func votes(o order.Order) []Vote {
	var list []Vote
	for _, d := range o.DecidedBy {
		by := identity.PublicParty{Realm: d.Realm, Name: d.Name}.String()
		if d.Dialog {
			by += ", in the dialog of the assistant,"
		}
		if d.Strength != "" {
			by += ", with a passkey,"
		}
		list = append(list, Vote{By: by, What: d.Decision, At: d.At})
	}
	return list
}

// moodOf tells the risk of what is asked, and the outcome afterwards.
func moodOf(o order.Order, q *order.Question) Mood {
	switch {
	case o.State == order.Completed && o.Acquired().Altered:
		return Attention
	case o.State != order.Pending:
		return MoodOf(o.State)
	case q != nil && q.Want != "":
		return Bad // it can't be undone
	case !o.Costs || len(o.Notes) > 0:
		return Attention // it changes where calls go, or there is something to know first
	}
	return Waiting
}

// questionButtons are those of a question. The first names what happens. Where an
// approval takes a passkey, no press of a button is one: it opens the page.
func (s *Service) questionButtons(o order.Order, q order.Question) []Button {
	if o.Drill { // there is nothing to say no to
		return []Button{{Label: q.Outcome, Style: Agree, ID: controlID("approve", q.Order)}}
	}
	no := Button{Label: "Reject…", ID: controlID("reject", q.Order)}
	yes := Button{Label: strings.TrimSuffix(q.Text, "?"), Style: Agree, ID: controlID("approve", q.Order)}
	switch {
	case o.Strength >= identity.Passkey && s.c.Page == "":
		return []Button{no}
	case o.Strength >= identity.Passkey:
		return []Button{{Label: "Decide with a passkey", Opens: s.c.Page + "/orders/" + o.ID}, no}
	case q.Want != "":
		yes.Style, yes.Label = Danger, yes.Label+"…"
	}
	return []Button{yes, no}
}

// furtherButtons lead on from an order, whatever became of it.
func furtherButtons(o order.Order) []Button {
	var list []Button
	if o.State == order.Scheduled {
		label := "Take back"
		if o.ByMandate() { // nobody gave what could be taken back
			label = "Stop"
		}
		list = append(list, Button{Label: label, Style: Next, ID: controlID("back", o.ID)})
	}
	if on := o.Onward; !on.Again.IsZero() {
		label := fmt.Sprintf("Quote the %d left again", on.Left)
		if len(o.Lines) == 1 {
			label = "Quote it again"
		}
		list = append(list, Button{Label: label, Style: Next, ID: controlID("again", o.ID)})
	}
	if !o.Onward.Alike.IsZero() {
		list = append(list, Button{Label: "Find others like them", ID: controlID("alike", o.ID)})
	}
	if on := o.Onward; !on.Back.IsZero() {
		list = append(list, Button{Label: on.Says, ID: controlID("undo", o.ID)})
	}
	return append(list, Button{Label: "All terms", ID: controlID("terms", o.ID)})
}

// orderShown is the order of a result as it is shown to the member.
func (t *session) orderShown(ctx context.Context, r tools.Result, where *Where) Message {
	o, q, decides := *r.Order, r.Question, t.who.decides && r.Question != nil
	if q == nil && o.State == order.Pending {
		if c, err := t.c.Feed.Card(ctx, o.ID); err == nil {
			q = c.Question // what is asked of those who may decide
		}
	}
	if where != nil {
		o.ApproveAt = nil // that is said already
	}
	m := t.orderMessage(o, q, decides)
	if !decides {
		m.Where = where
	}
	return m
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
	if t.c.Approvals != "" {
		return t.whereCard(ctx)
	}
	w := &Where{Place: t.request.Place, Nobody: len(t.c.Roles().Approvers) == 0}
	if w.Lacks = t.request.Lacks; len(w.Lacks) > 0 {
		realm := identity.RealmOf(t.c.Realm)
		w.Ways = []string{realm.Place(realm.ByCommand, "", "", id)}
	}
	return w
}
