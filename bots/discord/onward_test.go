package discord_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bwmarrin/discordgo"

	"didops/internal/order"
	"didops/internal/testing/fakediscord"
	"didops/internal/testing/fakeorders"
)

// half is an order of three numbers of which one is bought, one is sold and
// one has become dearer.
func half(t *testing.T, change ...func(*harness)) *harness {
	t.Helper()
	h := newHarness(t, change...)
	h.elsewhere("line_buy", line(1).Number, line(2).Number, line(3).Number)
	h.Change("sb-0001", cards()["partial"]...)
	return h
}

const (
	againOf = "v1:again:sb-0001"
	alikeOf = "v1:alike:sb-0001"
	termsOf = "v1:terms:sb-0001"
)

// TestWhatIsLeftIsAskedForAgain holds that what is left is a new order of who
// pressed, which comes as one that a command asks for does, once however often
// it is pressed.
func TestWhatIsLeftIsAskedForAgain(t *testing.T) {
	t.Parallel()
	h := half(t)
	r := h.press(alice(), againOf, false)
	if !r.hidden() || r.last.live() || len(r.more) != 1 || !strings.Contains(r.said(), "<#"+approvals+">") {
		t.Errorf("got %s, want the order in private and a word to the channel", r.said())
	}
	h.restart()
	h.press(alice(), againOf, false)
	list := h.All()
	if len(list) != 2 || len(list[1].Lines) != 1 || list[1].Lines[0].Number != line(3).Number {
		t.Fatalf("got %+v, want one order of the number that is left", list)
	}
	if o := list[1]; o.RequestedBy.Name != "alice" || o.State != order.Pending || o.Reason != "again, of sb-0001" {
		t.Errorf("got %+v, want it to wait, in the name of who pressed", o)
	}
	h.counts(0, 0)
	if r := h.press(ann(), againOf, false); len(h.All()) != 3 || !r.last.live() {
		t.Errorf("got %s, want the question for who may decide", r.said())
	}
}

// TestOthersAlike runs the search that the operation names.
func TestOthersAlike(t *testing.T) {
	t.Parallel()
	h := half(t)
	if r := h.press(alice(), alikeOf, false); !r.hidden() || !strings.Contains(r.said(), "120 lines, cheapest first") || r.last.control(t, "Buy…") == "" {
		t.Errorf("got %s, want numbers to choose from", r.said())
	}
	if r := h.press(eve(), alikeOf, false); !strings.Contains(r.said(), "120 lines, cheapest first") {
		t.Errorf("got %s, want the same for who may read", r.said())
	}
}

// TestWayBack holds that an order that was carried out leads back by a button,
// which makes an order of who presses, and that no other order does.
func TestWayBack(t *testing.T) {
	t.Parallel()
	const backOf = "v1:undo:sb-0001"
	h := newHarness(t)
	h.slash(alice(), "line move", "number", line1(), "contact", "sip:new@sip.example.net")
	if r := h.press(alice(), backOf, false); !strings.Contains(r.said(), "Nothing of order sb-0001") || len(h.All()) != 1 {
		t.Errorf("got %s, want nothing to make undone of an order that waits", r.said())
	}
	h.Change("sb-0001", fakeorders.To(order.Completed, order.LineDone, "Done: 1 number re-routed."))
	if r := h.press(bob(), termsOf, false); !strings.Contains(r.said(), "re-routed") {
		t.Errorf("got %s", r.said())
	}
	for name, m := range map[string]*discordgo.Member{"reader": eve(), "approver": bob()} {
		if r := h.press(m, backOf, false); !strings.Contains(r.said(), "<@&"+requesterRole+">") || len(h.All()) != 1 {
			t.Errorf("%s: got %s, want the role that is needed", name, r.said())
		}
	}
	r := h.press(alice(), backOf, false)
	list := h.All()
	if len(list) != 2 || list[1].State != order.Pending || list[1].Reason != "the way back, of sb-0001" || list[1].RequestedBy.Name != "alice" || !r.hidden() {
		t.Fatalf("got %+v and %s, want an order that waits, in the name of who pressed", list, r.said())
	}
	h.counts(0, 0)
}

// TestOnwardTakesRights holds that nobody asks by a button who may not ask by a
// command, and that nothing is left of an order that is not over, or all done.
func TestOnwardTakesRights(t *testing.T) {
	t.Parallel()
	h := half(t)
	for name, m := range map[string]*discordgo.Member{"reader": eve(), "approver": bob()} {
		if r := h.press(m, againOf, false); !strings.Contains(r.said(), "<@&"+requesterRole+">") || len(h.All()) != 1 {
			t.Errorf("%s: got %s, want the role that is needed", name, r.said())
		}
	}
	for state, line := range map[order.State]order.LineState{
		order.Pending: order.LineWaiting, order.Executing: order.LineSending, order.Unknown: order.LineUnknown,
		order.Completed: order.LineDone, order.Rejected: order.LineSkipped, order.Cancelled: order.LineSkipped,
	} {
		h := newHarness(t)
		h.elsewhere("line_buy", line1())
		h.Change("sb-0001", fakeorders.To(state, line, "So it is."))
		for _, id := range []string{againOf, alikeOf} {
			if r := h.press(alice(), id, false); !strings.Contains(r.said(), "Nothing of order sb-0001") || len(h.All()) != 1 {
				t.Errorf("%s: got %s, want nothing to ask for", state, r.said())
			}
		}
	}
	for _, id := range []string{"v1:again:sb-0009", "v1:alike:sb-0009", "v1:terms:sb-0009"} {
		if r := h.press(alice(), id, false); !strings.Contains(r.said(), "no order sb-0009") {
			t.Errorf("%s: got %s, want that there is none", id, r.said())
		}
	}
	h = half(t, func(h *harness) { h.roles.Readers = []string{readerRole} })
	if r := h.press(eve(), termsOf, false); !strings.Contains(r.said(), "<@&"+readerRole+">") {
		t.Errorf("got %s, want the role that is needed to read", r.said())
	}
}

func line1() string { return line(1).Number }

// TestAllTerms holds that who presses is shown everything, and nobody else, of
// an order that waits as well as afterwards, and that the card stays.
func TestAllTerms(t *testing.T) {
	t.Parallel()
	h := half(t)
	r := h.press(eve(), termsOf, false)
	if r.acks[0].Type != discordgo.InteractionResponseDeferredChannelMessageWithSource || !r.hidden() || r.last.live() {
		t.Errorf("got %+v, want a message of its own that only the user sees", r.acks[0])
	}
	for _, want := range []string{"Monthly USD **4.50**", "Calls to", "5f2b8c1d9e3a7046", "claude-team", line(3).Number, "44.50"} {
		if !strings.Contains(r.said(), want) {
			t.Errorf("got %s, want %q", r.said(), want)
		}
	}
	h = newHarness(t)
	h.elsewhere("line_buy", numbersTo(stock)...)
	if r := h.press(bob(), termsOf, false); strings.Count(r.last.files["order-sb-0001.txt"], "+9715") != stock {
		t.Errorf("got %s, want all in the file", r.said())
	}
}

// TestCardsWithinAllLimits sends cards and receipts of many numbers, and what
// their buttons lead to, through the judge of Discord's own description.
func TestCardsWithinAllLimits(t *testing.T) {
	t.Parallel()
	for _, lines := range []int{1, 10, 25, 100} {
		t.Run(fmt.Sprint(lines), func(t *testing.T) {
			t.Parallel()
			w := newWired(t)
			w.elsewhere("line_buy", numbersTo(lines)...)
			card := w.card(t, "sb-0001")
			if len(card.Files) != min(1, lines/11) || len(card.Components) > 40 {
				t.Errorf("got %d files and %d components", len(card.Files), len(card.Components))
			}
			w.Press(t, w.bob, card, termsOf).MessageWhere(t, has("Monthly USD"))
			w.Change("sb-0001", differing((lines+1)/2, order.Partial), decided, func(o *order.Order) {
				o.Reason = strings.Repeat("*@everyone_", 18)
			})
			receipt := w.card(t, "what was approved any more")
			if receipt.ID != card.ID || lines > 10 && len(receipt.Files) != 1 {
				t.Errorf("got %d files with the receipt", len(receipt.Files))
			}
			w.Press(t, w.alice, receipt, alikeOf).MessageWhere(t, has("120 lines, cheapest first"))
			if lines <= 10 { // the fixture takes five numbers at once
				w.Press(t, w.alice, receipt, againOf).MessageWhere(t, has("sb-0002"))
				w.card(t, "sb-0002")
			}
		})
	}
}

// TestCardOfAnEarlierVersion holds that a card which was posted as an embed
// becomes one of today when its order is decided by the buttons that it has,
// that it is found where it was lost, and that it goes on by whatever writes it
// first: the press or the loop.
func TestCardOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	old := func(w *wired) string {
		id, err := w.link.Post(t.Context(), w.approvals, &discordgo.MessageSend{
			Embeds: []*discordgo.MessageEmbed{{Title: "Buy it?", Description: "An older card", Footer: &discordgo.MessageEmbedFooter{Text: "sb-0001 · buy"}}},
			Components: []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{
				discordgo.Button{Label: "Buy", Style: discordgo.SuccessButton, CustomID: approveIt},
				discordgo.Button{Label: "Reject", Style: discordgo.SecondaryButton, CustomID: rejectIt},
			}}},
			AllowedMentions: &discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}},
		}, "an-older-card")
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	for name, noted := range map[string]order.Card{"known": {}, "lost": {Tried: true}} {
		for _, leased := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, the loop runs %v", name, leased), func(t *testing.T) {
				t.Parallel()
				w := newWired(t)
				w.stop()
				w.elsewhere("line_buy", line(1).Number)
				w.process(t, false)
				id := old(w)
				w.stop()
				c, err := w.Card(t.Context(), "sb-0001")
				if err != nil {
					t.Fatal(err)
				}
				c.Place, c.Tried = w.approvals, noted.Tried
				if !c.Tried {
					c.Message = id
				}
				if err := w.Keep(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				w.process(t, leased)
				card := w.card(t, "sb-0001")
				w.Press(t, w.bob, card, approveIt)
				w.outcome(t, card, "Done: all of it.")
				receipt := w.MessageWhere(t, w.approvals, func(m *fakediscord.Message) bool {
					return m.ID == id && m.Flags&(1<<15) != 0 && strings.Contains(m.Text(), "Done: all of it.")
				})
				if len(receipt.Embeds) > 0 || slices.ContainsFunc(w.Messages(w.approvals), func(m *fakediscord.Message) bool { return m.ID != id }) {
					t.Errorf("got %s, want the one card without its embed", receipt.Text())
				}
			})
		}
	}
}
