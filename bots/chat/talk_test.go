package chat_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/bots/chat"
	"didops/internal/identity"
	orders "didops/internal/order"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/fixture"
	"didops/tools"
	"didops/tools/order"
)

// talking has a catalogue with the operations on orders.
func talking(t *testing.T, test func(*harness), change ...func(*chat.Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, service, s := config(t)
		catalog, err := tools.NewCatalog(append(order.Operations(service), fixture.Declarations(fixture.Options{Orders: service, Draw: draw})...)...)
		if err != nil {
			t.Fatal(err)
		}
		if c.Gate, err = tools.NewGate(tools.GateConfig{Catalog: catalog, Orders: service, Now: time.Now}); err != nil {
			t.Fatal(err)
		}
		for _, ch := range change {
			ch(&c)
		}
		run(t, c, service, s, test)
	})
}

// titled returns what was posted whose title begins so.
func (s *slate) titled(tb testing.TB, begins string) []chat.Message {
	tb.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.posted), func(m chat.Message) bool { return !strings.HasPrefix(m.Title, begins) })
}

func button(tb testing.TB, m chat.Message, label string) string {
	tb.Helper()
	i := slices.IndexFunc(m.Buttons, func(b chat.Button) bool { return b.Label == label })
	if i < 0 {
		tb.Fatalf("got buttons %+v, want %q", m.Buttons, label)
	}
	return m.Buttons[i].ID
}

// TestAskingBackInAnyChat asks on a card, is answered where it was asked for, and
// shows both on the card. Each message is posted once, and calls whom it is for.
func TestAskingBackInAnyChat(t *testing.T) {
	t.Parallel()
	talking(t, func(h *harness) {
		h.command(user("alice", "ask"), "line buy", fmt.Sprintf(`{"numbers":[%q]}`, fixture.Stock()[0].Number))
		time.Sleep(15 * time.Second)
		card := h.slate.titled(t, "Buy")[0]
		if labels := len(card.Buttons); labels != 4 {
			t.Errorf("got %+v, want one button more", card.Buttons)
		}
		asks := button(t, card, "Ask…")
		if a := h.press(user("carol", "ask"), asks); a.refused == nil {
			t.Error("got a question of somebody who may not decide")
		}
		a := h.press(user("bob", "decide"), asks)
		if len(a.form.Inputs) != 1 || !a.form.Inputs[0].Required || a.form.Inputs[0].Most != 200 {
			t.Fatalf("got %+v, want a form for one text", a.form)
		}
		h.submit(user("bob", "decide"), a.form, map[string]string{"text": "why `Dubai`?"})
		time.Sleep(15 * time.Second)
		told := h.slate.titled(t, "A question about your order")
		if len(told) != 1 || !slices.Equal(told[0].Calls.Users, []string{"alice"}) || !strings.Contains(told[0].Body, "“why `Dubai`?”") {
			t.Fatalf("got %+v, want the question told once, to who asked", told)
		}
		card = h.slate.titled(t, "Buy")[0]
		if len(card.Said) != 1 || card.Said[0].What != "asked back" || card.Said[0].Text != "“why `Dubai`?”" {
			t.Errorf("got %+v, want the question on the card", card.Said)
		}
		answers := button(t, told[0], "Answer…")
		if button(t, card, "Answer…") != answers {
			t.Error("got another control on the card")
		}
		a = h.press(user("alice", "ask"), answers)
		h.submit(user("alice", "ask"), a.form, map[string]string{"text": "our carrier is there"})
		time.Sleep(15 * time.Second)
		card = h.slate.titled(t, "Buy")[0]
		if len(card.Said) != 2 || card.Said[1].What != "answered" {
			t.Errorf("got %+v, want both on the card", card.Said)
		}
		if told := h.slate.titled(t, "The requester of"); len(told) != 1 {
			t.Errorf("got %d messages about the answer", len(told))
		}
		button(t, card, "Ask…")
		h.press(user("bob", "decide"), card.Buttons[0].ID)
		time.Sleep(time.Minute)
		if got := len(h.slate.posted); got != 3 {
			t.Errorf("got %d messages in all, want card, question and answer", got)
		}
	})
}

// TestWordsOfTheEntry holds that each message quotes what its entry is about, also
// where more was said before it is told.
func TestWordsOfTheEntry(t *testing.T) {
	t.Parallel()
	talking(t, func(h *harness) {
		h.command(user("alice", "ask"), "line buy", fmt.Sprintf(`{"numbers":[%q]}`, fixture.Stock()[0].Number))
		time.Sleep(15 * time.Second)
		away := true
		h.slate.mu.Lock()
		h.slate.refuse = func(chat.Message) error {
			if away {
				return errors.New("post: the chat is away")
			}
			return nil
		}
		h.slate.mu.Unlock()
		for _, said := range []struct {
			by   identity.Principal
			kind orders.RemarkKind
			text string
		}{
			{identity.Principal{Realm: identity.Discord, ID: "bob", Name: "bob", Role: identity.Approver}, orders.RemarkAsked, "why Dubai?"},
			{identity.Principal{Realm: identity.Discord, ID: "carol", Name: "carol", Role: identity.Approver}, orders.RemarkMade, "I would not"},
			{identity.Principal{Realm: identity.Discord, ID: "alice", Name: "alice", Role: identity.Requester}, orders.RemarkAnswered, "our carrier is there"},
			{identity.Principal{Realm: identity.Discord, ID: "bob", Name: "bob", Role: identity.Approver}, orders.RemarkAsked, "and the price?"},
			{identity.Principal{Realm: identity.Discord, ID: "carol", Name: "carol", Role: identity.Approver}, orders.RemarkMade, "nor that"},
		} {
			_, err := h.Say(t.Context(), orders.SayRequest{Order: "sb-0001", Kind: said.kind, Text: said.text, By: identity.Caller{Principal: said.by, Frontend: identity.FrontDiscord}})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		h.slate.mu.Lock()
		away = false
		h.slate.mu.Unlock()
		time.Sleep(15 * time.Second)
		var got []string
		for _, m := range append(h.slate.titled(t, "A question about your order"), h.slate.titled(t, "The requester of")...) {
			got = append(got, m.Body)
		}
		for i, want := range []string{"“why Dubai?”", "“and the price?”", "“our carrier is there”"} {
			if len(got) != 3 || !strings.Contains(got[i], want) || strings.Count(got[i], ": “") != 1 {
				t.Fatalf("got %q, want %s in that place", got, want)
			}
		}
	})
}

// TestAskingBackUnderAPasskey has the controls that decide nothing beside the link
// to the page, and none that approves.
func TestAskingBackUnderAPasskey(t *testing.T) {
	t.Parallel()
	for page, first := range map[string][]string{"https://didops.example.net": {"Decide with a passkey"}, "": nil} {
		talking(t, func(h *harness) {
			h.command(user("alice", "ask"), "line buy", fmt.Sprintf(`{"numbers":[%q]}`, fixture.Stock()[0].Number))
			h.Change("sb-0001", func(o *orders.Order) { o.Strength = identity.Passkey })
			time.Sleep(15 * time.Second)
			card := h.slate.titled(t, "Buy")[0]
			if got, want := labels(card), append(slices.Clone(first), "Reject…", "Ask…", "All terms"); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			if len(first) > 0 && (card.Buttons[0].Opens != page+"/orders/sb-0001" || card.Buttons[0].ID != "") {
				t.Errorf("got %+v, want a link to the page", card.Buttons[0])
			}
			a := h.press(user("bob", "decide"), button(t, card, "Ask…"))
			h.submit(user("bob", "decide"), a.form, map[string]string{"text": "why?"})
			time.Sleep(15 * time.Second)
			card = h.slate.titled(t, "Buy")[0]
			if got, want := labels(card), append(slices.Clone(first), "Reject…", "Answer…", "All terms"); !slices.Equal(got, want) || len(card.Said) != 1 {
				t.Errorf("got %v with %v, want %v", got, card.Said, want)
			}
		}, func(c *chat.Config) { c.Page = page })
	}
}

// TestStop stops what a mandate decided; what people approved is taken back.
func TestStop(t *testing.T) {
	t.Parallel()
	for label, by := range map[string]string{"Stop": "mandate", "Take back": identity.Discord} {
		talking(t, func(h *harness) {
			h.command(user("alice", "ask"), "line buy", fmt.Sprintf(`{"numbers":[%q]}`, fixture.Stock()[0].Number))
			h.Change("sb-0001", fakeorders.To(orders.Scheduled, orders.LineWaiting, "By mandate office, and scheduled."), func(o *orders.Order) {
				o.DecidedBy = []orders.Decided{{Realm: by, Name: "office", Decision: "approved"}}
			})
			time.Sleep(15 * time.Second)
			card := h.slate.titled(t, "🗓️ By mandate office")[0]
			if got, want := labels(card), []string{label, "All terms"}; !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			h.press(user("alice", "ask"), button(t, card, label))
			time.Sleep(15 * time.Second)
			if got := h.All()[0]; got.State != orders.Cancelled {
				t.Errorf("got %s: %s", got.State, got.Message)
			}
		})
	}
}

func labels(m chat.Message) []string {
	var list []string
	for _, b := range m.Buttons {
		list = append(list, b.Label)
	}
	return list
}

// TestEditingInAnyChat makes another order by a form, which gets a card of its
// own.
func TestEditingInAnyChat(t *testing.T) {
	t.Parallel()
	talking(t, func(h *harness) {
		stock := fixture.Stock()
		h.command(user("alice", "ask"), "line buy", fmt.Sprintf(`{"numbers":[%q,%q]}`, stock[0].Number, stock[1].Number))
		time.Sleep(15 * time.Second)
		card := h.slate.titled(t, "Buy")[0]
		terms := button(t, card, "All terms")
		if a := h.press(user("alice", "ask"), terms); len(a.shown.Buttons) != 0 {
			t.Errorf("got %+v, want nothing to edit for who may not decide", a.shown.Buttons)
		}
		edits := button(t, h.press(user("bob", "decide"), terms).shown, "Edit…")
		a := h.press(user("bob", "decide"), edits)
		if len(a.form.Inputs) != 3 || a.form.Inputs[0].Name != "remove" || a.form.Inputs[0].Required {
			t.Fatalf("got %+v", a.form)
		}
		a = h.submit(user("bob", "decide"), a.form, map[string]string{"remove": stock[1].Number})
		if a.refused != nil {
			t.Fatal(a.refused)
		}
		time.Sleep(15 * time.Second)
		if old := h.slate.titled(t, "Replaced by"); len(old) != 1 || decides(old[0]) {
			t.Errorf("got %+v, want a card that decides nothing", old)
		}
		made := h.slate.titled(t, "Buy")
		if len(made) != 1 || !decides(made[0]) || len(made[0].Said) != 1 {
			t.Fatalf("got %+v, want a card of its own", made)
		}
	})
}

// TestDrillInAnyChat asks who is there by a card with one answer to it.
func TestDrillInAnyChat(t *testing.T) {
	t.Parallel()
	talking(t, func(h *harness) {
		if a := h.command(user("alice", "ask"), "approvers drill", `{}`); a.refused == nil {
			t.Error("got a drill by somebody who may not decide")
		}
		if a := h.command(user("bob", "decide"), "approvers drill", `{"minutes":"30"}`); a.refused != nil {
			t.Fatal(a.refused)
		}
		time.Sleep(15 * time.Second)
		card := h.slate.titled(t, "Are you there?")[0]
		if len(card.Buttons) != 2 || card.Buttons[0].Label != "I'm here" || card.Needs != nil {
			t.Fatalf("got %+v, want one answer", card)
		}
		for _, name := range []string{"bob", "carol"} {
			h.press(user(name, "decide"), card.Buttons[0].ID)
		}
		h.press(user("bob", "decide"), button(t, card, "All terms"))
		time.Sleep(15 * time.Second)
		card = h.slate.titled(t, "Are you there?")[0]
		if len(card.Votes) != 2 || !decides(card) {
			t.Errorf("got %+v, want who answered, and that it still asks", card)
		}
		time.Sleep(time.Hour)
		if len(h.slate.posted) != 1 {
			t.Errorf("got %d messages", len(h.slate.posted))
		}
	})
}

// TestQuestionIsToldOnce loses the answer to the post of a question, for longer
// than a nonce counts: it is found again, and not posted twice.
func TestQuestionIsToldOnce(t *testing.T) {
	t.Parallel()
	talking(t, func(h *harness) {
		lost := 0
		h.slate.lose = func(m chat.Message) bool {
			if strings.HasPrefix(m.Title, "A question") {
				lost++
			}
			return strings.HasPrefix(m.Title, "A question")
		}
		h.command(user("alice", "ask"), "line buy", fmt.Sprintf(`{"numbers":[%q]}`, fixture.Stock()[0].Number))
		time.Sleep(15 * time.Second)
		a := h.press(user("bob", "decide"), button(t, h.slate.titled(t, "Buy")[0], "Ask…"))
		h.submit(user("bob", "decide"), a.form, map[string]string{"text": "why?"})
		time.Sleep(10 * time.Minute)
		if told := h.slate.titled(t, "A question"); len(told) != 1 || lost != 1 {
			t.Errorf("got %d messages by %d posts, want one", len(told), lost)
		}
	})
}
