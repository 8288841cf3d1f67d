package fakeorders

import (
	"context"
	"crypto/rand"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
)

// IssueTask implements [order.Service].
func (s *Service) IssueTask(_ context.Context, id string, by identity.Caller) (string, order.Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.switches.Refuses.Task; err != nil {
		return "", order.Task{}, err
	}
	r, err := s.find(id, by)
	if err != nil {
		return "", order.Task{}, err
	}
	now, handle := s.config.Now(), rand.Text()+rand.Text()
	t := order.Task{Order: r.ID, Principal: by.Principal.String(), Created: now, Expires: r.ExpiresAt.Add(24 * time.Hour)}
	s.tasks[handle] = t
	return handle, t, nil
}

// Task implements [order.Service].
func (s *Service) Task(_ context.Context, handle string, by identity.Caller) (order.Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tasks[handle]
	if !ok || t.Principal != by.Principal.String() || !s.config.Now().Before(t.Expires) {
		return order.Task{}, fault.New(fault.NotFound, "there is no such task")
	}
	return t, nil
}
