package gateway

import (
	"encoding/json"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/internal/cache"
)

const (
	// remember is how long the id of an interaction is kept. Its signature is
	// refused for its age before that, by far: what is held up between the two
	// checks must not slip through.
	remember = 12 * freshness

	// maxSeen bounds the ids of one such time.
	maxSeen = 100_000
)

// newSeen returns what remembers the interactions that came, by their ids, so
// that none is taken twice. It is used with [cache.Cache.TryAdd], which
// forgets none before its time.
func newSeen(now func() time.Time) *cache.Cache[string, struct{}] {
	return cache.New[string](cache.Config[struct{}]{MaxEntries: maxSeen, TTL: remember, Now: now})
}

// ping reports whether a body is Discord's question whether anyone is there.
func ping(raw []byte) bool {
	var p struct {
		Type discordgo.InteractionType `json:"type"`
	}
	return json.Unmarshal(raw, &p) == nil && p.Type == discordgo.InteractionPing
}
