package discord

import (
	"didops/bots/chat"
	"didops/bots/discord/gateway"
)

// Escaped is how texts of others are written.
func Escaped(s string) string { return escaped(s) }

// Shortened is how what was said is brought into the room that there is.
func Shortened(lines []string, room int) []string { return shortened(lines, room) }

// Cut is how texts are shortened.
func Cut(s string, n int) string { return cut(s, n) }

// Port is Discord outside of interactions.
func Port(rest gateway.REST, guilds ...string) chat.Port { return port{rest, guilds} }
