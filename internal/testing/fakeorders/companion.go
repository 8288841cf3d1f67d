package fakeorders

import (
	"context"

	"didops/internal/fault"
	"didops/internal/order"
)

// Companions implements [order.Feed].
func (s *Service) Companions(_ context.Context, kind order.Companion, waiting bool, most int) ([]order.Card, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []order.Card
	for _, r := range s.orders {
		c, noted := s.companions[kind][r.ID]
		state := s.view(r).State
		if noted && c.Entry < r.entry && state != order.Executing && (waiting || state != order.Pending && state != order.Scheduled) {
			list = append(list, s.filled(r, c))
		}
	}
	return list[:min(most, len(list))], nil
}

// Companion implements [order.Feed].
func (s *Service) Companion(_ context.Context, kind order.Companion, id string) (order.Card, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.orders {
		if r.ID == id {
			return s.filled(r, s.companions[kind][id]), nil
		}
	}
	return order.Card{}, fault.New(fault.NotFound, "there is no order %s", id)
}

// NoteCompanion implements [order.Feed].
func (s *Service) NoteCompanion(_ context.Context, kind order.Companion, id, place string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, noted := s.companions[kind][id]; noted {
		return false, nil
	}
	s.companions[kind][id] = order.Card{Place: place}
	return true, nil
}

// KeepCompanion implements [order.Feed].
func (s *Service) KeepCompanion(_ context.Context, kind order.Companion, c order.Card) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.companions[kind][c.Order.ID] = order.Card{Entry: c.Entry, Place: c.Place, Message: c.Message, Tried: c.Tried}
	return nil
}

// DoubtCompanions implements [order.Feed].
func (s *Service) DoubtCompanions(_ context.Context, kind order.Companion) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.orders {
		if c, noted := s.companions[kind][r.ID]; noted && s.view(r).State == order.Pending {
			c.Entry = 0
			s.companions[kind][r.ID] = c
		}
	}
	return nil
}
