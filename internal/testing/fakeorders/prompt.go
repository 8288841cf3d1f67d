package fakeorders

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
)

// prompt is a handle by which one answer can be given.
type prompt struct {
	order, bound string
	used         bool
	until        time.Time
}

// IssuePrompt implements [order.Service]. A handle of a dialog can't be
// guessed, as it must not; the others are handle-1, handle-2 …, so that a
// transcript of them is the same in every run.
func (s *Service) IssuePrompt(_ context.Context, id string, c order.PromptCall, until time.Time) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.switches.Refuses.Prompt; err != nil {
		return "", err
	}
	r, err := s.find(id, identity.Caller{})
	if err != nil {
		return "", err
	}
	handle := fmt.Sprintf("handle-%d", len(s.prompts)+1)
	if c.Dialog != "" {
		handle = rand.Text() + rand.Text()
	}
	if r.ExpiresAt.Before(until) {
		until = r.ExpiresAt
	}
	s.prompts[handle] = &prompt{order: id, bound: bound(c), until: until}
	return handle, nil
}

// RedeemPrompt implements [order.Service].
func (s *Service) RedeemPrompt(ctx context.Context, handle string, c order.PromptCall) (string, error) {
	if s.switched().StuckHandles {
		<-ctx.Done()
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.prompts[handle]
	switch {
	case !ok || p.bound != bound(c):
		return "", fault.New(fault.Invalid, "this is not the answer to a question")
	case p.used:
		return "", fault.New(fault.Conflict, "this question has been answered").WithCause(order.ErrAnswered)
	case !s.config.Now().Before(p.until):
		return "", fault.New(fault.Expired, "this question was answered too late")
	}
	p.used = true
	return p.order, nil
}

// PromptUsed implements [order.Service].
func (s *Service) PromptUsed(ctx context.Context, handle string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.prompts[handle]
	return ok && p.used, nil
}

// bound is what an answer must come with besides its handle.
func bound(c order.PromptCall) string {
	from := c.Dialog
	if from == "" {
		from = string(c.Args)
	}
	return c.Operation + from + c.By.Principal.String()
}
