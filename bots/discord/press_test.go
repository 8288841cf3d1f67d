package discord_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/bots/discord/gateway"
	"didops/internal/order"
	"didops/internal/testing/fakediscord"
	"didops/internal/testing/fakeorders"
)

// outcome waits until a message says something, and fails where it can still
// be pressed then.
func (w *wired) outcome(t *testing.T, pressed *fakediscord.Message, text string) {
	t.Helper()
	m := w.MessageWhere(t, w.approvals, func(m *fakediscord.Message) bool { return m.ID == pressed.ID && strings.Contains(m.Text(), text) })
	if len(m.Live("v1:approve:", "v1:reject:")) > 0 {
		t.Errorf("got %s, want no button", m.Text())
	}
}

// TestPressShowsItsOutcome holds that a press shows what came of it by itself:
// where no process keeps the cards, and where the bot may do nothing in the
// channel any more.
func TestPressShowsItsOutcome(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]struct {
		press func(*testing.T, *wired, *fakediscord.Message)
		want  string
	}{
		"approved": {func(t *testing.T, w *wired, card *fakediscord.Message) { //nolint:thelper // the test itself
			w.Press(t, w.bob, card, approveIt)
		}, "Done: all of it."},
		"rejected": {func(t *testing.T, w *wired, card *fakediscord.Message) { //nolint:thelper // the test itself
			modal := w.Press(t, w.bob, card, rejectIt).Modal(t)
			w.Submit(t, w.bob, modal, map[string]string{modal.Inputs[0].CustomID: "too dear"})
		}, "Rejected by bob"},
		"decided elsewhere": {func(t *testing.T, w *wired, card *fakediscord.Message) { //nolint:thelper // the test itself
			w.approved("sb-0001")
			if m := w.Press(t, w.bob, card, approveIt).Followup(t, 1); !strings.Contains(m.Text(), "approved by carol") {
				t.Errorf("got %s, want to be told who was first", m.Text())
			}
		}, "Done: all of it."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWired(t)
			w.elsewhere("line_buy", line(1).Number)
			card := w.card(t, "sb-0001")
			w.stop()
			w.SetPlace(w.approvals, fakediscord.Place{Denied: fakediscord.ViewChannel | fakediscord.Send})
			w.process(t, false)
			do.press(t, w, card)
			w.outcome(t, card, do.want)
			if n := w.Count("PATCH /channels/"); n != 0 {
				t.Errorf("got %d edits by the bot, want the answer to the press only", n)
			}
		})
	}
}

// TestFirstOfTwoApprovals holds that a card which still waits keeps its
// buttons, with who approved.
func TestFirstOfTwoApprovals(t *testing.T) {
	t.Parallel()
	h := bought(t, func(h *harness) { h.Switch(needing(2)) })
	r := h.press(bob(), approveIt, false)
	if r.last == nil || !strings.Contains(r.said(), "“bob” (Discord) approved") || r.last.control(t, "Buy") != approveIt {
		t.Errorf("got %s, want the approval and the buttons", r.said())
	}
	if r := h.press(carol(), approveIt, false); r.last.live() || !strings.Contains(r.said(), "Done") {
		t.Errorf("got %s, want the outcome", r.said())
	}
}

// TestPressShowsHowFarItIs holds that a long execution is shown at once and as
// it goes on, and the receipt last.
func TestPressShowsHowFarItIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarnessAt(t, time.Now, func(h *harness) {
			h.Switch(func(w *fakeorders.Switches) { w.SendTakes = 40 * time.Second })
		})
		h.slash(alice(), "line buy", "numbers", line(1).Number)
		r := &reply{tb: t}
		i := h.pressing(bob(), approveIt, false)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			h.bot.Handle(t.Context(), i, r)
		}()
		time.Sleep(time.Second)
		synctest.Wait()
		if said := r.said(); !strings.Contains(said, "being carried out") || strings.Contains(said, "[Buy") {
			t.Errorf("got %s after a second, want that it is being carried out", said)
		}
		<-ended
		if said := r.said(); !strings.Contains(said, "Done") || r.last.live() {
			t.Errorf("got %s, want the receipt", said)
		}
	})
}

// TestLateAnswerIsRepaired holds that what a press wrote last is looked after:
// the loop writes the card again.
func TestLateAnswerIsRepaired(t *testing.T) {
	t.Parallel()
	timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		h.elsewhere("line_buy", line(1).Number)
		card := h.cardIn(approvals)
		h.approved("sb-0001")
		receipt := h.cardIn(approvals)
		h.rest.mu.Lock() // a press of before arrives at Discord only now
		stale := h.rest.messages[card.id]
		stale.controls = card.controls
		h.rest.mu.Unlock()
		h.press(bob(), approveIt, false)
		if got := h.cardIn(approvals); got.text() != receipt.text() {
			t.Errorf("got %s, want the receipt again", got.text())
		}
	})
}

// TestCardThatNobodyCanWrite holds that a decision counts, and is told, where
// neither the answer nor the card can be written.
func TestCardThatNobodyCanWrite(t *testing.T) {
	t.Parallel()
	h := bought(t)
	r := h.handle(h.pressing(bob(), approveIt, false), func(r *reply) { r.editErr = func(int) error { return gateway.ErrGone } })
	h.counts(1, 1)
	if r.acks[0].Type != discordgo.InteractionResponseDeferredMessageUpdate {
		t.Errorf("got %+v", r.acks[0])
	}
	if o := h.All()[0]; o.State != order.Completed {
		t.Errorf("got %s, want it done", o.State)
	}
}
