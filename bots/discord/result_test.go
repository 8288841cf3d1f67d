package discord_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/bots/discord/gateway"
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
	for strings.Contains(r.last.text(), "[More ▶]") {
		r = h.press(eve(), r.last.control(t, "More"), true)
		if r.acks[0].Type != discordgo.InteractionResponseDeferredMessageUpdate {
			t.Errorf("got %+v, want an update of the message", r.acks[0])
		}
		pages = append(pages, r.said())
		count(r.said())
		if len(pages) > 20 {
			t.Fatal("got no end of pages")
		}
	}
	if len(seen) != stock || shown != stock {
		t.Errorf("got %d of %d lines, %d shown in all; want each once", len(seen), stock, shown)
	}
	for i := len(pages) - 2; i >= 0; i-- {
		r = h.press(eve(), r.last.control(t, "◀"), true)
		if r.said() != pages[i] {
			t.Errorf("page %d: got another one on the way back:\n%s\nwant\n%s", i, r.said(), pages[i])
		}
	}
	r = h.press(eve(), h.slash(eve(), "line find").last.control(t, "All as CSV"), true)
	if n := strings.Count(r.last.files["line-find.csv"], "\n"); n != stock+1 {
		t.Errorf("got a file of %d lines, want %d", n, stock+1)
	}
}

// TestPagesAfterARestart holds that what was kept in memory is said to be
// gone, and what fits into an id goes on.
func TestPagesAfterARestart(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	first := h.slash(eve(), "line find", "limit", float64(5))
	second := h.press(eve(), first.last.control(t, "More"), true)
	long, short := second.last.control(t, "More"), second.last.control(t, "◀")
	h.restart()
	if r := h.press(eve(), long, true); !strings.Contains(r.said(), "from before a restart") || !r.hidden() {
		t.Errorf("got %s, want to be told that it is gone", r.said())
	}
	if r := h.press(eve(), short, true); r.said() != first.said() && !strings.Contains(r.said(), "5 of 120") {
		t.Errorf("got %s, want the first page", r.said())
	}
}

// TestProgress holds that a long call says now and then how far it is, and
// that the result is the last word.
func TestProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarnessAt(t, time.Now)
		r := h.slash(eve(), "line find", "town", "slow")
		if len(r.edits) != 4 || !strings.Contains(r.edits[0], "2 pages read") || !strings.Contains(r.edits[3], "Lines for sale") {
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
	menu := found.last.control(t, "menu")
	choice := h.press(alice(), menu, true, line(1).Number)
	golden.Check(t, "result/pick_for_sale.txt", []byte(choice.said()))
	if !choice.hidden() {
		t.Error("got a choice that everybody sees")
	}
	ownMenu := h.slash(alice(), "line own").last.control(t, "menu")
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
		for _, id := range []string{menu, ownMenu, choice.last.control(t, "Ask to buy"), own.last.control(t, "Ask to move")} {
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
