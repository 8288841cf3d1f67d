package chat

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/view"
	"didops/tools"
)

// Notify is how who asked for an order hears what became of it.
type Notify string

// The ways.
const (
	NotifyNobody Notify = ""      // not at all
	NotifyReply  Notify = "reply" // by a message where it was asked for, which calls the requester
	NotifyDirect Notify = "dm"    // by a message that nobody else sees; where that is refused, as by a reply
)

const (
	// newsFor is how long after its end an order is news to who asked for it.
	newsFor = 24 * time.Hour

	// inPrivate begins the place of a message that only one user sees.
	inPrivate = "@"
)

// called are the roles that a new card notifies. None is called that can't
// decide.
func (s *Service) called() []string {
	roles := s.c.Roles()
	return slices.DeleteFunc(slices.Clone(roles.Called), func(id string) bool { return !slices.Contains(roles.Approvers, id) })
}

// notedRequester keeps where an order was asked for, so that who did hears
// there what became of it.
func (t *session) notedRequester(ctx context.Context, r tools.Result) {
	if r.Order == nil || t.c.Notify == NotifyNobody {
		return
	}
	if _, err := t.c.Feed.NoteCompanion(ctx, order.OutcomeNote, r.Order.ID, t.request.Place); err != nil {
		t.c.Log.Error().Ctx(ctx).Err(err).Str("order", r.Order.ID).Msg(t.c.Realm + ": where an order was asked for could not be kept")
	}
}

// noteElsewhere notes the orders that came to an end and were asked for
// elsewhere, by people who are known here: they hear of it in private.
func (s *Service) noteElsewhere(ctx context.Context) error {
	if s.c.Notify != NotifyDirect {
		return nil
	}
	reader := s.c.Realm + " told"
	seen, err := s.c.Feed.Mark(ctx, reader)
	if err == nil && seen == 0 {
		if seen, _, err = s.c.Feed.Head(ctx); err == nil {
			seen++ // one more than the entry, which is 0 where there is none
			err = s.c.Feed.SetMark(ctx, reader, seen)
		}
	}
	for err == nil {
		list, last, fails := s.c.Feed.News(ctx, seen-1, newsMost)
		if fails != nil || last < seen {
			return fails
		}
		for _, n := range list {
			if n.Order != "" {
				err = errors.Join(err, s.noteEnded(ctx, n.Order))
			}
		}
		if err == nil {
			seen = last + 1
			err = s.c.Feed.SetMark(ctx, reader, seen)
		}
	}
	return err
}

func (s *Service) noteEnded(ctx context.Context, id string) error {
	c, err := s.c.Feed.Card(ctx, id)
	if fault.CodeOf(err) == fault.NotFound {
		return nil // of another exchange
	}
	if err != nil || !c.Order.State.Settled() && c.Order.State != order.Unknown || c.Requester[s.c.Realm] == "" {
		return err
	}
	_, err = s.c.Feed.NoteCompanion(ctx, order.OutcomeNote, id, "")
	return err
}

// updateOutcome tells who asked for an order what became of it, once, or brings
// what was told up to date, which calls nobody. Who had the last word knows it,
// and after a day it is no news.
func (s *Service) updateOutcome(ctx context.Context, p order.Card) error {
	if p.Message != "" {
		return s.rewrite(ctx, order.OutcomeNote, p, s.outcomeNote(p, strings.HasPrefix(p.Place, inPrivate)))
	}
	id := p.Requester[s.c.Realm]
	if p.Shown > 0 || p.Own || id == "" || s.c.Now().Sub(p.Order.Changed) > newsFor {
		p.Tried = false
		return s.c.Feed.KeepCompanion(ctx, order.OutcomeNote, p)
	}
	if s.c.Notify == NotifyDirect {
		err := s.tellDirect(ctx, p, id)
		if !refused(err) {
			return err
		}
		s.c.Log.Warn().Err(err).Str("order", p.Order.ID).Str("user", id).Msg(s.c.Realm + ": a direct message was refused, so that it is told where the order was asked for")
	}
	if p.Place == "" { // it was asked for elsewhere
		return s.c.Feed.KeepCompanion(ctx, order.OutcomeNote, p)
	}
	return s.tellReply(ctx, p)
}

// refused reports whether a user takes no direct messages.
func refused(err error) bool { return barred(err) || errors.Is(err, ErrInvalid) }

func (s *Service) tellDirect(ctx context.Context, p order.Card, user string) error {
	place, err := s.c.Port.Direct(ctx, user)
	if err != nil {
		return err
	}
	return s.tellOnce(ctx, p, inPrivate+place, s.outcomeNote(p, true))
}

// tellReply tells it where the order was asked for, in answer to what was said
// of it there.
func (s *Service) tellReply(ctx context.Context, p order.Card) error {
	m := s.outcomeNote(p, false)
	for _, find := range []func() (order.Card, error){
		func() (order.Card, error) { return s.c.Feed.Companion(ctx, order.RequestNote, p.Order.ID) },
		func() (order.Card, error) { return s.c.Feed.Card(ctx, p.Order.ID) },
	} {
		at, err := find()
		if err != nil {
			return err
		}
		if at.Place == p.Place && m.ReplyTo == "" {
			m.ReplyTo = at.Message
		}
	}
	err := s.tellOnce(ctx, p, p.Place, m)
	if errors.Is(err, ErrForbidden) && m.ReplyTo != "" { // to answer takes a permission of its own
		m.ReplyTo = ""
		err = s.tellOnce(ctx, p, p.Place, m)
	}
	return err
}

// tellOnce posts a message unless it is there. It is noted before that it may
// be, so that one whose answer was lost is looked for; and its nonce is the same
// at every try, so that within some minutes the chat takes two for one. It comes
// twice only where a process ends between the two, nobody goes on for that long,
// and the history can't be read.
func (s *Service) tellOnce(ctx context.Context, p order.Card, at string, m Message) error {
	place, doubt := strings.TrimPrefix(at, inPrivate), p.Tried
	if doubt {
		id, err := s.c.Port.Find(ctx, place, p.Order.CreatedAt, m.Foot)
		if id != "" {
			p.Place, p.Message = at, id
			return s.rewrite(ctx, order.OutcomeNote, p, m)
		}
		if err != nil && !barred(err) {
			return err
		}
	}
	noted := p
	noted.Tried, noted.Entry = true, 0
	if err := s.c.Feed.KeepCompanion(ctx, order.OutcomeNote, noted); err != nil {
		return err
	}
	nonce := nonceOf(order.Card{Order: p.Order, Place: place}, "told")
	id, err := s.c.Port.Post(ctx, place, m, nonce)
	if errors.Is(err, ErrInvalid) {
		s.logLimited(ctx, "the outcome of order "+p.Order.ID, err)
		id, err = s.c.Port.Post(ctx, place, s.brief(m), nonce)
	}
	if err != nil {
		return err
	}
	p.Place, p.Message, p.Tried = at, id, false
	if doubt {
		p.Entry = 0 // it may be of an earlier state
	}
	return s.c.Feed.KeepCompanion(ctx, order.OutcomeNote, p)
}

// outcomeNote says to who asked for an order what became of it, with what can
// be asked for now, where that can be pressed.
func (s *Service) outcomeNote(c order.Card, direct bool) Message {
	o := c.Order
	m := Message{
		Title: heading(o), Sandbox: s.c.Gate.Sandboxed(), Votes: votes(o), Foot: outcomeFoot(o), Mood: moodOf(o, nil),
	}
	if !direct {
		m.Calls.Users, m.Buttons = []string{c.Requester[s.c.Realm]}, furtherButtons(o)
	}
	var doc view.Doc
	_, doc.Summary = headed(o.Message)
	if carriedOut(o) {
		doc.Blocks = append(acquired(o), outcome(o, !direct)...)
	} else {
		doc.Blocks = append(doc.Blocks, view.Text(inShort(o)))
	}
	m.Body = s.c.Port.Brief(doc, m).Text
	return m
}

// outcomeFoot is by what the message to who asked is found again.
func outcomeFoot(o order.Order) string { return o.ID + " · what became of it" }
