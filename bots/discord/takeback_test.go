package discord_test

import (
	"strings"
	"testing"
	"time"

	"didops/internal/order"
	"didops/internal/testing/fakeorders"
)

const backOf = "v1:back:sb-0001"

// scheduled is an order of somebody else that is sent later.
func scheduled(t *testing.T) *harness {
	t.Helper()
	h := newHarness(t)
	h.elsewhere("line_buy", line1())
	h.Change("sb-0001", fakeorders.To(order.Scheduled, order.LineWaiting, "Approved, and scheduled: 1 number will be given up on 14 Mar 2027 10:00 UTC."))
	return h
}

// TestTakeBack holds that whoever may ask for changes takes back what is
// scheduled, by a button of its card, once, and nobody else.
func TestTakeBack(t *testing.T) {
	t.Parallel()
	h := scheduled(t)
	if r := h.press(eve(), backOf, false); !strings.Contains(r.said(), "<@&"+requesterRole+">") || h.All()[0].State != order.Scheduled {
		t.Errorf("a reader: got %s and %s, want the role that is needed", r.said(), h.All()[0].State)
	}
	h.press(alice(), backOf, false)
	if o := h.All()[0]; o.State != order.Cancelled || !strings.Contains(o.Message, "Taken back by “alice”") {
		t.Errorf("got %s: %s, want it taken back", o.State, o.Message)
	}
	if r := h.press(alice(), backOf, false); h.All()[0].State != order.Cancelled || !strings.Contains(r.said(), "sb-0001") {
		t.Errorf("again: got %s", r.said())
	}
	for _, id := range []string{"v1:back:sb-0009", "v1:back:", "v1:back:../x"} {
		if r := h.press(alice(), id, false); r.said() == "" || len(h.All()) != 1 {
			t.Errorf("%s: got %s", id, r.said())
		}
	}
}

// TestTakeBackIsOffered holds which orders have the button on their card, and
// that a card says when its order is sent and what became of it.
func TestTakeBackIsOffered(t *testing.T) {
	t.Parallel()
	for _, state := range order.States() {
		timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
			h.elsewhere("line_buy", line1())
			h.cardIn(approvals)
			h.Change("sb-0001", fakeorders.To(state, order.LineWaiting, "Approved, and scheduled: 1 number will be given up on 14 Mar 2027 10:00 UTC. Until then it can be taken back."))
			time.Sleep(time.Minute)
			card := h.cardIn(approvals)
			if got := card.live("Take back"); got != (state == order.Scheduled) {
				t.Errorf("%s: got the button %v: %s", state, got, card.text())
			}
			if state != order.Scheduled {
				return
			}
			if !strings.Contains(card.text(), "14 Mar 2027 10:00 UTC") || !strings.Contains(card.text(), line1()) {
				t.Errorf("got %s", card.text())
			}
			h.press(alice(), card.control(t, "Take back"), false)
			time.Sleep(time.Minute)
			if card = h.cardIn(approvals); card.live("Take back") || !strings.Contains(card.text(), "Taken back by") {
				t.Errorf("got %s, want that it was taken back", card.text())
			}
		})
	}
}
