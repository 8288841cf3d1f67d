package chat

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

// controls holds the state of controls. What fits is written into the id
// itself and survives everything; the rest is kept in memory, as much as is
// bounded, and may be forgotten. It is safe for concurrent use.
type controls struct {
	limits Limits
	kept   *cache.Cache[string, []byte]
}

func newControls(limits Limits, now func() time.Time) *controls {
	return &controls{limits, cache.New[string](cache.Config[[]byte]{
		MaxWeight: keepBytes, Weigh: func(b []byte) int { return len(b) }, TTL: keepFor, Now: now,
	})}
}

// id returns the id of a control with an action and its state.
func (c *controls) id(action string, state any) string {
	data, err := json.Marshal(state)
	if err != nil {
		return controlID(action, "~")
	}
	if id := controlID(action, "="+string(data)); c.limits.Size(id) <= c.limits.ControlID-spare {
		return id
	}
	token := rand.Text()[:20]
	c.kept.Put(token, data)
	return controlID(action, "~"+token)
}

// get reads the state that an id refers to, which is what follows the action.
func (c *controls) get(ref string, state any) bool {
	if text, ok := strings.CutPrefix(ref, "="); ok {
		return json.Unmarshal([]byte(text), state) == nil
	}
	data, ok := c.kept.Get(strings.TrimPrefix(ref, "~"))
	return ok && json.Unmarshal(data, state) == nil
}

// prefix begins the id of every control. Ids of another version are answered
// as such, never guessed at.
const prefix = "v1:"

// controlID is the id of a control whose state is ref itself.
func controlID(action, ref string) string { return prefix + action + ":" + ref }

// parseControl splits the id of a control.
func parseControl(id string) (action, ref string, ok bool) {
	rest, ok := strings.CutPrefix(id, prefix)
	if !ok {
		return "", "", false
	}
	action, ref, ok = strings.Cut(rest, ":")
	return action, ref, ok && ref != ""
}
