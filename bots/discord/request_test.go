package discord_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/discord/gateway"
	"didops/internal/order"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/golden"
)

// quietly is timely without a log, for what goes wrong on purpose.
func quietly(t *testing.T, test func(*testing.T, *harness)) {
	t.Helper()
	timely(t, func(h *harness) { h.c.Log = zerolog.Nop() }, test)
}

// asked lets alice ask for numbers in the general channel, and returns the
// message there that everybody sees.
func (h *harness) asked(t *testing.T, numbers ...string) *shown {
	t.Helper()
	r := h.slash(alice(), "line buy", "numbers", strings.Join(numbers, ","), "reason", "for *everybody*")
	if len(h.rest.in(general)) == 0 {
		t.Fatalf("got %s, want a message to the channel", r.said())
	}
	return h.cardIn(general)
}

// TestRequestBecomesItsOutcome holds what the place of a request is told: that
// there is one, and in the same message what became of it, whatever that is
// and wherever it was decided; without the words of who asked, and once.
func TestRequestBecomesItsOutcome(t *testing.T) {
	t.Parallel()
	for name, changes := range cards() {
		timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
			line := h.asked(t, line(1).Number, line(2).Number, line(3).Number)
			golden.Check(t, "request/asked.json", line.json(t))
			h.Change("sb-0001", changes...)
			line = h.cardIn(general)
			state := h.All()[0].State
			if state == order.Executing {
				if line.edited != 0 {
					t.Errorf("got %s, want the outcome only", line.text())
				}
				return
			}
			if state != order.Pending {
				golden.Check(t, "request/"+name+".json", line.json(t))
			}
			if line.edited > 1 || strings.Contains(line.text(), "everybody") {
				t.Errorf("%s: got %d edits of\n%s", name, line.edited, line.text())
			}
			edits := h.rest.edits
			time.Sleep(time.Hour)
			if h.rest.edits != edits {
				t.Errorf("%s: got %d more edits of what did not change", name, h.rest.edits-edits)
			}
		})
	}
}

// TestManyNumbersInShort holds that a line stays one, of however many numbers.
func TestManyNumbersInShort(t *testing.T) {
	t.Parallel()
	timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		h.asked(t, numbersTo(5)...)
		h.approved("sb-0001")
		if said := h.cardIn(general).text(); !strings.Contains(said, line(2).Number+" and 2 more") || strings.Contains(said, line(3).Number) {
			t.Errorf("got %s, want three of them and how many more", said)
		}
	})
}

// TestRequestAskedTwice holds that the place hears of one order once.
func TestRequestAskedTwice(t *testing.T) {
	t.Parallel()
	timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		for range 3 {
			h.asked(t, line(1).Number)
		}
	})
}

// TestRequestThatCanNotBeWritten holds that the outcome is shown later, after
// a restart too, where the channel was closed when it came.
func TestRequestThatCanNotBeWritten(t *testing.T) {
	t.Parallel()
	for _, err := range []error{gateway.ErrUnavailable, gateway.ErrBusy, gateway.ErrForbidden, context.DeadlineExceeded} {
		synctest.Test(t, func(t *testing.T) {
			h := newHarnessAt(t, time.Now, func(h *harness) { h.c.Log = zerolog.Nop() })
			stop := h.running(t)
			h.asked(t, line(1).Number)
			h.rest.failing(func(what, channel string) error {
				if what == "edit" && channel == general {
					return fmt.Errorf("edit: %w", err)
				}
				return nil
			})
			h.approved("sb-0001")
			time.Sleep(10 * time.Minute)
			stop()
			if said := h.cardIn(general); said.edited != 0 {
				t.Fatal("got an edit that failed")
			}
			h.restart()
			stop = h.running(t)
			h.rest.failing(nil)
			time.Sleep(2 * time.Minute)
			if said := h.cardIn(general).text(); !strings.Contains(said, "Done: all of it.") {
				t.Errorf("%v: got %s, want the outcome", err, said)
			}
			stop()
		})
	}
}

// TestRequestThatIsGone holds that a message which was deleted is not missed,
// and one that the channel refuses is given up after a week.
func TestRequestThatIsGone(t *testing.T) {
	t.Parallel()
	quietly(t, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		h.rest.remove(h.asked(t, line(1).Number).id)
		h.slash(alice(), "line buy", "numbers", line(2).Number)
		h.approved("sb-0001")
		h.approved("sb-0002")
		left := func(want int) {
			t.Helper()
			synctest.Wait()
			list, err := h.Companions(t.Context(), order.RequestNote, true, 10)
			if err != nil || len(list) != want {
				t.Errorf("got %d that are behind, %v, want %d", len(list), err, want)
			}
		}
		left(0)
		if n := len(h.rest.in(general)); n != 1 {
			t.Errorf("got %d messages, want the one that is left", n)
		}
		h.rest.failing(func(what, channel string) error {
			if what == "edit" && channel == general {
				return fmt.Errorf("edit: %w", gateway.ErrForbidden)
			}
			return nil
		})
		h.Change("sb-0002", fakeorders.To(order.Failed, order.LineFailed, "Failed."))
		time.Sleep(24 * time.Hour)
		left(1)
		time.Sleep(8 * 24 * time.Hour)
		left(0)
	})
}

// TestRequestWhoseIdWasLost holds that a message is found again which was sent
// and not noted, because the process ended in between, and that none is posted
// in its place where it never came.
func TestRequestWhoseIdWasLost(t *testing.T) {
	t.Parallel()
	for _, came := range []bool{true, false} {
		timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
			line := h.asked(t, line(1).Number)
			if !came {
				h.rest.remove(line.id)
			}
			c, err := h.Card(t.Context(), "sb-0001")
			if err != nil {
				t.Fatal(err)
			}
			c.Entry, c.Place, c.Message = 0, general, ""
			if err := h.KeepCompanion(t.Context(), order.RequestNote, c); err != nil {
				t.Fatal(err)
			}
			h.approved("sb-0001")
			time.Sleep(2 * time.Minute)
			synctest.Wait()
			list := h.rest.in(general)
			if came && (len(list) != 1 || !strings.Contains(list[0].text(), "Done: all of it.")) || !came && len(list) != 0 {
				t.Errorf("got %d messages, want the one that came, with the outcome", len(list))
			}
		})
	}
}

// TestRequestBeforeItsChannelClosed holds that who asked right before the
// channel of approvals closed is not sent there for good: the message says how
// it stands, and that it is well again.
func TestRequestBeforeItsChannelClosed(t *testing.T) {
	t.Parallel()
	quietly(t, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		h.asked(t, line(1).Number)
		h.denying("access", "post", "edit")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if said := h.cardIn(general).text(); !strings.Contains(said, "can't be posted in <#"+approvals+">") || !strings.Contains(said, "slip accept sb-0001") {
			t.Errorf("got %s, want the truth and another way", said)
		}
		h.denying()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if said := h.cardIn(general).text(); !strings.Contains(said, "It is decided at its card in <#"+approvals+">") {
			t.Errorf("got %s, want the card", said)
		}
	})
}
