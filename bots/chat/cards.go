package chat

import (
	"context"
	"errors"
	"sync"
	"time"

	"didops/internal/order"
)

const (
	behindMost = 500              // orders that are looked at in one pass
	atOnce     = 16               // cards that are written at the same time
	cardWithin = 15 * time.Second // for one card to be written; less than a lease
	firstTry   = 2 * time.Second  // how soon a card is tried again, doubling
	lastTry    = time.Minute      // up to
)

// cards says which cards are being written, and which are to wait because
// the chat did not take them. It is safe for concurrent use.
type cards struct {
	mu    sync.Mutex
	busy  map[string]bool
	tries map[string]try
	fatal error
	slots chan struct{}
	wg    sync.WaitGroup
}

type try struct {
	at   time.Time     // not before
	wait time.Duration // before that
}

// keepCards keeps the card of every order up to date until ctx ends. Cards of
// different orders do not wait for each other; those of one order are written
// in turn.
func (s *Service) keepCards(ctx context.Context) error {
	c := &cards{busy: map[string]bool{}, tries: map[string]try{}, slots: make(chan struct{}, atOnce)}
	defer c.wg.Wait()
	last := int64(-1)
	return s.runWithLease(ctx, s.c.Realm+" cards", s.wake, func(bounded context.Context) (int64, time.Duration, error) {
		seen, _, err := s.c.Feed.Head(bounded) // before the look, so that nothing falls in between
		if err != nil {
			return 0, 0, err
		}
		behind, err := s.c.Feed.Behind(bounded, behindMost)
		if err != nil {
			return 0, 0, err
		}
		if seen != last {
			s.suggestions.forget() // numbers and orders are others now
			last = seen
		}
		now, again := s.c.Now(), idle
		for _, p := range behind {
			if p.Place == "" && s.c.Approvals == "" {
				continue // nobody knows where it belongs
			}
			if wait := c.claim(p.Order.ID, now); wait > 0 {
				again = min(again, wait)
			} else if wait == 0 {
				s.write(ctx, c, p)
			}
		}
		return seen, again, c.failed()
	})
}

// claim makes the order's card the caller's to write and returns 0, or says
// how long it has to wait; less than 0 if it is being written.
func (c *cards) claim(id string, now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy[id] {
		return -1
	}
	if wait := c.tries[id].at.Sub(now); wait > 0 {
		return wait
	}
	c.busy[id] = true
	return 0
}

func (c *cards) failed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fatal
}

// write writes one card beside the loop, which is woken at the end: the order
// may have gone on meanwhile.
func (s *Service) write(ctx context.Context, c *cards, p order.Card) {
	c.wg.Go(func() {
		c.slots <- struct{}{}
		defer func() { <-c.slots }()
		bounded, cancel := context.WithTimeout(ctx, cardWithin)
		defer cancel()
		err := s.boundary().Guard(ctx, "a card", func() error { return s.update(bounded, p) })
		s.logLimited(ctx, "the card of an order in channel "+p.Place, err)
		c.done(p.Order.ID, s.c.Now(), err)
		s.poke()
	})
}

func (c *cards) done(id string, now time.Time, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.busy, id)
	if errors.Is(err, ErrUnauthorized) {
		c.fatal = err
	}
	if err == nil {
		delete(c.tries, id)
		return
	}
	wait := max(firstTry, min(2*c.tries[id].wait, lastTry))
	if errors.Is(err, ErrForbidden) || errors.Is(err, ErrGone) {
		wait = lastTry
	}
	c.tries[id] = try{now.Add(wait), wait}
}

// update brings one card to what its order is. A card that was deleted is
// posted anew, unless the order is over: then nobody misses it.
func (s *Service) update(ctx context.Context, p order.Card) error {
	m := s.card(p)
	if p.Message != "" {
		err := s.c.Port.Edit(ctx, p.Place, p.Message, m)
		if errors.Is(err, ErrInvalid) {
			s.logLimited(ctx, "the card of order "+p.Order.ID, err)
			err = s.c.Port.Edit(ctx, p.Place, p.Message, s.brief(m))
		}
		if err == nil || errors.Is(err, ErrGone) && p.Order.State.Settled() {
			return s.c.Feed.Keep(ctx, p)
		}
		if !errors.Is(err, ErrGone) {
			return err
		}
	}
	return s.post(ctx, p, m)
}

// post sends a card for the first time, or again after its message has gone.
// The nonce is the same at every try, so that one that was thought to have
// failed is not there twice.
func (s *Service) post(ctx context.Context, p order.Card, m Message) error {
	nonce := p.Order.ID
	if n := len(p.Message); n > 0 {
		nonce += "-" + p.Message[max(0, n-12):]
	}
	if p.Place == "" {
		p.Place = s.c.Approvals
	}
	id, err := s.c.Port.Post(ctx, p.Place, m, nonce)
	if errors.Is(err, ErrGone) && s.c.Approvals != "" && p.Place != s.c.Approvals {
		p.Place = s.c.Approvals // the channel of the request has gone
		id, err = s.c.Port.Post(ctx, p.Place, m, nonce)
	}
	if errors.Is(err, ErrInvalid) {
		s.logLimited(ctx, "the card of order "+p.Order.ID, err)
		id, err = s.c.Port.Post(ctx, p.Place, s.brief(m), nonce)
	}
	if err != nil {
		return err
	}
	p.Message = id
	return s.c.Feed.Keep(ctx, p)
}

// poke makes the loop look at once.
func (s *Service) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
