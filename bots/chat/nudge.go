package chat

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/view"
	"didops/tools"
)

// Words of the trail that somebody is told of by a message of its own, besides
// the card.
const (
	askedBack  = "asked back"
	answered   = "answered back"
	reminded   = "reminded"
	escalated  = "escalated"
	reassigned = "reassigned"
	edited     = "edited"
)

// talkReader is whose mark is one more than the last entry that was told;
// tryReader's is the one whose message may have been posted.
func (s *Service) talkReader() string { return s.c.Realm + " talk" }
func (s *Service) tryReader() string  { return s.c.Realm + " talk tried" }

// keepTalk tells people what they are asked: who asked for an order what was
// asked back, and who is to decide one that it still waits, or has come to them.
// The trail is the outbox: an entry is told once, in order, and a message whose
// post was in doubt is looked for before it is posted again. What comes too late,
// because the order is decided, is told to nobody. Where it begins, it begins
// with what happens from then on.
func (s *Service) keepTalk(ctx context.Context) error {
	return s.repeat(ctx, "messages about orders that wait", nil, func(ctx context.Context) (int64, time.Duration, error) {
		seen, err := s.c.Feed.Mark(ctx, s.talkReader())
		if err == nil && seen == 0 {
			if seen, _, err = s.c.Feed.Head(ctx); err == nil {
				seen++
				err = s.c.Feed.SetMark(ctx, s.talkReader(), seen)
			}
		}
		for err == nil {
			list, last, fails := s.c.Feed.News(ctx, seen-1, newsMost)
			if fails != nil || last < seen {
				return seen - 1, idle, fails
			}
			for _, n := range list {
				if err = s.tellTalk(ctx, n); err != nil {
					return seen - 1, idle, err
				}
			}
			seen = last + 1
			err = s.c.Feed.SetMark(ctx, s.talkReader(), seen)
		}
		return seen - 1, idle, err
	})
}

// tellTalk tells of one entry, if that is for somebody.
func (s *Service) tellTalk(ctx context.Context, n audit.Event) error {
	if n.Order == "" || !slices.Contains([]string{askedBack, answered, reminded, escalated, reassigned, edited}, n.Event) {
		return nil
	}
	c, err := s.c.Feed.Card(ctx, n.Order)
	if fault.CodeOf(err) == fault.NotFound {
		return nil // of another exchange
	}
	if err != nil {
		return err
	}
	if n.Event == edited {
		return s.movePlaces(ctx, c)
	}
	if c.Order.State != order.Pending {
		return nil
	}
	return s.postTalk(ctx, n, c)
}

// movePlaces has what was made of an order shown, and its outcome told, where
// that was.
func (s *Service) movePlaces(ctx context.Context, c order.Card) error {
	if c.Order.Replaces == "" {
		return nil
	}
	was, err := s.c.Feed.Card(ctx, c.Order.Replaces)
	if err == nil && s.c.Approvals == "" && was.Place != "" {
		err = s.c.Feed.Note(ctx, c.Order.ID, was.Place)
	}
	if err != nil {
		return err
	}
	at, err := s.c.Feed.Companion(ctx, order.OutcomeNote, c.Order.Replaces)
	if err == nil && at.Place != "" && s.c.Notify != NotifyNobody {
		_, err = s.c.Feed.NoteCompanion(ctx, order.OutcomeNote, c.Order.ID, strings.TrimPrefix(at.Place, inPrivate))
	}
	s.poke()
	return err
}

// postTalk posts the message about an entry, once.
func (s *Service) postTalk(ctx context.Context, n audit.Event, c order.Card) error {
	m := s.talkMessage(n, c)
	place, err := s.talkPlace(ctx, n, c, &m)
	if err != nil || place == "" {
		return err
	}
	tried, err := s.c.Feed.Mark(ctx, s.tryReader())
	if err != nil {
		return err
	}
	if tried == n.Entry {
		id, err := s.c.Port.Find(ctx, place, n.At, m.Foot)
		if id != "" || err != nil && !barred(err) {
			return err
		}
	} else if err := s.c.Feed.SetMark(ctx, s.tryReader(), n.Entry); err != nil {
		return err
	}
	nonce := "t" + strconv.FormatInt(n.Entry, 10) + "-" + n.Hash[:min(8, len(n.Hash))]
	_, err = s.c.Port.Post(ctx, place, m, nonce)
	if errors.Is(err, ErrForbidden) && m.ReplyTo != "" { // to answer takes a permission of its own
		m.ReplyTo = ""
		_, err = s.c.Port.Post(ctx, place, m, nonce)
	}
	if barred(err) || errors.Is(err, ErrInvalid) {
		s.c.Log.Warn().Err(err).Str("order", n.Order).Str("channel", place).Msg(s.c.Realm + ": a message about an order that waits was refused")
		return nil // it is on the card
	}
	return err
}

// talkMessage is the message about an entry.
func (s *Service) talkMessage(n audit.Event, c order.Card) Message {
	o := c.Order
	m := Message{Sandbox: s.c.Gate.Sandboxed(), Foot: o.ID + " · entry " + strconv.FormatInt(n.Entry, 10), Mood: Waiting, Until: o.ExpiresAt}
	var doc view.Doc
	words := func(kind order.RemarkKind) {
		if said, ok := remarkOf(o.Talk, kind, n.At); ok {
			doc.Blocks = append(doc.Blocks, view.Text(view.Quoted(said.Name)+": "+view.Quoted(said.Text)))
		}
	}
	switch n.Event {
	case askedBack:
		m.Title = "A question about your order " + o.ID
		m.Buttons = s.deedButton(tools.AnswersBack, o.ID)
		words(order.RemarkAsked)
	case answered:
		m.Title = "The requester of " + o.ID + " has answered"
		words(order.RemarkAnswered)
	case reminded:
		m.Title = "Order " + o.ID + " still waits for a decision"
	case escalated:
		m.Title = "Nobody has decided order " + o.ID + ": it goes to you"
	case reassigned:
		m.Title = "Order " + o.ID + " is handed to " + o.AskedOf
	}
	if c.Question != nil && n.Event != askedBack {
		doc.Blocks = append(doc.Blocks, view.Text(strings.TrimSuffix(c.Question.Text, "?")))
	}
	m.Calls = s.talkCalls(n, c)
	m.Body = s.c.Port.Brief(doc, m).Text
	return m
}

// remarkOf returns the remark that an entry of the trail is about, by its kind and
// by its time, which orders have to the second. Others may have been made since.
func remarkOf(talk []order.RemarkView, kind order.RemarkKind, at time.Time) (said order.RemarkView, ok bool) {
	for _, r := range talk {
		if r.Kind == kind && r.At.Truncate(time.Second).Equal(at.Truncate(time.Second)) {
			said, ok = r, true
		}
	}
	return said, ok
}

// talkCalls are those who are notified of an entry: people by their own ids, of
// roles those that the chat has, and where nobody in particular is asked, those
// that a new card notifies.
func (s *Service) talkCalls(n audit.Event, c order.Card) Calls {
	var who []order.Called
	switch n.Event {
	case askedBack:
		return users(c.Requester[s.c.Realm])
	case answered:
		return users(c.Asker[s.c.Realm])
	case escalated:
		who = c.Later
	default:
		who = c.Turn
	}
	var calls Calls
	for _, w := range who {
		if id := w.IDs[s.c.Realm]; id != "" {
			calls.Users = append(calls.Users, id)
		}
		if role, ok := strings.CutPrefix(w.Name, "role:"); ok && w.IDs == nil {
			calls.Roles = append(calls.Roles, s.named(role)...)
		}
	}
	if none := len(calls.Users)+len(calls.Roles) == 0; none || len(calls.Users) > s.c.Limits.Calls {
		calls.Roles = append(calls.Roles, s.called()...) // also for those whom a message has no room to name
	}
	slices.Sort(calls.Roles)
	calls.Roles = slices.Compact(calls.Roles)
	calls.Users, calls.Roles = calls.Users[:min(len(calls.Users), s.c.Limits.Calls)], calls.Roles[:min(len(calls.Roles), s.c.Limits.Calls)]
	return calls
}

// named returns the ids of the roles here that rules call so.
func (s *Service) named(role string) []string {
	var ids []string
	for id, names := range s.c.Roles().Groups {
		if slices.Contains(names, role) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func users(id string) Calls {
	if id == "" {
		return Calls{}
	}
	return Calls{Users: []string{id}}
}

// talkPlace is where an entry is told, and what it answers there: a question
// where it was asked for, all else at the card. What is for people who are not
// known here has no place.
func (s *Service) talkPlace(ctx context.Context, n audit.Event, c order.Card, m *Message) (string, error) {
	if n.Event == askedBack {
		if c.Requester[s.c.Realm] == "" {
			return "", nil
		}
		for _, kind := range []order.Companion{order.RequestNote, order.OutcomeNote} {
			at, err := s.c.Feed.Companion(ctx, kind, n.Order)
			if err != nil {
				return "", err
			}
			if at.Place != "" && !strings.HasPrefix(at.Place, inPrivate) {
				m.ReplyTo = at.Message
				return at.Place, nil
			}
		}
	}
	if c.Place == "" {
		return s.c.Approvals, nil
	}
	m.ReplyTo = c.Message
	return c.Place, nil
}
