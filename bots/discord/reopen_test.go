package discord_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/chat"
	"didops/bots/discord/gateway"
	"didops/internal/order"
)

// denying takes away what a call is for, or gives everything back: a look
// tells of it as the calls do.
func (h *harness) denying(calls ...string) {
	h.rest.failing(func(what, channel string) error {
		for _, c := range calls {
			if c == what && channel == approvals {
				return fmt.Errorf("%s: %w", what, gateway.ErrForbidden)
			}
		}
		return nil
	})
}

// open fails the test unless the channel of approvals counts as one that can
// be used, everywhere where that is told.
func (h *harness) open(t *testing.T, want bool) {
	t.Helper()
	synctest.Wait()
	mark, err := h.Mark(t.Context(), order.ClosedMark("discord"))
	if err != nil {
		t.Fatal(err)
	}
	if ready, known := h.bot.Ready() == nil, h.bot.Closed(chat.Approvals) == nil; ready != want || known != want || (mark == 0) != want {
		t.Errorf("got ready %t, open %t, mark %d, want %t", ready, known, mark, want)
	}
}

// TestEditThatIsRefused holds that an edit which is refused makes it known at
// once that the channel can't be used, where that is so, and that it is open
// again as soon as the permission is back, though nobody asks for anything.
func TestEditThatIsRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		denied []string
		closed bool
	}{
		"View Channel":    {[]string{"access", "edit", "post", "messages", "exists"}, true},
		"that message":    {[]string{"edit"}, false},
		"nothing else":    {[]string{"access", "edit"}, true},
		"a look only":     {[]string{"access"}, false}, // it was not time for one
		"history, and it": {[]string{"edit", "messages", "exists"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			timely(t, func(h *harness) { h.c.Log = zerolog.Nop() }, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
				h.elsewhere("line_buy", line(1).Number)
				h.cardIn(approvals)
				time.Sleep(5 * time.Second)
				h.denying(tt.denied...)
				h.approved("sb-0001")
				time.Sleep(3 * time.Second)
				h.open(t, !tt.closed)
				h.denying()
				time.Sleep(90 * time.Second)
				h.open(t, true)
				if card := h.cardIn(approvals); card.live() || !strings.Contains(card.text(), "Done") {
					t.Errorf("got %s, want the outcome", card.text())
				}
				if said := h.slash(alice(), "line buy", "numbers", line(2).Number).said(); !strings.Contains(said, "It is decided at its card") {
					t.Errorf("got %s, want the card", said)
				}
			})
		})
	}
}

// TestSuccessfulEditOpensTheChannel holds that it is not waited for the next
// look where an edit succeeds.
func TestSuccessfulEditOpensTheChannel(t *testing.T) {
	t.Parallel()
	timely(t, func(h *harness) { h.c.Log = zerolog.Nop() }, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		h.elsewhere("line_buy", line(1).Number)
		h.cardIn(approvals)
		h.denying("access")
		time.Sleep(time.Minute + 10*time.Second)
		h.open(t, false)
		h.denying()
		h.approved("sb-0001")
		time.Sleep(3 * time.Second)
		h.open(t, true)
	})
}

// TestNothingIsLeftToBePosted holds that a channel which refused a card is not
// closed for good where the card is found instead of posted.
func TestNothingIsLeftToBePosted(t *testing.T) {
	t.Parallel()
	timely(t, func(h *harness) { h.c.Log = zerolog.Nop() }, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		h.rest.losing(1)
		var posts atomic.Int64
		h.rest.failing(func(what, _ string) error {
			if what == "messages" || what == "post" && posts.Add(1) > 1 {
				return fmt.Errorf("%s: %w", what, gateway.ErrForbidden)
			}
			return nil
		})
		h.elsewhere("line_buy", line(1).Number)
		time.Sleep(20 * time.Second)
		h.open(t, false)
		h.denying()
		time.Sleep(2 * time.Minute)
		h.open(t, true)
		if posts.Load() < 2 {
			t.Errorf("got %d posts, want one that was refused", posts.Load())
		}
		h.cardIn(approvals)
	})
}

// TestFirstToAskIsToldTheTruth holds that whoever asks first after the channel
// was closed is not sent to a card that is not there, by the process that keeps
// the cards and by another.
func TestFirstToAskIsToldTheTruth(t *testing.T) {
	t.Parallel()
	for _, denied := range [][]string{{"access", "post"}, {"access", "edit", "post", "messages", "exists"}} {
		for _, keeps := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				h := newHarnessAt(t, time.Now, func(h *harness) { h.c.Log = zerolog.Nop() })
				if keeps {
					h.running(t)
				}
				time.Sleep(5 * time.Second)
				h.denying(denied...)
				r := h.slash(alice(), "line buy", "numbers", line(1).Number)
				if said := r.said(); strings.Contains(said, "It is decided at its card") || strings.Count(said, "can't be posted in <#"+approvals+">") != 2 {
					t.Errorf("keeps %t: got %s, want the truth, twice", keeps, said)
				}
				if len(r.more) != 1 || !strings.Contains(r.more[0].text(), "slip accept sb-0001") {
					t.Errorf("keeps %t: got %s, want another way", keeps, r.said())
				}
				h.denying()
				if keeps {
					time.Sleep(2 * time.Minute)
					h.open(t, true)
				}
			})
		}
	}
}
