package discord_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/discord/gateway"
)

// trail returns the text of the channel of the trail, and how often an entry is
// in it.
func (h *harness) trail() (text string, times func(entry int) int) {
	var b strings.Builder
	for _, m := range h.rest.in(auditing) {
		b.WriteString(m.content + "\n")
	}
	return b.String(), func(entry int) int { return strings.Count(b.String(), fmt.Sprintf("`%d` <t:", entry)) }
}

// audited runs a test on a bot that announces the trail, with orders that are
// placed at once.
func audited(t *testing.T, orders int, begin func(*harness), test func(t *testing.T, h *harness, stop func())) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := newHarnessAt(t, time.Now, func(h *harness) { h.c.AuditChannel, h.c.Log = auditing, zerolog.Nop() })
		begin(h)
		for n := range orders {
			h.elsewhere("line_buy", line(n).Number)
		}
		test(t, h, h.running(t))
	})
}

// TestAuditIsGathered holds that many entries make few messages of what has
// room, each once and in order.
func TestAuditIsGathered(t *testing.T) {
	t.Parallel()
	audited(t, 100, func(*harness) {}, func(t *testing.T, h *harness, _ func()) { //nolint:thelper // the test itself
		time.Sleep(30 * time.Second)
		text, times := h.trail()
		last := -1
		for n := range 100 {
			if got := times(n + 1); got != 1 {
				t.Errorf("got entry %d %d times, want it once", n+1, got)
			}
			at := strings.Index(text, fmt.Sprintf("`%d` <t:", n+1))
			if at < last {
				t.Errorf("got entry %d before the one ahead of it", n+1)
			}
			last = at
		}
		if got := len(h.rest.in(auditing)); got > 8 {
			t.Errorf("got %d messages, want a few", got)
		}
		for _, m := range h.rest.in(auditing) {
			if len(m.content) > 2000 {
				t.Errorf("got a message of %d characters", len(m.content))
			}
		}
	})
}

// TestAuditWhoseAnswerIsLost ends the process after a message was posted, and
// before it knew: another one posts the same message, which is one to Discord,
// though more has happened since.
func TestAuditWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	lost := func(h *harness) {
		h.rest.lost = func(string) error { return fmt.Errorf("post: %w", gateway.ErrUnavailable) }
	}
	audited(t, 3, lost, func(t *testing.T, h *harness, stop func()) { //nolint:thelper // the test itself
		time.Sleep(time.Second)
		stop()
		if n := len(h.rest.in(auditing)); n != 1 {
			t.Fatalf("got %d messages, want the one whose answer was lost", n)
		}
		h.elsewhere("line_buy", line(50).Number)
		h.rest.mu.Lock()
		h.rest.lost = nil
		h.rest.mu.Unlock()
		h.restart()
		h.running(t)
		time.Sleep(30 * time.Second)
		_, times := h.trail()
		for n := range 4 {
			if got := times(n + 1); got != 1 {
				t.Errorf("got entry %d %d times, want it once", n+1, got)
			}
		}
	})
}

// TestAuditLineThatIsNotAccepted holds that the lines beside one that Discord
// does not take are heard.
func TestAuditLineThatIsNotAccepted(t *testing.T) {
	t.Parallel()
	refuse := func(h *harness) { h.rest.refuses = "`2` <t:" }
	audited(t, 4, refuse, func(t *testing.T, h *harness, _ func()) { //nolint:thelper // the test itself
		time.Sleep(30 * time.Second)
		_, times := h.trail()
		for n, want := range []int{1, 0, 1, 1} {
			if got := times(n + 1); got != want {
				t.Errorf("got entry %d %d times, want %d", n+1, got, want)
			}
		}
	})
}

// TestBacklog holds that it is told how much is behind, and that what nobody
// can mend, because an order was asked for where the bot is not let in any more,
// alarms nobody.
func TestBacklog(t *testing.T) {
	t.Parallel()
	failing := func(h *harness) {
		h.rest.fail = func(what, _ string) error {
			if what == "post" || what == "edit" {
				return fmt.Errorf("%s: %w", what, gateway.ErrBusy)
			}
			return nil
		}
	}
	audited(t, 3, failing, func(t *testing.T, h *harness, _ func()) { //nolint:thelper // the test itself
		time.Sleep(time.Minute)
		if err := h.bot.Ready(); err != nil {
			t.Errorf("got %v after a minute, want no word of a burst", err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		b := h.bot.Backlog()
		if b.Cards != 3 || b.Oldest != 3*time.Minute || b.Audit != 3*time.Minute {
			t.Errorf("got %+v, want 3 cards and the trail, 3 minutes behind", b)
		}
		if err := h.bot.Ready(); err == nil || !strings.Contains(err.Error(), "3, the first for 3m0s") {
			t.Errorf("got %v, want how many and for how long", err)
		}
		h.rest.failing(nil)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if b := h.bot.Backlog(); b.Cards != 0 || b.Oldest != 0 || b.Audit != 0 || h.bot.Ready() != nil {
			t.Errorf("got %+v, %v, want nothing behind", b, h.bot.Ready())
		}
	})
	timely(t, func(h *harness) { h.c.ApprovalsChannel, h.c.Log = "", zerolog.Nop() }, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		h.slash(alice(), "line buy", "numbers", line(1).Number)
		synctest.Wait()
		h.rest.failing(func(what, _ string) error {
			if what == "edit" {
				return fmt.Errorf("edit: %w", gateway.ErrForbidden)
			}
			return nil
		})
		h.approved("sb-0001")
		time.Sleep(time.Hour)
		synctest.Wait()
		if b := h.bot.Backlog(); b.Cards != 0 || h.bot.Ready() != nil {
			t.Errorf("got %+v, %v, want nothing that nobody can mend", b, h.bot.Ready())
		}
	})
}
