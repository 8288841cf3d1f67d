package did_test

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"sync"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/handle"
	"didops/internal/identity"
	"didops/tools/did"
)

// handleStore is a store of handles in memory.
type handleStore struct {
	mu   sync.Mutex
	kept map[string]string
	err  error
}

func (s *handleStore) Keep(_ context.Context, name string, state []byte, _ time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.kept[name] = string(state)
	}
	return s.err
}

func (s *handleStore) Kept(_ context.Context, name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state, ok := s.kept[name]; ok && s.err == nil {
		return []byte(state), nil
	}
	return nil, cmp.Or(s.err, handle.ErrNone)
}

// TestCursorsForModelsAreHandles turns all pages by handles, at two processes
// on one store in turn, and holds that they bring what whole cursors bring.
func TestCursorsForModelsAreHandles(t *testing.T) {
	t.Parallel()
	r, _, _ := ownNumbers(t)
	store := &handleStore{kept: map[string]string{}}
	config := did.Config{Cache: longCache, Handles: func() handle.Store { return store }}
	one, other := r.front(config), r.front(config)
	for tool, a := range map[string]args{"did_search": {"country": "UAE", "limit": 7}, "did_list": {"limit": 4}} {
		var whole, short []string
		for p := r.get(tool, a); ; p = r.get(tool, a.with(args{"cursor": p.Next})) {
			if whole = append(whole, p.numbers()...); p.Next == "" {
				break
			}
		}
		c, turns := call(tool, a), 0
		for c.Frontend = identity.FrontMCP; ; turns++ {
			gate := one
			if turns%2 == 1 {
				gate = other
			}
			p, err := read(t.Context(), gate, c)
			if err != nil {
				t.Fatalf("%s: %v", tool, err)
			}
			if short = append(short, p.numbers()...); p.Next == "" {
				break
			}
			if !regexp.MustCompile(`^[1-9]\d{11}$`).MatchString(p.Next) {
				t.Fatalf("%s: got the cursor %q, want twelve digits", tool, p.Next)
			}
			c.Args = call(tool, a.with(args{"cursor": p.Next})).Args
		}
		if len(whole) != len(short) || turns == 0 {
			t.Fatalf("%s: got %d numbers by handles, want %d", tool, len(short), len(whole))
		}
		for i := range whole {
			if whole[i] != short[i] {
				t.Errorf("%s: got %s at %d, want %s", tool, short[i], i, whole[i])
			}
		}
	}
	c := call("did_search", args{"country": "UAE", "limit": 7, "cursor": "123456789012"})
	c.Frontend = identity.FrontMCP
	if _, err := read(t.Context(), one, c); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a cursor that is not known: got %v, want invalid", err)
	}
	store.err = errors.New("away")
	if _, err := read(t.Context(), one, c); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a store that is away: got %v, want unavailable", err)
	}
	// One that was kept in this minute is known to the store when it comes back.
	c.Args = call("did_search", args{"country": "US", "limit": 7}).Args
	if p, err := read(t.Context(), one, c); err != nil || len(p.Next) < 40 {
		t.Errorf("a store that is away: got %q, %v, want a whole cursor", p.Next, err)
	}
}
