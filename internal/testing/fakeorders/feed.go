package fakeorders

import (
	"context"
	"slices"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/order"
)

// Behind implements [order.Feed].
func (s *Service) Behind(_ context.Context, after int64, most int) ([]order.Card, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []order.Card
	for _, r := range s.orders {
		c, noted := s.cards[r.ID]
		switch state := s.view(r).State; {
		case noted && c.Message != "" && c.Entry >= r.entry:
		case !noted && (after < 0 || state.Settled() && (r.entry <= after || undone(state))):
		default:
			list = append(list, s.card(r))
		}
	}
	return list[:min(most, len(list))], nil
}

// undone reports whether nothing was ever tried of an order that is over.
func undone(s order.State) bool {
	return s == order.Rejected || s == order.Expired || s == order.Cancelled
}

// card is an order with its card. The caller holds the lock.
func (s *Service) card(r *record) order.Card {
	return s.filled(r, s.cards[r.ID])
}

// filled is a message about an order, with the order.
func (s *Service) filled(r *record, c order.Card) order.Card {
	c.Order, c.Entry, c.Shown = s.view(r), r.entry, c.Entry
	c.Requester, c.Own = map[string]string{r.by.Principal.Realm: r.by.Principal.ID}, r.own
	if c.Order.State == order.Pending {
		c.Question, c.Turn = r.handler.Ask(c.Order), s.switches.Turn
	}
	return c
}

// Open implements [order.Feed].
func (s *Service) Open(_ context.Context, most int) ([]order.Card, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []order.Card
	for _, r := range s.orders {
		if !s.view(r).State.Settled() && s.cards[r.ID].Message != "" {
			list = append(list, s.card(r))
		}
	}
	return list[:min(most, len(list))], nil
}

// Card implements [order.Feed].
func (s *Service) Card(_ context.Context, id string) (order.Card, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.orders {
		if r.ID == id {
			return s.card(r), nil
		}
	}
	return order.Card{}, fault.New(fault.NotFound, "there is no order %s", id)
}

// Note implements [order.Feed].
func (s *Service) Note(_ context.Context, id, place string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, noted := s.cards[id]; !noted {
		s.cards[id] = order.Card{Place: place}
	}
	return nil
}

// Keep implements [order.Feed].
func (s *Service) Keep(_ context.Context, c order.Card) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cards[c.Order.ID] = order.Card{Entry: c.Entry, Place: c.Place, Message: c.Message, Tried: c.Tried}
	return nil
}

// Doubt implements [order.Feed].
func (s *Service) Doubt(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, noted := s.cards[id]; noted {
		c.Entry = 0
		s.cards[id] = c
	}
	return nil
}

// News implements [order.Feed].
func (s *Service) News(_ context.Context, after int64, most int) ([]audit.Event, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rest := s.news[min(int(after), len(s.news)):]
	rest = rest[:min(most, len(rest))]
	if len(rest) > 0 {
		after = rest[len(rest)-1].Entry
	}
	return slices.Clone(rest), after, nil
}

// Mark implements [order.Feed].
func (s *Service) Mark(_ context.Context, reader string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.marks[reader], nil
}

// SetMark implements [order.Feed].
func (s *Service) SetMark(_ context.Context, reader string, entry int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.marks[reader] = entry
	return nil
}

// Head implements [order.Feed].
func (s *Service) Head(context.Context) (int64, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.news) == 0 {
		return 0, "", nil
	}
	last := s.news[len(s.news)-1]
	return last.Entry, last.Hash, nil
}

// Changed implements [order.Feed].
func (s *Service) Changed(ctx context.Context, after int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.await(ctx, func() bool { return int64(len(s.news)) > after })
}
