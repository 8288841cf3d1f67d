package chat_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"didops/bots/chat"
	asked "didops/internal/request"
	"didops/internal/testing/fixture"
	"didops/tools"
)

// suggested are the values that are suggested to a user who types.
func (h *harness) suggested(u chat.User, command, param, partial string) []string {
	h.tb.Helper()
	r, _ := request(u)
	var list []string
	for _, c := range h.chat.Suggest(h.tb.Context(), r, command, param, partial) {
		list = append(list, c.Value)
	}
	return list
}

// TestSuggestionsOfSomebodyElse holds that nobody is suggested what is of another
// member, whatever the operation reaches, whichever role the two have, and however
// much of it was typed.
func TestSuggestionsOfSomebodyElse(t *testing.T) {
	t.Parallel()
	own := func(ctx context.Context, _ string) []tools.Choice {
		return []tools.Choice{{Value: "of " + asked.Caller(ctx).Principal.ID}}
	}
	running(t, func(h *harness) {
		users := []chat.User{user("alice", "ask"), user("ann", "ask"), user("bob", "decide"), user("eve")}
		for _, tt := range []struct{ command, param, partial string }{
			{"line find", "town", ""}, {"line find", "town", "of"}, {"line find", "tags", "a,"}, {"line drop", "numbers", ""}, {"line drop", "numbers", "o"},
		} {
			for range 2 { // the second time from memory
				for _, u := range users {
					want := []string{"of " + u.ID}
					switch {
					case tt.param == "tags":
						want[0] = "a," + want[0]
					case tt.param == "numbers" && !slices.Contains(u.Roles, "ask"):
						want = nil
					}
					if got := h.suggested(u, tt.command, tt.param, tt.partial); !slices.Equal(got, want) {
						t.Errorf("%+v, %s: got %q, want %q", tt, u.ID, got, want)
					}
				}
			}
		}
	}, func(o *fixture.Options) { o.Towns, o.OwnNumbers = own, own })
}

// TestSuggestionsThatComeLate holds that what was looked up before a change is not
// suggested after it, though it comes after it.
func TestSuggestionsThatComeLate(t *testing.T) {
	t.Parallel()
	var changed atomic.Bool
	running(t, func(h *harness) {
		alice := user("alice", "ask")
		if got := h.suggested(alice, "line find", "town", ""); len(got) != 0 { // it takes too long
			t.Fatalf("got %q", got)
		}
		changed.Store(true)
		h.command(alice, "line keep", `{"numbers":["+971501234567"]}`)
		time.Sleep(time.Second) // it comes
		if got := h.suggested(alice, "line find", "town", ""); !slices.Equal(got, []string{"new"}) {
			t.Errorf("got %q, want what there is now", got)
		}
	}, func(o *fixture.Options) {
		o.Towns = func(context.Context, string) []tools.Choice {
			if changed.Load() {
				return []tools.Choice{{Value: "new"}}
			}
			time.Sleep(1200 * time.Millisecond)
			return []tools.Choice{{Value: "old"}}
		}
	})
}

// TestSuggestionsAfterAChange holds that what a member has just added or taken
// away is or is not suggested at the next letter.
func TestSuggestionsAfterAChange(t *testing.T) {
	t.Parallel()
	kept := []string{"first"}
	running(t, func(h *harness) {
		alice := user("alice", "ask")
		for _, more := range []string{"second", "third"} {
			if got := h.suggested(alice, "line find", "town", ""); !slices.Equal(got, kept) {
				t.Errorf("got %q, want %q", got, kept)
			}
			kept = append(kept, more)
			if a := h.command(alice, "line keep", `{"numbers":["+971501234567"]}`); a.refused != nil {
				t.Fatal(a.refused)
			}
		}
		if got := h.suggested(alice, "line find", "town", ""); !slices.Equal(got, kept) {
			t.Errorf("got %q, want %q", got, kept)
		}
	}, func(o *fixture.Options) {
		o.Towns = func(context.Context, string) []tools.Choice {
			var list []tools.Choice
			for _, k := range kept {
				list = append(list, tools.Choice{Value: k})
			}
			return list
		}
	})
}
