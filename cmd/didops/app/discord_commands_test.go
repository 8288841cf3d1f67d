package app

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"
	"time"

	"didops/bots/discord"
	"didops/internal/testing/golden"
)

// TestDiscordCommandsGolden keeps the commands as Discord gets them.
func TestDiscordCommandsGolden(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	a := newApp(Host{Getenv: func(name string) string { return m.env[name] }, Now: time.Now, Out: io.Discard, Err: io.Discard})
	defer a.close()
	gate, err := a.gate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	commands, err := discord.Commands(gate, nouns())
	if err != nil {
		t.Fatal(err)
	}
	var pretty bytes.Buffer
	enc := json.NewEncoder(&pretty)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(commands); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "discord.json", pretty.Bytes())
}
