package discord_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/chat"
	"didops/bots/discord/gateway"
	"didops/internal/order"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/golden"
)

// telling makes a bot tell who asked.
func telling(how chat.Notify) func(*harness) {
	return func(h *harness) { h.c.Notify, h.c.Log = how, zerolog.Nop() }
}

// told returns the messages by which who asked was told in a channel.
func (h *harness) told(channel string) []shown {
	h.tb.Helper()
	synctest.Wait()
	var list []shown
	for _, m := range h.rest.in(channel) {
		if strings.Contains(m.text(), "what became of it") {
			list = append(list, m)
		}
	}
	return list
}

// once fails the test unless alice was told once in a channel, by a message
// that calls exactly her, and returns that.
func (h *harness) once(t *testing.T, channel string) shown {
	t.Helper()
	list := h.told(channel)
	if len(list) != 1 {
		t.Fatalf("got %d messages to who asked in %s, want 1", len(list), channel)
	}
	if want := "[<@1>]"; channel != "to 1" && fmt.Sprint(list[0].called) != want {
		t.Errorf("got %v called, want %s", list[0].called, want)
	}
	return list[0]
}

// TestRequesterHears holds that who asked hears what became of an order once,
// in whatever way it ended, and not before it has.
func TestRequesterHears(t *testing.T) {
	t.Parallel()
	for name, changes := range cards() {
		for _, how := range []chat.Notify{chat.NotifyReply, chat.NotifyDirect} {
			timely(t, telling(how), func(t *testing.T, h *harness) { //nolint:thelper // the test itself
				asked := h.asked(t, line(1).Number, line(2).Number, line(3).Number)
				h.Change("sb-0001", changes...)
				time.Sleep(time.Hour)
				channel := map[chat.Notify]string{chat.NotifyReply: general, chat.NotifyDirect: "to 1"}[how]
				if state := h.All()[0].State; state == order.Pending || state == order.Executing {
					if n := len(h.told(general)) + len(h.told("to 1")); n != 0 && name == "executing" {
						t.Errorf("%s: got %d messages of what goes on", name, n)
					}
					return
				}
				m := h.once(t, channel)
				if how == chat.NotifyReply && m.answers != asked.id || how == chat.NotifyDirect && (m.answers != "" || len(h.told(general)) > 0) {
					t.Errorf("%s: got an answer to %q in %s", name, m.answers, channel)
				}
				golden.Check(t, "told/"+name+"_"+string(how)+".json", m.json(t))
			})
		}
	}
}

// TestRequesterHearsOnce holds that a late truth is shown on the message that
// told, which calls nobody anew, and that a restart tells nothing again.
func TestRequesterHearsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarnessAt(t, time.Now, telling(chat.NotifyReply))
		stop := h.running(t)
		h.asked(t, line(1).Number)
		h.Change("sb-0001", fakeorders.To(order.Unknown, order.LineUnknown, "Not known."))
		first := h.once(t, general)
		stop()
		h.restart()
		stop = h.running(t)
		h.Change("sb-0001", fakeorders.To(order.Completed, order.LineDone, "Done: 1 number bought."))
		if m := h.once(t, general); m.id != first.id || m.edited == 0 || !strings.Contains(m.text(), "Done: 1 number bought.") {
			t.Errorf("got %s, want the truth on the same message", m.text())
		}
		stop()
	})
}

// TestRequesterWhoKnows holds that nobody is told of what he did himself, or
// of what ended long ago.
func TestRequesterWhoKnows(t *testing.T) {
	t.Parallel()
	timely(t, telling(chat.NotifyReply), func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		h.slash(ann(), "line buy", "numbers", line(1).Number)
		h.press(ann(), "v1:approve:sb-0001", false)
		h.slash(alice(), "line buy", "numbers", line(2).Number)
		h.slash(alice(), "slip cancel", "id", "sb-0002")
		h.slash(alice(), "line buy", "numbers", line(3).Number)
		h.rest.failing(func(what, channel string) error {
			if what == "post" && channel == general {
				return fmt.Errorf("post: %w", gateway.ErrUnavailable)
			}
			return nil
		})
		h.approved("sb-0003")
		time.Sleep(25 * time.Hour)
		h.rest.failing(nil)
		time.Sleep(time.Hour)
		if list := h.told(general); len(list) != 0 {
			t.Errorf("got %d messages, the first %s, want none", len(list), list[0].text())
		}
	})
}

// TestRequesterWhoseAnswerWasLost loses the answer to the post, once at the end
// of a process: there is one message, whether or not Discord still knows the
// nonce.
func TestRequesterWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	for _, forgotten := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := newHarnessAt(t, time.Now, telling(chat.NotifyReply))
			stop := h.running(t)
			h.asked(t, line(1).Number)
			h.rest.mu.Lock()
			h.rest.lost = func(string) error { return fmt.Errorf("post: %w", gateway.ErrUnavailable) }
			h.rest.mu.Unlock()
			h.approved("sb-0001")
			synctest.Wait()
			stop()
			h.rest.mu.Lock()
			h.rest.lost = nil
			if forgotten {
				clear(h.rest.nonces)
			}
			h.rest.mu.Unlock()
			h.restart()
			stop = h.running(t)
			time.Sleep(10 * time.Minute)
			h.once(t, general)
			stop()
		})
	}
}

// TestDirectMessageThatIsRefused holds that it is told where the order was
// asked for, with a word in the log, and to nobody where that is not known.
func TestDirectMessageThatIsRefused(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"direct", "post"} {
		log := &logged{}
		timely(t, func(h *harness) { h.c.Notify, h.c.Log = chat.NotifyDirect, zerolog.New(log) }, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
			h.rest.failing(func(what, channel string) error {
				if what == at && (what == "direct" || channel == "to 1") {
					return fmt.Errorf("%s: %w", what, gateway.ErrForbidden)
				}
				return nil
			})
			h.asked(t, line(1).Number)
			h.approved("sb-0001")
			h.once(t, general)
			if !strings.Contains(log.String(), "a direct message was refused") {
				t.Errorf("got %s, want a word", log)
			}
		})
	}
}

// TestReplyThatIsRefused holds that who asked hears without a reference where
// the bot may write and not answer, and later where it may not write.
func TestReplyThatIsRefused(t *testing.T) {
	t.Parallel()
	timely(t, telling(chat.NotifyReply), func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		refused := 0
		h.rest.failing(func(what, channel string) error {
			if what == "post" && channel == general {
				if refused++; refused != 4 {
					return fmt.Errorf("post: %w", gateway.ErrForbidden)
				}
			}
			return nil
		})
		h.asked(t, line(1).Number)
		h.approved("sb-0001")
		synctest.Wait()
		if len(h.told(general)) != 0 {
			t.Fatal("got a message, want it refused twice")
		}
		time.Sleep(2 * time.Minute)
		if m := h.once(t, general); m.answers != "" || refused != 4 {
			t.Errorf("got an answer to %q at try %d, want none at the fourth", m.answers, refused)
		}
	})
}

// TestRolesAreCalledOnce holds that a new card calls the roles that are named
// for it and can decide, and that neither its edits nor its return do.
func TestRolesAreCalledOnce(t *testing.T) {
	t.Parallel()
	timely(t, func(h *harness) {
		h.roles.Called = []string{approverRole, readerRole}
		h.Switch(needing(2))
	}, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		h.elsewhere("line_buy", line(1).Number)
		card := h.cardIn(approvals)
		if got := fmt.Sprint(card.called); got != "[<@&"+approverRole+">]" {
			t.Errorf("got %s called, want who can decide", got)
		}
		h.rest.remove(card.id)
		h.press(bob(), approveIt, false)
		if card := h.cardIn(approvals); len(card.called) != 0 || !card.live() {
			t.Errorf("got %v called by a card that came back", card.called)
		}
		h.rest.remove(h.cardIn(approvals).id)
		h.denying("post") // what comes back is tried more than once
		h.press(carol(), "v1:terms:sb-0001", true)
		time.Sleep(time.Minute)
		h.denying()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		for _, m := range h.rest.in(approvals) {
			if len(m.called) != 0 {
				t.Errorf("got %v called by a card that came back at the second try", m.called)
			}
		}
		h.Switch(needing(1))
		h.denying("access", "post")
		h.elsewhere("line_buy", line(2).Number)
		h.approved("sb-0002")
		h.denying()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		for _, m := range h.rest.in(approvals) {
			if strings.Contains(m.text(), "sb-0002") && len(m.called) > 0 {
				t.Errorf("got %v called by a card of what is over", m.called)
			}
		}
	})
}
