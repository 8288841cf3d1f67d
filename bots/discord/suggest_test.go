package discord_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/tools"
)

func focused(name string, value any) []*discordgo.ApplicationCommandInteractionDataOption {
	list := given(name, value)
	list[0].Focused = true
	return list
}

// typing returns the suggestions for what is being typed.
func (h *harness) typing(m *discordgo.Member, path, option string, value any) []string {
	h.tb.Helper()
	r := h.handle(h.interaction(m, discordgo.InteractionApplicationCommandAutocomplete, command(path, focused(option, value))))
	if r.acks[0].Type != discordgo.InteractionApplicationCommandAutocompleteResult || len(r.acks[0].Data.Choices) > 25 {
		h.tb.Errorf("got %+v, want up to 25 suggestions", r.acks[0])
	}
	var list []string
	for _, c := range r.acks[0].Data.Choices {
		list = append(list, fmt.Sprint(c.Name, "=", c.Value))
	}
	return list
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.slash(alice(), "line buy", "numbers", line(1).Number)
	for _, tt := range []struct {
		name, path, option string
		member             *discordgo.Member
		value              any
		want               string
	}{
		{"too long or twice is left out", "line find", "town", eve(), "Du", "[Dubai · AE=Dubai Duville=Duville]"},
		{"a half-typed integer", "line find", "limit", eve(), "1", "[]"},
		{"no text at all", "line find", "town", eve(), nil, "[Dubai · AE=Dubai ville=ville]"},
		{"no such option", "line find", "nothing", eve(), "1", "[]"},
		{"no such command", "line fly", "town", eve(), "1", "[]"},
		{"behind a comma", "line drop", "numbers", alice(), "+1, +9", "[+1,+971500000007 · AE=+1,+971500000007]"},
		{"not a requester", "line drop", "numbers", eve(), "+9", "[]"},
		{"an approver only", "line drop", "numbers", bob(), "+9", "[]"},
		{"orders for an approver", "slip accept", "id", bob(), "sb", "[sb-0001 · buy=sb-0001]"},
		{"orders for a requester", "slip accept", "id", alice(), "sb", "[]"},
	} {
		if got := fmt.Sprint(h.typing(tt.member, tt.path, tt.option, tt.value)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestSuggestionsAreRemembered holds that typing a number does not ask the
// exchange at every key.
func TestSuggestionsAreRemembered(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		own, most int
	}{"few": {20, 2}, "many": {60, 6}, "none": {0, 6}} {
		synctest.Test(t, func(t *testing.T) {
			var asked atomic.Int64
			h := newHarnessAt(t, time.Now, func(h *harness) {
				h.options.OwnNumbers = func(_ context.Context, partial string) []tools.Choice {
					asked.Add(1)
					var list []tools.Choice
					for n := range tt.own {
						if number := line(n).Number; len(list) < 25 && len(partial) <= len(number) && number[:len(partial)] == partial {
							list = append(list, tools.Choice{Value: number})
						}
					}
					return list
				}
			})
			for number, n := line(19).Number, 0; n <= len(number); n++ {
				got := h.typing(alice(), "line drop", "numbers", number[:n])
				if n == len(number) && tt.own > 19 && len(got) != 1 {
					t.Errorf("%s: got %v, want the number", name, got)
				}
				time.Sleep(50 * time.Millisecond)
			}
			if n := int(asked.Load()); n > tt.most {
				t.Errorf("%s: got %d questions, want at most %d", name, n, tt.most)
			}
		})
	}
}

// TestNothingIsNotRemembered holds that what was not there at one letter may
// be there at the next.
func TestNothingIsNotRemembered(t *testing.T) {
	t.Parallel()
	var there atomic.Bool
	h := newHarness(t, func(h *harness) {
		h.options.Towns = func(context.Context, string) []tools.Choice {
			if !there.Load() {
				return nil
			}
			return []tools.Choice{{Value: "Dubai"}}
		}
	})
	for _, typed := range []string{"", "D"} {
		if got := h.typing(eve(), "line find", "town", typed); len(got) != 0 {
			t.Errorf("got %v, want nothing yet", got)
		}
	}
	there.Store(true)
	for _, typed := range []string{"D", "", "Du"} {
		if got := h.typing(eve(), "line find", "town", typed); len(got) != 1 {
			t.Errorf("%q: got %v, want what is there now", typed, got)
		}
	}
}

// TestSlowSuggestions holds that nobody waits long, and that what comes late
// is there for the next letter.
func TestSlowSuggestions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarnessAt(t, time.Now, func(h *harness) {
			h.options.OwnNumbers = func(context.Context, string) []tools.Choice {
				time.Sleep(1500 * time.Millisecond)
				return []tools.Choice{{Value: line(7).Number}}
			}
		})
		begun := time.Now()
		if got := h.typing(alice(), "line drop", "numbers", "+"); len(got) != 0 || time.Since(begun) > time.Second {
			t.Errorf("got %v after %s, want nothing, soon", got, time.Since(begun))
		}
		time.Sleep(time.Second)
		if got := h.typing(alice(), "line drop", "numbers", "+9"); len(got) != 1 {
			t.Errorf("got %v, want what came late", got)
		}
	})
}
