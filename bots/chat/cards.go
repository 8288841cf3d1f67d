package chat

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"didops/internal/order"
)

const (
	behindMost = 500              // orders that are looked at in one pass
	cardWithin = 15 * time.Second // for one card to be written; less than a lease
	probeEvery = 15 * time.Second // how often a place that is closed is tried
)

// keepCards keeps the card of every order up to date until ctx ends. Cards of
// different orders do not wait for each other, but for the most urgent of their
// place; those of one order are written in turn.
func (s *Service) keepCards(ctx context.Context) error {
	defer s.cards.begin()()
	defer s.backlog.forget()
	last, next := int64(-1), time.Time{} // next: no message to a place that is closed before
	closed := false
	return s.repeat(ctx, "cards", s.wake, func(bounded context.Context) (int64, time.Duration, error) {
		seen, _, err := s.c.Feed.Head(bounded) // before the look, so that nothing falls in between
		if err != nil {
			return 0, 0, err
		}
		after, err := s.cardsSince(bounded, seen)
		if err != nil {
			return 0, 0, err
		}
		behind, err := s.behind(bounded, after)
		if err != nil {
			return 0, 0, err
		}
		if s.reopened(&closed) {
			next = time.Time{}
			s.cards.again() // what was refused waits no longer
		}
		if seen != last {
			s.suggestions.forget() // numbers and orders are others now
			last = seen
		}
		now, again := s.c.Now(), idle
		for _, p := range behind {
			if p.Message == "" && now.Before(next) && s.Closed(Approvals) != nil {
				if err := s.noteOnly(bounded, p); err != nil {
					return 0, 0, err
				}
				continue // one now and then tells whether the place takes any again
			}
			if wait := s.turn(p, now); wait != 0 {
				again = sooner(again, wait)
				continue
			}
			s.write(ctx, p)
			if p.Message == "" {
				next = now.Add(probeEvery)
			}
		}
		return seen, again, s.cards.failed()
	})
}

// turn makes a card the loop's to write and returns 0, or says how long it has
// to wait; less than 0 if it is until another is written. That an order is being
// carried out is not worth an edit where its outcome follows at once.
func (s *Service) turn(p order.Card, now time.Time) time.Duration {
	if begun := p.Order.DecidedAt; p.Order.State == order.Executing && p.Message != "" && now.Before(begun.Add(soon)) && !begun.After(now) {
		return begun.Add(soon).Sub(now)
	}
	return s.cards.claim(p.Order.ID, cmp.Or(p.Place, s.c.Approvals), now)
}

// sooner returns the lesser of two times to wait; a negative one is none.
func sooner(again, wait time.Duration) time.Duration {
	if wait < 0 {
		return again
	}
	return min(again, wait)
}

// reopened reports whether the place of approvals was closed, when it was asked
// before, and is so no more.
func (s *Service) reopened(closed *bool) bool {
	was := *closed
	*closed = s.Closed(Approvals) != nil
	return was && !*closed
}

// behind returns the cards that do not show what their orders are, the most
// urgent first, and takes note of how many there are, and of it where none of
// them is left to be posted.
func (s *Service) behind(ctx context.Context, after int64) ([]order.Card, error) {
	none := s.cards.none() // before the look, as what is being written may be posted
	list, err := s.c.Feed.Behind(ctx, after, behindMost)
	if err != nil {
		return nil, err
	}
	if none && !slices.ContainsFunc(list, func(p order.Card) bool { return p.Message == "" }) {
		s.nothingWaits(ctx)
	}
	list = slices.DeleteFunc(list, func(p order.Card) bool {
		return p.Place == "" && s.c.Approvals == "" // nobody knows where it belongs
	})
	byUrgency(list)
	s.backlog.cards(slices.DeleteFunc(slices.Clone(list), func(p order.Card) bool {
		return s.cards.aside(p.Order.ID, cmp.Or(p.Place, s.c.Approvals) == s.c.Approvals)
	}), s.c.Now())
	return list, nil
}

// noteOnly notes a card that is not tried at the moment: it is posted once the
// place takes it, whatever becomes of its order.
func (s *Service) noteOnly(ctx context.Context, p order.Card) error {
	if p.Place != "" {
		return nil
	}
	return s.c.Feed.Note(ctx, p.Order.ID, s.c.Approvals)
}

// cardsSince returns the entry after which every order that something happened
// to gets a card: the last one when cards were first kept in the place of
// approvals. Without that place nobody knows where an order from elsewhere
// belongs, and it returns -1: those asked for here are noted.
func (s *Service) cardsSince(ctx context.Context, head int64) (int64, error) {
	if s.c.Approvals == "" {
		return -1, nil
	}
	reader := s.c.Realm + " cards"
	mark, err := s.c.Feed.Mark(ctx, reader)
	if err != nil || mark > 0 {
		return mark - 1, err
	}
	return head, s.c.Feed.SetMark(ctx, reader, head+1)
}

// write writes one card that was claimed, beside the loop, which is woken at
// the end: the order may have gone on meanwhile.
func (s *Service) write(ctx context.Context, p order.Card) {
	s.cards.write(func() {
		bounded, cancel := context.WithTimeout(ctx, cardWithin)
		defer cancel()
		err := s.boundary().Guard(ctx, "a card", func() error { return s.update(bounded, p) })
		s.logLimited(ctx, "cards in the channel "+cmp.Or(p.Place, s.c.Approvals), err)
		if err == nil {
			s.backlog.shown(p.Order.ID)
		}
		s.cards.done(p.Order.ID, s.c.Now(), err)
		s.poke()
	})
}

// update brings one card to what its order is. A card that was deleted is
// posted anew, unless the order is over: then nobody misses it.
func (s *Service) update(ctx context.Context, p order.Card) error {
	m := s.card(p)
	if p.Message == "" {
		return s.post(ctx, p, m, "")
	}
	err := s.revise(ctx, p, m)
	if !errors.Is(err, ErrGone) || errors.Is(err, ErrNoPlace) && !s.deserted(ctx, p) {
		return err
	}
	if p.Order.State.Settled() {
		return s.c.Feed.Keep(ctx, p)
	}
	gone := p.Message
	p.Message = ""
	return s.post(ctx, p, m, gone)
}

// deserted reports whether a card's place is gone for good: by a second answer
// that says so, and where cards of such orders are not waited for there.
func (s *Service) deserted(ctx context.Context, p order.Card) bool {
	if p.Place == s.c.Approvals || s.c.Approvals == "" && !p.Order.State.Settled() {
		return false
	}
	return errors.Is(s.c.Port.Check(ctx, p.Place), ErrNoPlace)
}

// revise makes the message of a card say what it is to show.
func (s *Service) revise(ctx context.Context, p order.Card, m Message) error {
	err := s.c.Port.Edit(ctx, p.Place, p.Message, m)
	if errors.Is(err, ErrInvalid) {
		s.logLimited(ctx, "the card of order "+p.Order.ID, err)
		err = s.c.Port.Edit(ctx, p.Place, p.Message, s.brief(m))
	}
	s.edited(p.Place, err)
	if err != nil {
		return err
	}
	p.Tried = false
	return s.c.Feed.Keep(ctx, p)
}

// post sends a card for the first time, or again after its message has gone.
// It is noted before, so that one whose answer is lost is not: then it is
// looked for, and whatever is found or posted is written once more, because
// what was posted at first may be of an earlier state. The nonce is the same
// at every try in a place, so that a message is not there twice.
func (s *Service) post(ctx context.Context, p order.Card, m Message, gone string) error {
	doubt := p.Tried
	if doubt {
		id, err := s.c.Port.Find(ctx, p.Place, p.Order.CreatedAt, m.Foot)
		if id != "" {
			p.Message = id
			return s.revise(ctx, p, m)
		}
		if err != nil && !errors.Is(err, ErrForbidden) && (!errors.Is(err, ErrNoPlace) || !s.deserted(ctx, p)) {
			return err
		}
	}
	if s.c.Approvals != "" {
		p.Place = s.c.Approvals // it may have been another when it was noted
	}
	noted := p
	// Where the message is gone, the next try finds that again, and posts what
	// comes back: it calls nobody.
	noted.Tried, noted.Entry, noted.Message = true, 0, gone
	if err := s.c.Feed.Keep(ctx, noted); err != nil {
		return err
	}
	if gone == "" && p.Order.State == order.Pending {
		m.Calls.Roles = s.called()
	}
	id, err := s.send(ctx, p, m, nonceOf(p, gone))
	if err != nil {
		return err
	}
	p.Message, p.Tried = id, false
	if !doubt {
		return s.c.Feed.Keep(ctx, p)
	}
	noted.Message = id
	if err := s.c.Feed.Keep(ctx, noted); err != nil {
		return err
	}
	return s.revise(ctx, p, m)
}

// send posts a card, shortly where the chat does not take the whole.
func (s *Service) send(ctx context.Context, p order.Card, m Message, nonce string) (string, error) {
	id, err := s.c.Port.Post(ctx, p.Place, m, nonce)
	if errors.Is(err, ErrInvalid) {
		s.logLimited(ctx, "the card of order "+p.Order.ID, err)
		id, err = s.c.Port.Post(ctx, p.Place, s.brief(m), nonce)
	}
	s.wrote(ctx, p.Place, err)
	return id, err
}

// nonceOf names what is posted of an order in a place, in place of the message
// that has gone.
func nonceOf(p order.Card, gone string) string {
	sum := sha256.Sum256([]byte(p.Place + " " + gone))
	return p.Order.ID + "-" + hex.EncodeToString(sum[:4])
}

// poke makes the loop look at once.
func (s *Service) poke() { poke(s.wake) }

// poke wakes who waits for it, once however often it is called meanwhile.
func poke(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}
