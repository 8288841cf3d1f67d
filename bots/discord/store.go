package discord

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"time"

	"didops/internal/cache"
)

// What is kept for controls whose state does not fit into their id.
const (
	keepFor   = time.Hour
	keepBytes = 4 << 20
	spare     = 4 // characters that the action of a following control may be longer
)

// store holds the state of controls. What fits is written into the id itself
// and survives everything; the rest is kept in memory, as much as is bounded,
// and may be forgotten. It is safe for concurrent use.
type store struct{ kept *cache.Cache[string, []byte] }

func newStore(now func() time.Time) *store {
	return &store{cache.New[string](cache.Config[[]byte]{
		MaxWeight: keepBytes, Weigh: func(b []byte) int { return len(b) }, TTL: keepFor, Now: now,
	})}
}

// id returns the id of a control with an action and its state.
func (s *store) id(action string, state any) string {
	data, err := json.Marshal(state)
	if err != nil {
		return prefix + action + ":~"
	}
	if id := prefix + action + ":=" + string(data); size(id) <= maxCustomID-spare {
		return id
	}
	token := rand.Text()[:20]
	s.kept.Put(token, data)
	return prefix + action + ":~" + token
}

// get reads the state that an id refers to, which is what follows the action.
func (s *store) get(ref string, state any) bool {
	if text, ok := strings.CutPrefix(ref, "="); ok {
		return json.Unmarshal([]byte(text), state) == nil
	}
	data, ok := s.kept.Get(strings.TrimPrefix(ref, "~"))
	return ok && json.Unmarshal(data, state) == nil
}

// prefix begins the id of every control. Ids of another version are answered
// as such, never guessed at.
const prefix = "v1:"

// action splits the id of a control.
func action(id string) (name, ref string, ok bool) {
	rest, ok := strings.CutPrefix(id, prefix)
	if !ok {
		return "", "", false
	}
	name, ref, ok = strings.Cut(rest, ":")
	return name, ref, ok && ref != ""
}
