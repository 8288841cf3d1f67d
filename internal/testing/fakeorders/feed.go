package fakeorders

import (
	"context"
	"slices"
	"time"

	"didops/internal/audit"
	"didops/internal/order"
)

// Behind implements [order.Feed].
func (s *Service) Behind(_ context.Context, most int) ([]order.Card, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []order.Card
	for _, r := range s.orders {
		c, ok := s.cards[r.ID]
		if ok && c.Entry >= r.entry || !ok && s.view(r).State.Settled() {
			continue
		}
		c.Order, c.Entry = s.view(r), r.entry
		if c.Order.State == order.Pending {
			c.Question = r.handler.Ask(c.Order)
		}
		list = append(list, c)
	}
	return list[:min(most, len(list))], nil
}

// Keep implements [order.Feed].
func (s *Service) Keep(_ context.Context, c order.Card) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cards[c.Order.ID] = order.Card{Entry: c.Entry, Place: c.Place, Message: c.Message}
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

// Acquire implements [didops/internal/lease.Store]: it is there for whoever asks, unless another
// process is switched to have it.
func (s *Service) Acquire(_ context.Context, name, _ string, _ time.Duration) (bool, error) {
	return !slices.Contains(s.switched().Leased, name), nil
}

// Release implements [didops/internal/lease.Store].
func (s *Service) Release(context.Context, string, string) error { return nil }
