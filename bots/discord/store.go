package discord

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"sync"
	"time"
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
type store struct {
	now func() time.Time

	mu    sync.Mutex
	kept  map[string]keep
	order []string // tokens, oldest first
	bytes int
}

type keep struct {
	data []byte
	at   time.Time
}

func newStore(now func() time.Time) *store { return &store{now: now, kept: map[string]keep{}} }

// id returns the id of a control with an action and its state.
func (s *store) id(action string, state any) string {
	data, err := json.Marshal(state)
	if err != nil {
		return prefix + action + ":~"
	}
	if id := prefix + action + ":=" + string(data); size(id) <= maxCustomID-spare {
		return id
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	token := rand.Text()[:20]
	s.kept[token] = keep{data, s.now()}
	s.order = append(s.order, token)
	s.bytes += len(data)
	for len(s.order) > 0 && (s.bytes > keepBytes || s.stale(s.kept[s.order[0]])) {
		s.bytes -= len(s.kept[s.order[0]].data)
		delete(s.kept, s.order[0])
		s.order = s.order[1:]
	}
	return prefix + action + ":~" + token
}

func (s *store) stale(k keep) bool { return s.now().Sub(k.at) > keepFor }

// get reads the state that an id refers to, which is what follows the action.
func (s *store) get(ref string, state any) bool {
	if text, ok := strings.CutPrefix(ref, "="); ok {
		return json.Unmarshal([]byte(text), state) == nil
	}
	s.mu.Lock()
	k, ok := s.kept[strings.TrimPrefix(ref, "~")]
	ok = ok && !s.stale(k)
	s.mu.Unlock()
	return ok && json.Unmarshal(k.data, state) == nil
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
