package fakeorders

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"didops/internal/identity"
	"didops/internal/order"
)

// Challenge implements [order.Service]. It is the same for the same order,
// decision and caller.
func (s *Service) Challenge(_ context.Context, id string, approve bool, by identity.Caller) (order.Challenge, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(id, by)
	if err == nil {
		err = s.undecided(r)
	}
	if err == nil && approve {
		err = s.mayApprove(r, by)
	}
	if err != nil {
		return order.Challenge{}, err
	}
	text := fmt.Sprintf("%s %t %s", r.ID, approve, by.Principal)
	challenge, nonce := sha256.Sum256([]byte(text)), sha256.Sum256([]byte("nonce "+text))
	c := order.Challenge{Nonce: nonce[:], Challenge: challenge[:]}
	c.Options, err = json.Marshal(map[string]any{"challenge": c.Challenge, "rpId": "localhost", "userVerification": "required"})
	return c, err
}
