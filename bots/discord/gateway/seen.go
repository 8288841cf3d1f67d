package gateway

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
)

const (
	// remember is how long the id of an interaction is kept at least. Its
	// signature is refused for its age before that.
	remember = 3 * freshness

	// maxSeen bounds the ids of one such time.
	maxSeen = 50_000
)

// seen remembers the interactions that came, so that none is taken twice. It
// has two sets, and drops the older as time goes on.
type seen struct {
	mu         sync.Mutex
	since      time.Time
	young, old map[string]struct{}
}

// first reports whether an id is new, and whether there is room for it.
func (s *seen) first(id string, now time.Time) (fresh, room bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.young == nil || now.Sub(s.since) >= remember {
		s.old, s.young, s.since = s.young, map[string]struct{}{}, now
	}
	_, a := s.young[id]
	_, b := s.old[id]
	if a || b {
		return false, true
	}
	if len(s.young) >= maxSeen {
		return true, false
	}
	s.young[id] = struct{}{}
	return true, true
}

// ping reports whether a body is Discord's question whether anyone is there.
func ping(raw []byte) bool {
	var p struct {
		Type discordgo.InteractionType `json:"type"`
	}
	return json.Unmarshal(raw, &p) == nil && p.Type == discordgo.InteractionPing
}
