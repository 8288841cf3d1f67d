package discord_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/bots/discord/gateway"
	"didops/internal/fault"
	"didops/internal/handle"
	"didops/internal/testing/golden"
)

// TestResults holds what members see of results.
func TestResults(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		member *discordgo.Member
		pairs  []any
	}{
		"search":          {alice(), []any{"limit", float64(5)}},
		"search_reader":   {eve(), []any{"limit", float64(5)}},
		"search_long":     {eve(), []any{"limit", float64(60)}},
		"search_strange":  {alice(), []any{"town", "strange"}},
		"search_fault":    {alice(), []any{"town", "fault"}},
		"search_mistaken": {alice(), []any{"kind", "sea", "limit", float64(1000), "flavour", "sweet"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			r := h.slash(tt.member, "line find", tt.pairs...)
			if !r.hidden() || r.acks[0].Type != discordgo.InteractionResponseDeferredChannelMessageWithSource {
				t.Errorf("got %+v, want a deferred answer that only the user sees", r.acks[0])
			}
			golden.Check(t, "result/"+name+".txt", []byte(r.said()))
		})
	}
}

// TestInternalErrors holds that neither a panic nor an error without a code
// shows what it was about.
func TestInternalErrors(t *testing.T) {
	t.Parallel()
	for _, town := range []string{"panic", "plain"} {
		r := newHarness(t).slash(eve(), "line find", "town", town)
		if said := r.said(); !strings.Contains(said, "Internal error") || !strings.Contains(said, "reference") {
			t.Errorf("%s: got %s, want an internal error with a reference", town, said)
		}
	}
}

// TestPages walks to the end of a result and back, over rows that had no room
// and over pages of the operation.
func TestPages(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.slash(eve(), "line find", "limit", float64(60))
	first := r.said()
	seen, shown := map[string]bool{}, 0
	count := func(text string) {
		for n := range stock {
			if strings.Contains(text, "**"+line(n).Number+"**") {
				seen[line(n).Number] = true
				shown++
			}
		}
	}
	count(first)
	pages := []string{first}
	for r.last.live("▶") {
		r = h.press(eve(), r.last.control(t, "▶"), true)
		if r.acks[0].Type != discordgo.InteractionResponseDeferredMessageUpdate {
			t.Errorf("got %+v, want an update of the message", r.acks[0])
		}
		pages = append(pages, r.said())
		count(r.said())
		if len(pages) > stock {
			t.Fatal("got no end of pages")
		}
	}
	if len(seen) != stock || shown != stock {
		t.Errorf("got %d of %d lines, %d shown in all; want each once", len(seen), stock, shown)
	}
	for i := len(pages) - 2; i >= 0; i-- {
		r = h.press(eve(), r.last.control(t, "◀"), true)
		if strip(r.said()) != strip(pages[i]) {
			t.Errorf("page %d: got another one on the way back:\n%s\nwant\n%s", i, r.said(), pages[i])
		}
	}
	r = h.press(eve(), h.slash(eve(), "line find").last.control(t, "CSV"), true)
	if n := strings.Count(r.last.files["line-find.csv"], "\n"); n != stock+1 {
		t.Errorf("got a file of %d lines, want %d", n, stock+1)
	}
}

// strip takes the handles of a list out of a text.
func strip(text string) string { return regexp.MustCompile(`LIST\d+`).ReplaceAllString(text, "LIST") }

// sharedHandles is what processes keep in one store.
type sharedHandles struct {
	mu    sync.Mutex
	kept  map[string][]byte
	fails error
}

func (s *sharedHandles) Keep(_ context.Context, name string, state []byte, _ time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails == nil {
		s.kept[name] = state
	}
	return s.fails
}

func (s *sharedHandles) Kept(_ context.Context, name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state, ok := s.kept[name]; ok || s.fails != nil {
		return state, s.fails
	}
	return nil, handle.ErrNone
}

// TestPagesOnAnyProcess holds that controls work on another process, and after
// a restart, all the way there and back.
func TestPagesOnAnyProcess(t *testing.T) {
	t.Parallel()
	shared := &sharedHandles{kept: map[string][]byte{}}
	h := newHarness(t, func(h *harness) { h.c.Handles = shared })
	r := h.slash(alice(), "line find", "limit", float64(5))
	first, pages := r.said(), 1
	for r.last.live("▶") {
		h.restart() // another one answers every press
		r = h.press(alice(), r.last.control(t, "▶"), true)
		pages++
	}
	if pages != stock/5 || len(shared.kept) == 0 {
		t.Errorf("got %d pages, %d kept, want %d", pages, len(shared.kept), stock/5)
	}
	if len(shared.kept) != pages {
		t.Errorf("got %d states for %d pages", len(shared.kept), pages)
	}
	csv := r.last.control(t, "CSV")
	for r.last.live("◀") {
		h.restart()
		r = h.press(alice(), r.last.control(t, "◀"), true)
	}
	if strip(r.said()) != strip(first) {
		t.Errorf("got %s, want the first page again", r.said())
	}
	if r := h.press(alice(), csv, true); r.last.files["line-find.csv"] == "" {
		t.Errorf("got %s, want the file", r.said())
	}
	choice := h.press(alice(), r.last.control(t, "several"), true, line(0).Number, line(1).Number, line(2).Number, line(3).Number, line(4).Number)
	h.restart()
	if r := h.press(alice(), choice.last.control(t, "Ask to buy"), true); !strings.Contains(r.said(), "sb-0001") || len(h.All()[0].Lines) != 5 {
		t.Errorf("got %s, want an order of what was chosen", r.said())
	}
}

// TestPagesWithoutTheStore holds that where nothing can be kept the process
// that made a control still knows it, and others say what is wrong.
func TestPagesWithoutTheStore(t *testing.T) {
	t.Parallel()
	shared := &sharedHandles{kept: map[string][]byte{}, fails: fault.New(fault.Unavailable, "the store of orders in /var/lib/didops is busy")}
	h := newHarness(t, func(h *harness) { h.c.Handles = shared })
	first := h.slash(eve(), "line find", "limit", float64(5))
	second := h.press(eve(), first.last.control(t, "▶"), true)
	next := second.last.control(t, "▶")
	if r := h.press(eve(), next, true); !strings.Contains(r.said(), "11–15 of 120") {
		t.Errorf("got %s, want the third page", r.said())
	}
	h.restart()
	if r := h.press(eve(), next, true); !strings.Contains(r.said(), "busy") || strings.Contains(r.said(), "/var") || !r.hidden() {
		t.Errorf("got %s, want what is wrong, and no path", r.said())
	}
	shared.fails = nil
	if r := h.press(eve(), next, true); !strings.Contains(r.said(), "not known any more") || !strings.Contains(r.said(), "line find again") {
		t.Errorf("got %s, want to be told that it is gone", r.said())
	}
}

// TestMenuLetsNobodyChooseTooMuch holds that no more can be chosen than an
// order takes, as the limit is at the moment.
func TestMenuLetsNobodyChooseTooMuch(t *testing.T) {
	t.Parallel()
	limit := 3
	h := newHarness(t, func(h *harness) { h.c.OrderNumbers = func() int { return limit } })
	for _, tt := range []struct {
		limit, rows, want int
		prompt            string
	}{
		{3, 10, 3, "Several at once, up to 3…"},
		{1, 10, 0, ""},                 // beside each row there is a button
		{0, 10, 5, "Several at once…"}, // as many as the operation itself takes, and as are shown
		{10, 4, 4, "Several at once…"},
		{24, 60, 5, "Several at once…"},
		{0, 1, 0, ""},
	} {
		limit = tt.limit
		r := h.slash(alice(), "line find", "limit", float64(tt.rows))
		var menu discordgo.SelectMenu
		for _, c := range flat(r.last.controls) {
			if m, ok := c.(discordgo.SelectMenu); ok && strings.HasPrefix(m.CustomID, "v1:rows:") {
				menu = m
			}
		}
		if menu.MaxValues != tt.want || menu.Placeholder != tt.prompt {
			t.Errorf("%+v: got up to %d, %q", tt, menu.MaxValues, menu.Placeholder)
		}
	}
}

// TestProgress holds that a long call says now and then how far it is, and
// that the result is the last word.
func TestProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarnessAt(t, time.Now)
		r := h.slash(eve(), "line find", "town", "slow")
		if len(r.edits) != 4 || !strings.Contains(r.edits[0], "2 pages read") || !strings.Contains(r.edits[3], "120 lines, cheapest first") {
			t.Errorf("got %q, want three words of progress and the result", r.edits)
		}
	})
}

// TestResultThatDiscordRefuses holds that something is shown all the same.
func TestResultThatDiscordRefuses(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	i := h.interaction(eve(), discordgo.InteractionApplicationCommand, command("line find", nil))
	r := h.handle(i, func(r *reply) {
		r.editErr = func(n int) error {
			if n == 1 {
				return fmt.Errorf("edit: %w", gateway.ErrInvalid)
			}
			return nil
		}
	})
	if !strings.Contains(r.said(), "did not take") {
		t.Errorf("got %s, want a short word", r.said())
	}
}

// TestPick orders what was chosen from a menu, as the command would.
func TestPick(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	found := h.slash(alice(), "line find")
	menu := found.last.control(t, "several")
	choice := h.press(alice(), menu, true, line(1).Number)
	golden.Check(t, "result/pick_for_sale.txt", []byte(choice.said()))
	if !choice.hidden() {
		t.Error("got a choice that everybody sees")
	}
	ownMenu := h.slash(alice(), "line own").last.control(t, "several")
	own := h.press(alice(), ownMenu, true, line(7).Number)
	golden.Check(t, "result/pick_own.txt", []byte(own.said()))
	several := h.press(alice(), ownMenu, true, line(7).Number, line(8).Number)
	if strings.Contains(several.said(), "move") || !strings.Contains(several.said(), "drop") {
		t.Errorf("got %s, want nothing that takes one line only", several.said())
	}
	r := h.press(alice(), choice.last.control(t, "Ask to buy"), true)
	if len(h.All()) != 1 || h.All()[0].Lines[0].Number != line(1).Number || !strings.Contains(r.said(), "Order sb-0001") {
		t.Errorf("got %s, want an order", r.said())
	}
	modal := h.press(alice(), own.last.control(t, "Ask to move"), true)
	r = h.submit(alice(), modal, true, "sip:new@sip.example.net", "closer")
	if len(h.All()) != 2 || h.All()[1].Reason != "closer" || !strings.Contains(r.said(), "sip:new@sip") {
		t.Errorf("got %s, want an order with what was typed", r.said())
	}
	for name, m := range map[string]*discordgo.Member{"reader": eve(), "approver": bob()} {
		for _, id := range []string{menu, ownMenu} {
			if r := h.press(m, id, true, line(1).Number); !strings.Contains(r.said(), "only who asked for it") {
				t.Errorf("%s: %s: got %s, want to be told whose it is", name, id, r.said())
			}
		}
		for _, id := range []string{choice.last.control(t, "Ask to buy"), own.last.control(t, "Ask to move")} {
			if r := h.press(m, id, true, line(1).Number); !strings.Contains(r.said(), "<@&"+requesterRole+">") {
				t.Errorf("%s: %s: got %s, want the role that is needed", name, id, r.said())
			}
		}
		if r := h.submit(m, modal, true, "sip:x@sip.example.net"); !strings.Contains(r.said(), "<@&"+requesterRole+">") {
			t.Errorf("%s: got %s, want the role that is needed at the submit too", name, r.said())
		}
	}
	if len(h.All()) != 2 {
		t.Errorf("got %d orders, want 2", len(h.All()))
	}
}

// TestListOfNothing holds that a list without anything in it is refused by a
// sentence.
func TestListOfNothing(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, given := range []string{",", " ", " ; ,", "[]", "[ ]", "\n"} {
		if said := h.slash(alice(), "line buy", "numbers", given).said(); !strings.Contains(said, "Numbers is empty: give 1 to 5 of them.") {
			t.Errorf("%q: got %s, want what is missing", given, said)
		}
	}
	if said := h.slash(alice(), "line buy", "numbers", "[[]]").said(); !strings.Contains(said, `not \[\[\]\]`) {
		t.Errorf("got %s, want what was given", said)
	}
}

// TestChoiceOfMoreThanIsTakenNow holds that a menu from before a limit became
// lower names the limit, and that the answer offers only what takes so many.
func TestChoiceOfMoreThanIsTakenNow(t *testing.T) {
	t.Parallel()
	limit := 3
	h := newHarness(t, func(h *harness) { h.c.OrderNumbers = func() int { return limit } })
	for _, list := range []string{"line find", "line own"} {
		limit = 3
		menu := h.slash(alice(), list).last.control(t, "several")
		chosen := []string{line(7).Number, line(8).Number, line(9).Number}
		if said := h.press(alice(), menu, true, chosen...).said(); !strings.Contains(said, "What is to be done?") {
			t.Errorf("%s: got %s, want a choice", list, said)
		}
		for limit = 1; limit < 3; limit++ {
			r := h.press(alice(), menu, true, chosen...)
			if said := r.said(); !strings.Contains(said, fmt.Sprintf("An order takes %d at most now, not 3.", limit)) || r.last.live() {
				t.Errorf("%s: got %s, want the limit %d", list, said, limit)
			}
		}
		if said := h.press(alice(), menu, true, append(chosen, line(1).Number, line(2).Number, line(3).Number)...).said(); !strings.Contains(said, "takes 3 at most now, not 6") {
			t.Errorf("%s: got %s, want the limit", list, said)
		}
	}
	if len(h.All()) != 0 {
		t.Errorf("got %d orders, want none", len(h.All()))
	}
}

// TestControlsOfNobody holds that what is not ours, or not any more, is
// answered and does no harm.
func TestControlsOfNobody(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	inline := "v1:page:=" + `{"t":"no_such","a":{},"p":[{}]}`
	for _, id := range []string{
		"", "x", "v1:", "v1:page", "v1:page:", "v1:page:~", "v1:page:=", "v1:page:={}", "v1:csv:~x", "v1:order:~x", "v1:fill:=[]", "v2:approve:sb-0001",
		"v1:unknown:x", "v1:pick:nothing", "v1:order:=" + `{"t":"line_find","p":"town","v":["x"]}`, inline, base64.StdEncoding.EncodeToString([]byte("v1:page:x")),
	} {
		if r := h.press(ann(), id, true); len(r.acks) != 1 {
			t.Errorf("%q: got %d first responses, want an answer", id, len(r.acks))
		}
	}
	for name, i := range map[string]*discordgo.Interaction{
		"no data":           h.interaction(ann(), discordgo.InteractionModalSubmit, nil),
		"unknown kind":      h.interaction(ann(), 99, nil),
		"no sub-command":    h.interaction(ann(), discordgo.InteractionApplicationCommand, discordgo.ApplicationCommandInteractionData{Name: "line"}),
		"unknown command":   h.interaction(ann(), discordgo.InteractionApplicationCommand, command("line fly", nil)),
		"nil option":        h.interaction(ann(), discordgo.InteractionApplicationCommand, discordgo.ApplicationCommandInteractionData{Name: "line", Options: []*discordgo.ApplicationCommandInteractionDataOption{nil}}),
		"modal of nothing":  h.interaction(ann(), discordgo.InteractionModalSubmit, discordgo.ModalSubmitInteractionData{CustomID: "v1:digits:sb-9999", Components: []discordgo.MessageComponent{nil, (*discordgo.ActionsRow)(nil), &discordgo.ActionsRow{Components: []discordgo.MessageComponent{nil, (*discordgo.TextInput)(nil), discordgo.Container{}}}}}),
		"modal of a stray":  h.interaction(ann(), discordgo.InteractionModalSubmit, discordgo.ModalSubmitInteractionData{CustomID: "v1:filled:~x"}),
		"command as object": h.interaction(ann(), discordgo.InteractionApplicationCommand, command("line find", given("town", map[string]any{"a": 1}))),
	} {
		r := h.handle(i)
		if r.acks[0].Type == 0 {
			t.Errorf("%s: got no answer", name)
		}
	}
	if n := len(h.Decisions()); n != 0 || len(h.All()) != 0 {
		t.Errorf("got %d decisions and %d orders, want none", n, len(h.All()))
	}
}
