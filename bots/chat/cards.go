package chat

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
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
	probeEvery = 15 * time.Second // how often a place that is closed is tried
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
		behind, err := s.behind(bounded, c, after)
		if err != nil {
			return 0, 0, err
		}
		if s.reopened(&closed) {
			next = time.Time{}
			c.again() // what was refused waits no longer
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
			if p.Message == "" && now.Before(next) && s.Closed(Approvals) != nil {
				if err := s.noteOnly(bounded, p); err != nil {
					return 0, 0, err
				}
				continue // one now and then tells whether the place takes any again
			}
			wait := c.claim(p.Order.ID, now)
			if wait != 0 {
				again = sooner(again, wait)
				continue
			}
			s.write(ctx, c, p)
			if p.Message == "" {
				next = now.Add(probeEvery)
			}
		}
		return seen, again, c.failed()
	})
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

// behind returns the cards that do not show what their orders are, and takes
// note of it where none of them is left to be posted.
func (s *Service) behind(ctx context.Context, c *cards, after int64) ([]order.Card, error) {
	none := c.none() // before the look, as what is being written may be posted
	list, err := s.c.Feed.Behind(ctx, after, behindMost)
	if err == nil && none && !slices.ContainsFunc(list, func(p order.Card) bool { return p.Message == "" }) {
		s.nothingWaits(ctx)
	}
	return list, err
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

// again lets every card be tried that waits because it was refused.
func (c *cards) again() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.tries)
}

// none reports whether no card is being written.
func (c *cards) none() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.busy) == 0
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
		s.logLimited(ctx, "cards in the channel "+cmp.Or(p.Place, s.c.Approvals), err)
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
	p.Message, p.Tried = "", false
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
	noted.Tried, noted.Entry = true, 0
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
