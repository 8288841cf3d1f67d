package discord_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/rs/zerolog"

	"didops/bots/discord/gateway"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/testing/golden"
)

// running starts the bot's loops for as long as the test does.
func (h *harness) running(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.bot.Start(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("got %v, want the end", err)
		}
	})
	t.Cleanup(stop)
	synctest.Wait()
	return stop
}

// timely runs a test on fake time with a bot whose loops run.
func timely(t *testing.T, change func(*harness), test func(*testing.T, *harness)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if change == nil {
			change = func(*harness) {}
		}
		h := newHarnessAt(t, time.Now, change)
		h.running(t)
		test(t, h)
	})
}

// elsewhere asks for an order as an assistant does over MCP.
func (h *harness) elsewhere(tool string, numbers ...string) {
	h.tb.Helper()
	args := fmt.Sprintf(`{"numbers":[%q],"reason":"the customer *asked* @everyone"}`, strings.Join(numbers, `","`))
	args = strings.ReplaceAll(args, `\"`, `"`)
	_, err := h.Place(h.tb.Context(), order.PlaceRequest{
		Operation: tool, Args: []byte(args), Reason: "the customer *asked* @everyone",
		By: identity.Caller{Frontend: identity.FrontMCP, Principal: identity.Principal{Realm: "http", ID: "team", Name: "claude-team", Role: identity.Requester}},
	})
	if err != nil {
		h.tb.Fatal(err)
	}
}

func (h *harness) cardIn(channel string) *shown {
	h.tb.Helper()
	synctest.Wait()
	list := h.rest.in(channel)
	if len(list) != 1 {
		h.tb.Fatalf("got %d messages in %s, want 1", len(list), channel)
	}
	return &list[0]
}

// TestLongCard holds that terms which have no room are all in a file.
func TestLongCard(t *testing.T) {
	t.Parallel()
	timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		var numbers []string
		for n := range stock {
			numbers = append(numbers, line(n).Number)
		}
		h.elsewhere("line_buy", numbers...)
		card := h.cardIn(approvals)
		text := card.text()
		if !strings.Contains(text, "and 110 more, 120 in all") || !strings.Contains(text, "attached file") || !card.live() {
			t.Errorf("got %s, want a word on what is not shown", text)
		}
		file := card.files["order-sb-0001.txt"]
		for _, n := range numbers {
			if !strings.Contains(file, n) {
				t.Errorf("got no %s in the file", n)
			}
		}
	})
}

// TestCardFollows holds that a decision made anywhere shows on the card.
func TestCardFollows(t *testing.T) {
	t.Parallel()
	timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		h.elsewhere("line_buy", line(1).Number)
		card := h.cardIn(approvals)
		h.press(bob(), card.control(t, "Buy"), false)
		card = h.cardIn(approvals)
		if !strings.Contains(card.text(), "Done") || card.live() {
			t.Errorf("got %s, want the receipt", card.text())
		}
		edits := card.edited
		time.Sleep(time.Hour)
		if card := h.cardIn(approvals); card.edited != edits {
			t.Errorf("got %d more edits of a card that did not change", card.edited-edits)
		}
	})
}

// TestCardInTheChannelOfTheRequest holds where cards go without a channel for
// approvals.
func TestCardInTheChannelOfTheRequest(t *testing.T) {
	t.Parallel()
	timely(t, func(h *harness) { h.c.ApprovalsChannel = "" }, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		h.elsewhere("line_buy", line(9).Number)
		synctest.Wait()
		if n := len(h.rest.in(general)) + len(h.rest.in(approvals)); n != 0 {
			t.Errorf("got %d messages, want no card of what came from elsewhere", n)
		}
		for range 3 { // the same request is the same order, with one card
			if r := h.slash(alice(), "line buy", "numbers", line(1).Number); len(r.more) != 0 || !strings.Contains(r.said(), "<#"+general+">") {
				t.Errorf("got %s, want a pointer in private", r.said())
			}
		}
		card := h.cardIn(general)
		h.press(bob(), card.control(t, "Buy"), false)
		if card := h.cardIn(general); card.live() {
			t.Errorf("got %s, want the receipt", card.text())
		}
	})
}

// TestCardThatDiscordDidNotTake holds that no outcome is lost: the card is
// made good later, and after a restart too.
func TestCardThatDiscordDidNotTake(t *testing.T) {
	t.Parallel()
	for _, err := range []error{gateway.ErrUnavailable, gateway.ErrBusy, gateway.ErrForbidden, context.DeadlineExceeded} {
		synctest.Test(t, func(t *testing.T) {
			h := newHarnessAt(t, time.Now, func(h *harness) { h.c.ApprovalsChannel, h.c.Log = "", zerolog.Nop() })
			stop := h.running(t)
			h.rest.failing(func(what, _ string) error {
				if what == "post" || what == "edit" {
					return fmt.Errorf("%s: %w", what, err)
				}
				return nil
			})
			h.slash(alice(), "line buy", "numbers", line(1).Number)
			time.Sleep(10 * time.Minute)
			stop()
			h.restart()
			h.rest.failing(nil)
			stop = h.running(t)
			card := h.cardIn(general)
			h.rest.failing(func(what, _ string) error {
				if what == "edit" {
					return fmt.Errorf("edit: %w", err)
				}
				return nil
			})
			h.press(bob(), card.control(t, "Buy"), false)
			if card := h.cardIn(general); !card.live() {
				t.Error("got an edit that failed")
			}
			h.rest.failing(nil)
			time.Sleep(2 * time.Minute)
			if card := h.cardIn(general); card.live() || !strings.Contains(card.text(), "Done") {
				t.Errorf("%v: got %s, want the receipt", err, card.text())
			}
			stop()
		})
	}
}

// TestDeletedCard holds that a card which somebody deleted is posted anew
// while its order is open, and not missed afterwards.
func TestDeletedCard(t *testing.T) {
	t.Parallel()
	timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		h.Switch(needing(2))
		h.elsewhere("line_buy", line(1).Number)
		h.rest.remove(h.cardIn(approvals).id)
		h.press(bob(), approveIt, false)
		card := h.cardIn(approvals)
		if !card.live() || !strings.Contains(card.text(), "bob") {
			t.Errorf("got %s, want the card with the approval", card.text())
		}
		h.rest.remove(card.id)
		h.press(carol(), approveIt, false)
		time.Sleep(time.Hour)
		if list := h.rest.in(approvals); len(list) != 0 {
			t.Errorf("got %d messages, want none of an order that is over", len(list))
		}
		if behind, _ := h.Behind(t.Context(), 0, 10); len(behind) != 0 {
			t.Errorf("got %d cards that are behind, want none", len(behind))
		}
	})
}

// TestCardThatDiscordRefuses holds that a card which can't be drawn is there
// nevertheless.
func TestCardThatDiscordRefuses(t *testing.T) {
	t.Parallel()
	timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		refused := 0
		h.rest.failing(func(what, _ string) error {
			if what == "post" && refused == 0 {
				refused++
				return fmt.Errorf("post: %w", gateway.ErrInvalid)
			}
			return nil
		})
		h.elsewhere("line_buy", line(1).Number)
		if card := h.cardIn(approvals); card.live() || !strings.Contains(card.text(), "did not take") {
			t.Errorf("got %s, want a short card that decides nothing", card.text())
		}
	})
}

// TestCardsDoNotWaitForEachOther holds a slow edit of one order while others
// go on.
func TestCardsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		h.rest.mu.Lock()
		h.rest.hold = func(what, _ string) {
			if what == "post" || what == "edit" {
				time.Sleep(500 * time.Millisecond)
			}
		}
		h.rest.mu.Unlock()
		for n := range 6 {
			h.elsewhere("line_buy", line(n).Number)
		}
		time.Sleep(600 * time.Millisecond)
		synctest.Wait()
		if n := len(h.rest.in(approvals)); n != 6 {
			t.Errorf("got %d cards after 0.6 s, want 6", n)
		}
	})
}

// TestTokenRefused holds that the loops end where nothing can be done.
func TestTokenRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarnessAt(t, time.Now)
		h.rest.failing(func(what, _ string) error {
			if what == "post" {
				return fmt.Errorf("post: %w", gateway.ErrUnauthorized)
			}
			return nil
		})
		ended := make(chan error, 1)
		go func() { ended <- h.bot.Start(t.Context()) }()
		synctest.Wait()
		h.elsewhere("line_buy", line(1).Number)
		select {
		case err := <-ended:
			if err == nil {
				t.Error("got no error, want one")
			}
		case <-time.After(time.Minute):
			t.Error("got no end")
		}
	})
}

// TestRegistration holds that commands are put only where they differ.
func TestRegistration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarnessAt(t, time.Now, func(h *harness) { h.c.Guilds = []string{"901", guild} })
		h.rest.failing(func(what, g string) error {
			if what == "commands" && g == "901" {
				return fmt.Errorf("commands: %w", gateway.ErrForbidden)
			}
			return nil
		})
		for range 3 {
			h.running(t)()
			h.restart()
		}
		if h.rest.puts != 1 || len(h.rest.commands[guild]) != 3 {
			t.Errorf("got %d registrations, want 1 in the guild that lets us", h.rest.puts)
		}
		h.rest.commands[guild][0].Options[0].Description = "another"
		h.rest.commands[guild] = append(h.rest.commands[guild], &discordgo.ApplicationCommand{Name: "old", Type: discordgo.UserApplicationCommand})
		var log strings.Builder
		h.c.Log = zerolog.New(&log)
		h.restart()
		h.running(t)()
		if h.rest.puts != 2 || !strings.Contains(log.String(), `["~line buy","-old"]`) {
			t.Errorf("got %d registrations, log %s", h.rest.puts, log.String())
		}
	})
}

// TestAudit holds that every entry is announced once and in order, whatever
// fails and is restarted, and the head once a day.
func TestAudit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarnessAt(t, time.Now, func(h *harness) { h.c.AuditChannel = auditing })
		h.elsewhere("line_buy", line(1).Number)
		time.Sleep(30 * time.Minute) // within the hour before the start
		stop := h.running(t)
		h.rest.failing(func(_, channel string) error {
			if channel == auditing {
				return fmt.Errorf("post: %w", gateway.ErrUnavailable)
			}
			return nil
		})
		h.press(bob(), approveIt, false) // has expired by then
		h.elsewhere("line_buy", line(2).Number)
		h.press(bob(), "v1:approve:sb-0002", false)
		time.Sleep(time.Minute)
		stop()
		h.rest.failing(nil)
		h.restart()
		stop = h.running(t)
		time.Sleep(30 * time.Second)
		stop()
		var b strings.Builder
		for _, m := range h.rest.in(auditing) {
			if m.flags&discordgo.MessageFlagsSuppressEmbeds == 0 {
				t.Error("got a line whose links are unfurled")
			}
			b.WriteString(m.text())
		}
		golden.Check(t, "audit.txt", []byte(b.String()))
		before := len(h.rest.in(auditing))
		h.restart()
		stop = h.running(t)
		time.Sleep(72 * time.Hour)
		stop()
		if n := len(h.rest.in(auditing)) - before; n != 3 {
			t.Errorf("got %d more lines in three days, want the head of each", n)
		}
	})
}

// TestAuditSkipsTheOld holds that a trail of years is not told anew.
func TestAuditSkipsTheOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarnessAt(t, time.Now, func(h *harness) { h.c.AuditChannel = auditing })
		for n := range 120 {
			h.elsewhere("line_buy", line(n).Number)
		}
		time.Sleep(2 * time.Hour)
		stop := h.running(t)
		h.elsewhere("line_buy", "+1")
		time.Sleep(time.Minute)
		stop()
		if n := len(h.rest.in(auditing)); n != 2 {
			t.Errorf("got %d lines, want the new one and the head", n)
		}
	})
}

// TestFaultsLookLikeWhatTheyAre holds the edge of every kind of notice.
func TestFaultsLookLikeWhatTheyAre(t *testing.T) {
	t.Parallel()
	for _, code := range fault.Codes() {
		h := newHarness(t)
		f := fault.New(code, "it is %s", code)
		f.RetryAfter = 1500 * time.Millisecond
		h.Switch(refusing(f))
		said := h.slash(alice(), "line buy", "numbers", line(1).Number).said()
		want := map[fault.Code]string{
			fault.Conflict: "#99AAB5", fault.Expired: "#99AAB5", fault.Forbidden: "#99AAB5",
			fault.Unavailable: "#ED4245", fault.Internal: "#ED4245", fault.UnknownOutcome: "#ED4245", fault.Unauthorized: "#ED4245",
		}[code]
		if !strings.Contains(said, want) {
			t.Errorf("%s: got %s, want %s", code, said, want)
		}
	}
}
