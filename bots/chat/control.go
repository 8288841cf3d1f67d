package chat

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/cache"
	"didops/internal/fault"
	"didops/internal/handle"
)

// What is kept for controls whose state does not fit into their id.
const (
	keepFor   = 24 * time.Hour
	keepBytes = 4 << 20
	spare     = 4 // characters that the action of a following control may be longer
)

// controls holds the state of controls. What fits is written into the id
// itself and survives everything; the rest is kept in the store, where every
// process finds it, and in memory, as much as is bounded, for where the store
// is away. It is safe for concurrent use.
type controls struct {
	limits Limits
	store  handle.Store  // nil: in memory only
	within time.Duration // for it to answer: a response is waited for
	kept   *cache.Cache[string, []byte]
	log    *zerolog.Logger
}

func newControls(c Config) *controls {
	return &controls{c.Limits, c.Handles, c.Patience, cache.New[string](cache.Config[[]byte]{
		MaxWeight: keepBytes, Weigh: func(b []byte) int { return len(b) }, TTL: keepFor, Now: c.Now,
	}), &c.Log}
}

// id returns the id of a control with an action and its state.
func (c *controls) id(ctx context.Context, action string, state any) string {
	return c.lasting(ctx, action, state, keepFor)
}

// lasting is id of a control that is there for longer: what does not fit into it
// is kept in the store for so long.
func (c *controls) lasting(ctx context.Context, action string, state any, term time.Duration) string {
	data, err := json.Marshal(state)
	if err != nil {
		return controlID(action, "~")
	}
	if id := controlID(action, "="+string(data)); c.limits.Size(id) <= c.limits.ControlID-spare {
		return id
	}
	name := handle.Of(data)
	c.keep(ctx, name, data, term)
	return controlID(action, "~"+name)
}

// keep keeps a state under its handle.
func (c *controls) keep(ctx context.Context, name string, data []byte, term time.Duration) {
	c.kept.Put(name, data)
	if c.store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, c.within)
	defer cancel()
	if err := c.store.Keep(ctx, name, data, term); err != nil {
		c.log.Warn().Ctx(ctx).Err(err).Msg("what a button stands for is known to this process only")
	}
}

// get reads the state that an id refers to, which is what follows the action.
// One that is not known any more is [errForgotten].
func (c *controls) get(ctx context.Context, ref string, state any) error {
	if text, ok := strings.CutPrefix(ref, "="); ok {
		return forgotten(json.Unmarshal([]byte(text), state))
	}
	return c.find(ctx, strings.TrimPrefix(ref, "~"), state)
}

// find reads the state of a handle.
func (c *controls) find(ctx context.Context, name string, state any) error {
	data, ok := c.kept.Get(name)
	if !ok && c.store != nil {
		ctx, cancel := context.WithTimeout(ctx, c.within)
		defer cancel()
		var err error
		if data, err = c.store.Kept(ctx, name); err != nil && !errors.Is(err, handle.ErrNone) {
			return unreadable(err)
		}
		ok = err == nil
	}
	if !ok {
		return errForgotten
	}
	return forgotten(json.Unmarshal(data, state))
}

// unreadable is the error of a store that does not answer, where it has no
// words of its own.
func unreadable(err error) error {
	if _, ok := fault.As(err); ok {
		return err
	}
	return fault.New(fault.Unavailable, "what this stands for can't be looked up at the moment").WithHint("try again in a minute").WithCause(err)
}

func forgotten(err error) error {
	if err != nil {
		return errForgotten
	}
	return nil
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
