package discord_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/rs/zerolog"

	"didops/bots/chat"
	"didops/bots/discord/gateway"
	"didops/internal/order"
	"didops/internal/testing/fakeorders"
)

// logged collects a log.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestPlaceOfDecisionThatCanNotBeUsed holds that somebody hears of it before
// there is an order, and the requester besides, and that all is well again by
// itself.
func TestPlaceOfDecisionThatCanNotBeUsed(t *testing.T) {
	t.Parallel()
	for want, access := range map[string]struct {
		gateway.Access
		err error
	}{
		"a forum":          {Access: gateway.Access{Guild: guild, Kind: discordgo.ChannelTypeGuildForum, Permissions: discordgo.PermissionAll}},
		"Send Messages":    {Access: gateway.Access{Guild: guild, Permissions: discordgo.PermissionAll &^ discordgo.PermissionSendMessages}},
		"can't see it":     {err: gateway.ErrForbidden},
		"no such channel":  {err: gateway.ErrGone},
		"none of guild_id": {Access: gateway.Access{Guild: "77", Permissions: discordgo.PermissionAll}},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			log := &logged{}
			timely(t, func(h *harness) {
				h.c.Log = zerolog.New(log)
				h.rest.access = access.Access
				h.rest.fail = func(what, _ string) error {
					if what == "access" && access.err != nil || what == "post" {
						return fmt.Errorf("%s: %w", what, access.err)
					}
					return nil
				}
				if access.err == nil {
					access.err = gateway.ErrForbidden
					h.rest.fail = func(what, _ string) error {
						if what == "post" {
							return fmt.Errorf("post: %w", gateway.ErrForbidden)
						}
						return nil
					}
				}
			}, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
				err := h.bot.Ready()
				if err == nil || !strings.Contains(err.Error(), approvals) || !strings.Contains(err.Error(), want) {
					t.Fatalf("got %v, want the channel and %q", err, want)
				}
				if h.bot.Closed(chat.Approvals) == nil || h.bot.Closed(chat.Audit) != nil {
					t.Error("got the channel open, want it closed")
				}
				if !strings.Contains(log.String(), approvals) || !strings.Contains(log.String(), want) {
					t.Errorf("got %s, want the channel and %q", log, want)
				}
				if mark, _ := h.Mark(t.Context(), order.ClosedMark("discord")); mark != 1 {
					t.Errorf("got mark %d, want it told", mark)
				}
				r := h.slash(alice(), "line buy", "numbers", line(1).Number)
				if said := r.said(); strings.Contains(said, "It is decided at its card") || !strings.Contains(said, "can't be posted in <#"+approvals+">") {
					t.Errorf("got %s, want the truth", said)
				}
				if len(r.more) != 1 || !strings.Contains(r.more[0].text(), "slip accept sb-0001") {
					t.Errorf("got %s, want another way", r.said())
				}
				h.rest.failing(nil)
				h.rest.mu.Lock()
				h.rest.access = gateway.Access{Guild: guild, Permissions: discordgo.PermissionAll}
				h.rest.mu.Unlock()
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				if err := h.bot.Ready(); err != nil {
					t.Errorf("got %v, want it ready again", err)
				}
				if mark, _ := h.Mark(t.Context(), order.ClosedMark("discord")); mark != 0 {
					t.Errorf("got mark %d, want it told", mark)
				}
				if card := h.cardIn(approvals); !strings.Contains(card.text(), "sb-0001") {
					t.Errorf("got %s, want the card", card.text())
				}
				if said := h.slash(alice(), "line buy", "numbers", line(2).Number).said(); !strings.Contains(said, "It is decided at its card") {
					t.Errorf("got %s, want the card", said)
				}
			})
		})
	}
}

// TestPostThatIsRefused holds that a channel which refuses a card counts as
// closed, whatever a look at it says, until it takes one.
func TestPostThatIsRefused(t *testing.T) {
	t.Parallel()
	timely(t, func(h *harness) { h.c.Log = zerolog.Nop() }, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		if err := h.bot.Ready(); err != nil {
			t.Fatalf("got %v, want it ready", err)
		}
		h.rest.failing(func(what, _ string) error {
			if what == "post" {
				return fmt.Errorf("post: %w", gateway.ErrForbidden)
			}
			return nil
		})
		h.elsewhere("line_buy", line(1).Number)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if h.bot.Ready() == nil {
			t.Error("got it ready, want it closed")
		}
		h.rest.failing(nil)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if err := h.bot.Ready(); err != nil {
			t.Errorf("got %v, want it ready again", err)
		}
	})
}

// TestDiscordThatIsAwayClosesNothing holds that what can't be found out
// changes nothing.
func TestDiscordThatIsAwayClosesNothing(t *testing.T) {
	t.Parallel()
	timely(t, func(h *harness) { h.c.Log = zerolog.Nop() }, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		h.rest.failing(func(what, _ string) error { return fmt.Errorf("%s: %w", what, gateway.ErrUnavailable) })
		h.elsewhere("line_buy", line(1).Number)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		for _, at := range chat.Places() {
			if err := h.bot.Closed(at); err != nil {
				t.Errorf("got %v, want nothing said of the channel", err)
			}
		}
		if err := h.bot.Ready(); err == nil || !strings.Contains(err.Error(), "cards on Discord do not show what their orders are: 1, ") {
			t.Errorf("got %v, want that a card is behind", err)
		}
	})
}

// TestDeletedCardComesBack holds that the card of an order which waits, and
// that somebody deleted, is there again within a minute though nothing else
// happens, as often as it is deleted.
func TestDeletedCardComesBack(t *testing.T) {
	t.Parallel()
	timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		h.elsewhere("line_buy", line(1).Number)
		h.elsewhere("line_buy", line(2).Number)
		synctest.Wait()
		for range 3 {
			list := h.rest.in(approvals)
			if len(list) != 2 {
				t.Fatalf("got %d cards, want 2", len(list))
			}
			h.rest.remove(list[0].id)
			time.Sleep(time.Minute)
			synctest.Wait()
			if list := h.rest.in(approvals); len(list) != 2 || !list[0].live() || !list[1].live() {
				t.Errorf("got %d cards, want the one again and the other as it was", len(list))
			}
		}
		edits := h.rest.edits
		time.Sleep(5 * time.Minute)
		if h.rest.edits != edits {
			t.Errorf("got %d edits of cards that are there", h.rest.edits-edits)
		}
	})
}

// TestClosedChannelIsLeftAlone holds that a channel which refuses everything
// is not asked for every order, over and over: Discord shuts out whoever does.
func TestClosedChannelIsLeftAlone(t *testing.T) {
	t.Parallel()
	timely(t, func(h *harness) { h.c.Log = zerolog.Nop() }, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		var asked atomic.Int64
		h.rest.failing(func(what, channel string) error {
			if channel != approvals || what == "access" {
				return nil
			}
			asked.Add(1)
			return fmt.Errorf("%s: %w", what, gateway.ErrForbidden)
		})
		for n := range stock {
			h.elsewhere("line_buy", line(n).Number)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		h.Change("sb-0100", fakeorders.To(order.Rejected, order.LineSkipped, "Rejected."))
		if asked := asked.Load(); asked > stock+200 {
			t.Errorf("got %d requests in ten minutes, want few", asked)
		}
		h.rest.failing(nil)
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if n := len(h.rest.in(approvals)); n != stock {
			t.Errorf("got %d cards, want all %d", n, stock)
		}
	})
}
