package discord_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/discord/gateway"
	"didops/internal/identity"
	"didops/internal/order"
)

// forgetting makes Discord forget every nonce, as it does after a few minutes.
func (r *rest) forgetting() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.nonces)
}

// losing loses the answers of so many posts that are carried out.
func (r *rest) losing(n int64) {
	left := atomic.Int64{}
	left.Store(n)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = func(string) error {
		if left.Add(-1) >= 0 {
			return fmt.Errorf("post: %w", gateway.ErrUnavailable)
		}
		return nil
	}
}

// approved decides an order at a terminal.
func (h *harness) approved(id string) {
	h.tb.Helper()
	_, err := h.Decide(h.tb.Context(), order.DecideRequest{Order: id, Approve: true, By: identity.Caller{
		Frontend: identity.FrontShell, Principal: identity.Principal{Realm: identity.OS, ID: "carol", Name: "carol", Role: identity.Approver},
	}})
	if err != nil {
		h.tb.Fatal(err)
	}
}

// TestCardWhoseAnswerWasLost holds that a card which was posted, and of which
// the program was not told, is written when its order goes on: by its nonce
// while Discord knows it, and found in the channel afterwards and after a
// restart.
func TestCardWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]func(h *harness, again func()){
		"at once":             func(*harness, func()) {},
		"the nonce forgotten": func(h *harness, _ func()) { h.rest.forgetting() },
		"another process":     func(h *harness, again func()) { h.rest.forgetting(); again() },
		"no history": func(h *harness, _ func()) {
			h.rest.failing(func(what, _ string) error {
				if what == "messages" {
					return fmt.Errorf("list: %w", gateway.ErrForbidden)
				}
				return nil
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			timely(t, func(h *harness) { h.c.Log = zerolog.Nop() }, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
				h.rest.losing(1)
				h.elsewhere("line_buy", line(1).Number)
				if card := h.cardIn(approvals); !card.live() {
					t.Fatalf("got %s, want the card with its buttons", card.text())
				}
				h.approved("sb-0001")
				then(h, func() {
					h.restart()
					h.running(t)
				})
				time.Sleep(time.Minute)
				if card := h.cardIn(approvals); card.live() || !strings.Contains(card.text(), "Done") {
					t.Errorf("got %s, want the outcome and no button", card.text())
				}
				if behind, err := h.Behind(t.Context(), 0, 10); err != nil || len(behind) != 0 {
					t.Errorf("got %d cards behind, %v, want none", len(behind), err)
				}
			})
		})
	}
}

// TestOrderDecidedWhileTheChannelWasClosed holds that an order appears later
// as what became of it, whether or not it was seen before.
func TestOrderDecidedWhileTheChannelWasClosed(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"refused": gateway.ErrForbidden, "gone": gateway.ErrGone, "unreachable": gateway.ErrUnavailable, "not taken": gateway.ErrBusy,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			timely(t, func(h *harness) { h.c.Log = zerolog.Nop() }, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
				h.rest.failing(func(what, _ string) error {
					if what == "commands" || what == "put" || what == "access" {
						return nil
					}
					return fmt.Errorf("%s: %w", what, err)
				})
				h.elsewhere("line_buy", line(1).Number)
				time.Sleep(5 * time.Minute)
				h.approved("sb-0001")
				h.elsewhere("line_buy", line(2).Number)
				h.approved("sb-0002") // at once
				time.Sleep(5 * time.Minute)
				h.rest.failing(nil)
				time.Sleep(time.Minute)
				list := h.rest.in(approvals)
				if len(list) != 2 {
					t.Fatalf("got %d cards, want 2", len(list))
				}
				for _, card := range list {
					if card.live() || !strings.Contains(card.text(), "Done") {
						t.Errorf("got %s, want the outcome and no button", card.text())
					}
				}
			})
		})
	}
}

// TestOldOrdersGetNoCard holds that orders from before cards were kept are not
// told all over, but for those that are open.
func TestOldOrdersGetNoCard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarnessAt(t, time.Now)
		h.elsewhere("line_buy", line(1).Number)
		h.approved("sb-0001")
		h.elsewhere("line_buy", line(2).Number)
		h.running(t)
		if card := h.cardIn(approvals); !strings.Contains(card.text(), "sb-0002") {
			t.Errorf("got %s, want the card of the open order only", card.text())
		}
	})
}
