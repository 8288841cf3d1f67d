package gateway

import (
	"encoding/json"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/internal/cache"
)

// maxSeen bounds the ids that are remembered.
const maxSeen = 100_000

// newSeen returns what remembers the interactions that came, by their ids, so
// that none is taken twice, whose signatures are good for so long. They are
// refused for their age before they are forgotten, by far: what is held up
// between the two checks must not slip through. It is used with [cache.Cache.TryAdd], which
// forgets none before its time.
func newSeen(fresh time.Duration, now func() time.Time) *cache.Cache[string, struct{}] {
	return cache.New[string](cache.Config[struct{}]{MaxEntries: maxSeen, TTL: 12 * fresh, Now: now})
}

// ping reports whether a body is Discord's question whether anyone is there.
func ping(raw []byte) bool {
	var p struct {
		Type discordgo.InteractionType `json:"type"`
	}
	return json.Unmarshal(raw, &p) == nil && p.Type == discordgo.InteractionPing
}
