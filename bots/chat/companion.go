package chat

import (
	"context"
	"errors"
	"strings"
	"time"

	"didops/internal/order"
)

const (
	// answerLost is how old an order is before a message about it whose post was
	// not confirmed is looked for: until then who asked may still be answered.
	answerLost = time.Minute

	// refusedMost is how long a message that the chat does not let us write is
	// tried after its order has come to an end.
	refusedMost = 7 * 24 * time.Hour
)

// keepCompanions keeps the messages about orders that stand beside cards up to
// date until ctx ends. They are written like cards: those of different orders
// do not wait for each other, and what the chat did not take is tried again.
func (s *Service) keepCompanions(ctx context.Context) error {
	c := newCards()
	defer c.begin()()
	return s.repeat(ctx, "messages about orders", s.heard, func(bounded context.Context) (int64, time.Duration, error) {
		seen, _, err := s.c.Feed.Head(bounded) // before the look, so that nothing falls in between
		if err != nil {
			return 0, 0, err
		}
		again, err := s.behindCompanions(ctx, bounded, c, order.RequestNote, s.updateRequest)
		if err == nil && s.c.Notify != NotifyNobody {
			var outcomes time.Duration
			if err = s.noteElsewhere(bounded); err == nil {
				outcomes, err = s.behindCompanions(ctx, bounded, c, order.OutcomeNote, s.updateOutcome)
				again = min(again, outcomes)
			}
		}
		if err != nil {
			return 0, 0, err
		}
		return seen, again, c.failed()
	})
}

// behindCompanions begins to write the companions of a kind that are behind,
// and returns how soon it is to be looked again.
func (s *Service) behindCompanions(ctx, bounded context.Context, c *cards, kind order.Companion, update update) (time.Duration, error) {
	list, err := s.c.Feed.Companions(bounded, kind, kind == order.RequestNote, behindMost)
	again := idle
	for _, p := range list {
		again = sooner(again, s.companion(ctx, c, kind, p, update))
	}
	return again, err
}

// update brings one companion to what its order is.
type update func(context.Context, order.Card) error

// companion writes a message beside the loop, which is woken at the end, or
// returns how long it has to wait; less than 0 if it is until another is written.
func (s *Service) companion(ctx context.Context, c *cards, kind order.Companion, p order.Card, update update) time.Duration {
	now := s.c.Now()
	if p.Message == "" && !p.Tried && p.Shown == 0 && kind == order.RequestNote {
		if young := answerLost - now.Sub(p.Order.CreatedAt); young > 0 {
			return young
		}
	}
	key, there := string(kind)+" of "+p.Order.ID, "in "+p.Place
	if wait := c.waits(there, now); wait > 0 { // nothing may be written there, as was told just now
		return wait
	}
	if wait := c.claim(key, p.Place, now); wait != 0 {
		return wait
	}
	c.write(func() {
		bounded, cancel := context.WithTimeout(ctx, cardWithin)
		defer cancel()
		err := s.boundary().Guard(ctx, "a message about an order", func() error { return update(bounded, p) })
		s.logLimited(ctx, "messages about orders in the channel "+p.Place, err)
		if errors.Is(err, ErrForbidden) || err == nil {
			c.done(there, s.c.Now(), err)
		}
		c.done(key, s.c.Now(), err)
		poke(s.heard)
	})
	return -1
}

// waits returns how long something has to wait that was refused.
func (c *cards) waits(id string, now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tries[id].at.Sub(now)
}

// rewrite makes a companion say what it is to say. One that is gone nobody
// misses, and one that the chat has refused for long is left as it is.
func (s *Service) rewrite(ctx context.Context, kind order.Companion, p order.Card, m Message) error {
	place := strings.TrimPrefix(p.Place, inPrivate)
	err := s.c.Port.Edit(ctx, place, p.Message, m)
	if errors.Is(err, ErrInvalid) {
		s.logLimited(ctx, "the "+string(kind)+" of order "+p.Order.ID, err)
		err = s.c.Port.Edit(ctx, place, p.Message, s.brief(m))
	}
	given := errors.Is(err, ErrForbidden) && p.Order.State.Settled() && s.c.Now().Sub(p.Order.Changed) > refusedMost
	if err != nil && !errors.Is(err, ErrGone) && !given {
		return err
	}
	p.Tried = false
	return s.c.Feed.KeepCompanion(ctx, kind, p)
}
