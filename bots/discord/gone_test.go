package discord_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/discord/gateway"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/testing/fakediscord"
)

// rejected decides an order at a terminal.
func (h *harness) rejected(id string) {
	h.tb.Helper()
	_, err := h.Decide(h.tb.Context(), order.DecideRequest{Order: id, By: identity.Caller{
		Frontend: identity.FrontShell, Principal: identity.Principal{Realm: identity.OS, ID: "carol", Name: "carol", Role: identity.Approver},
	}})
	if err != nil {
		h.tb.Fatal(err)
	}
}

// TestCardThatSeemsToBeGone holds that an edit which fails without Discord's
// word that the message was deleted is made good: there is one card, and none
// that can still be pressed when its order is over.
func TestCardThatSeemsToBeGone(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]map[string]error{
		"404 of a proxy":                 {"edit": gateway.ErrUnavailable},
		"no such channel":                {"edit": gateway.ErrNoChannel},
		"no such channel, twice":         {"edit": gateway.ErrNoChannel, "access": gateway.ErrNoChannel},
		"no such channel, for all calls": {"edit": gateway.ErrNoChannel, "messages": gateway.ErrNoChannel, "post": gateway.ErrNoChannel},
	} {
		for outcome, decide := range map[string]func(*harness, string){"Done": (*harness).approved, "Rejected": (*harness).rejected} {
			t.Run(name+" "+outcome, func(t *testing.T) {
				t.Parallel()
				timely(t, func(h *harness) { h.c.Log = zerolog.Nop() }, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
					h.elsewhere("line_buy", line(1).Number)
					h.cardIn(approvals)
					h.rest.failing(func(what, _ string) error {
						if err := fails[what]; err != nil {
							return fmt.Errorf("%s: %w", what, err)
						}
						return nil
					})
					decide(h, "sb-0001")
					time.Sleep(5 * time.Minute)
					synctest.Wait()
					h.rest.forgetting()
					h.rest.failing(nil)
					time.Sleep(2 * time.Minute)
					if card := h.cardIn(approvals); card.live() || !strings.Contains(card.text(), outcome) {
						t.Errorf("got %s, want the outcome and no button", card.text())
					}
				})
			})
		}
	}
}

// TestListThatSeemsToBeGone holds that a card whose post was not answered is
// not posted twice because it can't be looked for.
func TestListThatSeemsToBeGone(t *testing.T) {
	t.Parallel()
	for _, err := range []error{gateway.ErrUnavailable, gateway.ErrNoChannel} {
		timely(t, func(h *harness) { h.c.Log = zerolog.Nop() }, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
			h.rest.losing(1)
			h.rest.failing(func(what, _ string) error {
				if what == "messages" {
					return fmt.Errorf("list: %w", err)
				}
				return nil
			})
			h.elsewhere("line_buy", line(1).Number)
			synctest.Wait()
			h.rest.forgetting()
			time.Sleep(5 * time.Minute)
			h.cardIn(approvals)
			h.rest.failing(nil)
			h.approved("sb-0001")
			time.Sleep(2 * time.Minute)
			if card := h.cardIn(approvals); card.live() {
				t.Errorf("got %s, want no button", card.text())
			}
		})
	}
}

// TestChannelThatIsGone holds that an order which waits gets its card in the
// channel of approvals when the channel of its card was deleted, and that one
// which is over is let be.
func TestChannelThatIsGone(t *testing.T) {
	t.Parallel()
	timely(t, func(h *harness) { h.c.Log = zerolog.Nop() }, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		const former = "1200000000000000077"
		h.rest.failing(func(what, channel string) error {
			if channel == former {
				return fmt.Errorf("%s: %w", what, gateway.ErrNoChannel)
			}
			return nil
		})
		h.elsewhere("line_buy", line(1).Number)
		h.elsewhere("line_buy", line(2).Number)
		synctest.Wait()
		h.rejected("sb-0002")
		synctest.Wait()
		for _, s := range h.rest.in(approvals) {
			h.rest.remove(s.id)
		}
		for n, id := range []string{"sb-0001", "sb-0002"} {
			c, err := h.Card(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			c.Place, c.Message, c.Entry = former, fmt.Sprint(n+1), 0
			if err := h.Keep(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Minute)
		if card := h.cardIn(approvals); !card.live() || !strings.Contains(card.text(), "sb-0001") {
			t.Errorf("got %s, want the order that waits", card.text())
		}
		if behind, err := h.Behind(t.Context(), 0, 10); err != nil || len(behind) != 0 {
			t.Errorf("got %d cards behind, %v, want none", len(behind), err)
		}
	})
}

// TestWiredEditByAProxy is the same by the REST API: a proxy's 404, once.
func TestWiredEditByAProxy(t *testing.T) {
	t.Parallel()
	w := newWired(t, func(h *harness) { h.c.Log = zerolog.Nop() })
	w.Slash(t, w.alice, "line buy", fakediscord.Options{"numbers": line(1).Number})
	card := w.card(t, "sb-0001")
	w.Inject(fakediscord.Fault{Route: "PATCH /channels/", Status: 404, HTML: true, Times: 1})
	w.rejected("sb-0001")
	if m := w.card(t, "Rejected by"); m.ID != card.ID || len(m.Live("v1:approve:", "v1:reject:")) != 0 {
		t.Errorf("got %s, want the same card without buttons", m.Text())
	}
}
