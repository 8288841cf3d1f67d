package chat_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/bots/chat"
	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/testing/fixture"
)

// TestOrderInAnyChat is the way from a command to the receipt, in a chat that
// brings nothing but its port.
func TestOrderInAnyChat(t *testing.T) {
	t.Parallel()
	running(t, func(h *harness) {
		buy := fmt.Sprintf(`{"numbers":[%q]}`, fixture.Stock()[0].Number)
		a := h.command(user("eve"), "line buy", buy)
		role, ok := errors.AsType[*chat.RoleError](a.refused)
		if !ok || role.Text(func(id string) string { return "@" + id }) != "Only members with the role @ask may ask for changes." {
			t.Errorf("got %v, want the role that is needed", a.refused)
		}
		a = h.command(user("alice", "ask"), "line buy", buy)
		if !a.begun || a.aside || a.shown.Where == nil || a.shown.Where.Place != "approvals" || decides(a.shown) || len(a.said) != 1 {
			t.Fatalf("got %+v, want the order without buttons and a word to the place", a)
		}
		card := h.slate.card(t)
		if card.Mood != chat.Waiting || card.Until.IsZero() || !decides(card) || card.Buttons[0].Style != chat.Agree {
			t.Fatalf("got %+v, want a card that asks", card)
		}
		if a := h.press(user("alice", "ask"), card.Buttons[0].ID); a.refused == nil {
			t.Error("got a decision of somebody who may not")
		}
		h.press(user("bob", "decide"), card.Buttons[0].ID)
		if card := h.slate.card(t); card.Mood != chat.Good || decides(card) {
			t.Errorf("got %+v, want the receipt", card)
		}
		time.Sleep(time.Minute)
		h.slate.mu.Lock()
		defer h.slate.mu.Unlock()
		events := 0
		for _, l := range h.slate.lines {
			if l.Event != nil {
				events++
			}
		}
		if heads := len(h.slate.lines) - events; events == 0 || heads != 1 {
			t.Errorf("got %d events and %d heads of the audit trail, want all and one", events, heads)
		}
	})
}

// TestCardThatIsNotAccepted holds that a short card comes in place of one that
// the chat refuses.
func TestCardThatIsNotAccepted(t *testing.T) {
	t.Parallel()
	running(t, func(h *harness) {
		h.slate.refuse = func(m chat.Message) error {
			if decides(m) {
				return fmt.Errorf("post: %w", chat.ErrInvalid)
			}
			return nil
		}
		h.command(user("alice", "ask"), "line buy", fmt.Sprintf(`{"numbers":[%q]}`, fixture.Stock()[0].Number))
		if card := h.slate.card(t); !strings.Contains(card.Body, "Slate did not take the whole of this") {
			t.Errorf("got %+v, want a short card", card)
		}
	})
}

// TestListInAnyChat goes to the next page by a control whose id the chat takes.
func TestListInAnyChat(t *testing.T) {
	t.Parallel()
	running(t, func(h *harness) {
		first := h.command(user("eve"), "line find", `{}`).shown
		if first.Listing == nil || len(first.Listing.Rows) != 2 || first.Listing.Rows[0].Act != nil || len(first.Listing.Menus) != 1 {
			t.Fatalf("got %+v, want a list of two rows to look at", first.Listing)
		}
		for _, b := range slices.Concat(first.Listing.Bars...) {
			if len([]rune(b.ID)) > 60 {
				t.Errorf("got the id %q, want one that the chat takes", b.ID)
			}
		}
		second := h.press(user("eve"), control(t, first, "▶")).shown
		if got := names(second); !slices.Equal(got, []string{fixture.Stock()[2].Number}) {
			t.Errorf("got %q, want the third line", got)
		}
		if again := h.press(user("eve"), control(t, first, "▶")).shown; !slices.Equal(names(again), names(second)) {
			t.Errorf("got %q at the second press, want the same page", names(again))
		}
		if back := h.press(user("eve"), control(t, second, "◀")).shown; !slices.Equal(names(back), names(first)) {
			t.Errorf("got %q, want the first page", names(back))
		}
		if shown := h.command(user("alice", "ask"), "line find", `{}`).shown; shown.Listing.Rows[0].Act.Label != "Buy…" || len(shown.Listing.Menus) != 2 {
			t.Errorf("got %+v, want what can be done with a row for who may ask", shown.Listing)
		}
		if a := h.press(user("eve"), "v0:page:x"); a.refused == nil || a.begun {
			t.Errorf("got %+v, want a control of another version refused", a)
		}
		r, a := request(user("eve"))
		h.chat.Unknown(t.Context(), r)
		if !errors.Is(a.refused, chat.ErrUnknown) {
			t.Errorf("got %v, want it unknown", a.refused)
		}
	})
}

// TestNewNeedsItsParts takes one part after the other away.
func TestNewNeedsItsParts(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*chat.Config){
		"gate":     func(c *chat.Config) { c.Gate = nil },
		"port":     func(c *chat.Config) { c.Port = nil },
		"realm":    func(c *chat.Config) { c.Realm = "" },
		"exchange": func(c *chat.Config) { c.Exchange = "" },
		"size":     func(c *chat.Config) { c.Limits.Size = nil },
		"limit":    func(c *chat.Config) { c.Limits.Inputs = 0 },
	} {
		c, _, _ := config(t)
		change(&c)
		if _, err := chat.New(c); err == nil {
			t.Errorf("without its %s: got a service, want an error", name)
		}
	}
}

func TestMoods(t *testing.T) {
	t.Parallel()
	if got := chat.MoodOf(order.Unknown); got != chat.Bad {
		t.Errorf("unknown: got %d", got)
	}
	if got := chat.MoodOf(""); got != chat.Informing {
		t.Errorf("no order: got %d", got)
	}
	if got := chat.MoodOfFault(fault.Conflict); got != chat.Informing {
		t.Errorf("conflict: got %d", got)
	}
	if got := chat.MoodOfFault(fault.UnknownOutcome); got != chat.Bad {
		t.Errorf("unknown outcome: got %d", got)
	}
}

// TestArguments holds that nothing that is typed breaks out of its text.
func TestArguments(t *testing.T) {
	t.Parallel()
	var a chat.Arguments
	a.Add("town", `Du"bai`)
	a.Add("town", "x")
	if got := string(a.JSON()); got != `{"town":"Du\"bai","town":"x"}` {
		t.Errorf("got %s", got)
	}
}
