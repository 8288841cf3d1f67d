package discord_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"didops/bots/discord"
	"didops/internal/risk"
	"didops/internal/testing/fixture"
	"didops/internal/testing/golden"
	"didops/internal/view"
	"didops/tools"
)

func TestCommands(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	list, err := discord.Commands(h.gate, map[string]string{"line": "Phone lines"})
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(list); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "commands.json", buf.Bytes())
}

type longIn struct {
	One string `json:"one_name_that_is_longer_than_discord_takes" jsonschema_description:"One"`
	Max int    `json:"max,omitempty" jsonschema:"maximum=0" jsonschema_description:"Nothing above zero"`
}

type markOnly struct{ tools.Envelope }

// TestUnfitCatalogue holds that a catalogue which Discord would refuse is
// refused at start, with every reason.
func TestUnfitCatalogue(t *testing.T) {
	t.Parallel()
	var list []tools.Declaration
	for i := range 26 {
		list = append(list, tools.Operation[struct{}, markOnly]{
			Name: tools.Name{Noun: "many", Verb: "v" + string('a'+rune(i))}, Title: "V", Summary: strings.Repeat("x", 100), Risk: risk.Read,
			Run:  func(context.Context, struct{}) (markOnly, error) { return markOnly{}, nil },
			View: func(struct{}, markOnly) view.Doc { return view.Doc{} },
		})
	}
	list = append(list, tools.Operation[longIn, markOnly]{
		Name: tools.Name{Noun: "odd", Verb: "one"}, Title: "V", Summary: "x", Risk: risk.Read,
		Run:  func(context.Context, longIn) (markOnly, error) { return markOnly{}, nil },
		View: func(longIn, markOnly) view.Doc { return view.Doc{} },
	})
	catalog, err := tools.NewCatalog(list...)
	if err != nil {
		t.Fatal(err)
	}
	gate, err := tools.NewGate(tools.GateConfig{Catalog: catalog, Now: fixture.Moment})
	if err != nil {
		t.Fatal(err)
	}
	_, err = discord.Commands(gate, nil)
	for _, want := range []string{"/many: 26 options are more than 25", "one_name_that_is_longer_than_discord_takes: the name is not", "greatest value of 0"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

func TestNewNeedsItsParts(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for name, c := range map[string]discord.Config{
		"nothing":     {},
		"no exchange": {Gate: h.gate, Board: h.Service, Roles: h.c.Roles, Now: fixture.Moment, Guilds: []string{guild}},
		"no guild":    {Gate: h.gate, Board: h.Service, Roles: h.c.Roles, Now: fixture.Moment},
		"no clock":    {Gate: h.gate, Board: h.Service, Roles: h.c.Roles, Guilds: []string{guild}},
		"no board":    {Gate: h.gate, Roles: h.c.Roles, Now: fixture.Moment, Guilds: []string{guild}},
		"no roles":    {Gate: h.gate, Board: h.Service, Now: fixture.Moment, Guilds: []string{guild}},
	} {
		if name != "no exchange" {
			c.Exchange = "sandbox"
		}
		if _, err := discord.New(c); err == nil {
			t.Errorf("%s: got a bot, want an error", name)
		}
	}
}
