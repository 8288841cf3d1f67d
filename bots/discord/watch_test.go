package discord_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/discord/gateway"
	"didops/internal/money"
	"didops/internal/testing/fixture"
	"didops/internal/testing/golden"
	"didops/internal/watch"
)

// hits is a feed of what watches found: messages that are to be sent in turn.
type hits struct {
	mu      sync.Mutex
	due     []watch.News
	begun   int
	sent    []string // ids of messages
	refused []string
}

func (f *hits) Due(context.Context) ([]watch.Watch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []watch.Watch
	for _, n := range f.due {
		list = append(list, n.Watch)
	}
	return list, nil
}

func (f *hits) Begin(_ context.Context, id string) (watch.News, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.due {
		if f.due[i].Watch.ID == id {
			f.begun++
			n := f.due[i]
			f.due[i].Again = true
			return n, true, nil
		}
	}
	return watch.News{}, false, nil
}

func (f *hits) done(id string, list *[]string, what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*list = append(*list, what)
	for i := range f.due {
		if f.due[i].Watch.ID == id {
			f.due = append(f.due[:i:i], f.due[i+1:]...)
			return
		}
	}
}

// told returns the ids of the messages that are sent.
func (f *hits) told() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sent)
}

func (f *hits) turnedDown() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.refused)
}

func (f *hits) tries() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.begun
}

func (f *hits) Sent(_ context.Context, n watch.News, message string) error {
	f.done(n.Watch.ID, &f.sent, message)
	return nil
}

func (f *hits) Refused(_ context.Context, n watch.News, why string) error {
	f.done(n.Watch.ID, &f.refused, why)
	return nil
}

func (f *hits) Changed(ctx context.Context) { <-ctx.Done() }

// news is a message of a watch that found so many numbers, the last of which is
// gone if there are several.
func news(id, place string, count int) watch.News {
	begun := fixture.Moment()
	n := watch.News{Currency: "USD", Watch: watch.Watch{
		ID: id, Name: "gulf *mobile*", Words: `country AE, type mobile, description "a *b*"`, Place: place,
		Until: begun.Add(720 * time.Hour), Sending: watch.Sending{Batch: 3, Begun: begun},
	}}
	needed := true
	for i := range count {
		h := watch.Hit{
			Watch: id, Seq: i + 1, Found: begun,
			Offer: watch.Offer{
				Number: line(i).Number, Country: "AE", Type: "mobile", Features: []string{"voice", "sms"}, MonthlyFee: money.MustParse(fmt.Sprintf("4.%02d", i)),
				SetupFee: money.MustParse("1"), Documents: &needed, Vendor: "Gulf @everyone",
			},
			Kind: watch.Kind{Median: money.MustParse("6.50"), Lowest: money.MustParse("3.10"), Days: 30},
		}
		if i > 0 && i == count-1 {
			h.Ended = begun.Add(time.Hour)
		}
		n.Hits = append(n.Hits, h)
	}
	return n
}

func watching(f *hits) func(*harness) {
	return func(h *harness) { h.c.Watches, h.c.WatchList, h.c.Log = f, "line_find", zerolog.Nop() }
}

// TestHits holds what a message about a watch says, and that it is sent once.
func TestHits(t *testing.T) {
	t.Parallel()
	for name, count := range map[string]int{"one": 1, "some": 4, "many": 40} {
		f := &hits{due: []watch.News{news("w-abcdefghij", general, count)}}
		timely(t, watching(f), func(t *testing.T, h *harness) { //nolint:thelper // the test itself
			time.Sleep(time.Hour)
			m := h.cardIn(general)
			golden.Check(t, "hits/"+name+".json", m.json(t))
			if len(f.told()) != 1 || f.told()[0] != m.id || f.tries() != 1 {
				t.Errorf("got %v sent, want %s, once", f.told(), m.id)
			}
			if file := m.files["found.txt"]; count > 5 && strings.Count(file, "+9715") != count {
				t.Errorf("got %s, want all %d in the file", file, count)
			}
		})
	}
}

// TestHitIsAskedFor holds that the control of a hit makes an order of whoever
// may ask for one, also after a restart, and leaves the message as it is.
func TestHitIsAskedFor(t *testing.T) {
	t.Parallel()
	f := &hits{due: []watch.News{news("w-abcdefghij", general, 2)}}
	timely(t, watching(f), func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		m := h.cardIn(general)
		ask := m.control(t, "Ask to buy")
		if r := h.press(eve(), ask, false); !strings.Contains(r.said(), "<@&"+requesterRole+">") || len(h.All()) != 0 {
			t.Errorf("got %s, want the role that is needed", r.said())
		}
		h.restart()
		r := h.press(alice(), ask, false)
		list := h.All()
		if !r.hidden() || len(list) != 1 || list[0].Lines[0].Number != line(0).Number || list[0].RequestedBy.Name != "alice" {
			t.Fatalf("got %s and %+v, want an order of alice's, in private", r.said(), list)
		}
		if again := h.rest.in(general)[0]; again.edited != 0 {
			t.Errorf("got %s, want the message as it was", again.text())
		}
		if n := strings.Count(fmt.Sprint(m.controls), "v1:ask:"); n != 1 {
			t.Errorf("got %d controls, want none beside what is gone", n)
		}
	})
}

// TestHitOfAnotherExchange holds that a message about a number asks for nothing
// once the exchange, or the account there, is another one, or where it does not
// say of which it is; and does again when the one it is of is back.
func TestHitOfAnotherExchange(t *testing.T) {
	t.Parallel()
	const mine, same = "https://tcxc.example.net alice", ""
	for name, tt := range map[string]struct{ before, after, want string }{
		"real after the sandbox": {"sandbox", mine, "another exchange"},
		"sandbox after the real": {mine, "sandbox", "another exchange"},
		"another account":        {mine, "https://tcxc.example.net bob", "another account"},
		"another place":          {mine, "https://tcxc.example.org alice", "another exchange"},
		"of an earlier version":  {mine, same, "does not say which exchange"},
	} {
		f := &hits{due: []watch.News{news("w-abcdefghij", general, 1)}}
		timely(t, func(h *harness) { watching(f)(h); h.c.Exchange = tt.before }, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
			ask := h.cardIn(general).control(t, "Ask to buy")
			pressed := ask
			if h.c.Exchange = tt.after; tt.after == same {
				h.c.Exchange = tt.before
				pressed = regexp.MustCompile(`,"x":"[^"]*"`).ReplaceAllString(ask, "")
			}
			h.restart()
			r := h.press(alice(), pressed, false)
			if !strings.Contains(r.said(), tt.want) || !strings.Contains(r.said(), "othing was asked for") || len(h.All()) != 0 {
				t.Errorf("%s: got %s and %d orders, want none", name, r.said(), len(h.All()))
			}
			h.c.Exchange = tt.before
			h.restart()
			if r := h.press(alice(), ask, false); len(h.All()) != 1 {
				t.Errorf("%s: got %s, want an order where it is of", name, r.said())
			}
			if strings.Contains(ask, "alice") || strings.Contains(ask, "example") {
				t.Errorf("%s: got %s, want it to tell nothing of the account", name, ask)
			}
		})
	}
}

// TestHitsWhoseAnswerWasLost holds that a message which was posted is found, and
// not posted again.
func TestHitsWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	f := &hits{due: []watch.News{news("w-abcdefghij", general, 1)}}
	f.due[0].Watch.Sending.Begun = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	timely(t, func(h *harness) {
		watching(f)(h)
		lost := 1
		h.rest.lost = func(string) error {
			if lost--; lost == 0 {
				return errors.New("connection reset")
			}
			return nil
		}
	}, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		synctest.Wait()
		if len(f.told()) != 0 {
			t.Fatalf("got %v sent, want the answer to be lost", f.told())
		}
		clear(h.rest.nonces) // Discord forgets them after some minutes
		time.Sleep(time.Hour)
		m := h.cardIn(general)
		if len(f.told()) != 1 || f.told()[0] != m.id || f.tries() != 2 {
			t.Errorf("got %v sent in %d tries, want %s", f.told(), f.tries(), m.id)
		}
	})
}

// TestHitsThatCannotBeTold holds that it is said why, each time, and that other
// watches do not wait for it.
func TestHitsThatCannotBeTold(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fails string
		err   error
		want  string
	}{
		"no such channel":      {"access", gateway.ErrNoChannel, "there is no such channel"},
		"not seen":             {"access", gateway.ErrForbidden, "View Channel"},
		"refused":              {"post", gateway.ErrForbidden, "that is not allowed there"},
		"not accepted":         {"post", gateway.ErrInvalid, "the message is not accepted as it is"},
		"gone in the meantime": {"post", gateway.ErrNoChannel, "the place"},
	} {
		f := &hits{due: []watch.News{news("w-aaaaaaaaaa", "13", 1), news("w-bbbbbbbbbb", general, 1)}}
		timely(t, func(h *harness) {
			watching(f)(h)
			h.rest.failing(func(what, channel string) error {
				if what == tt.fails && channel == "13" {
					return fmt.Errorf("%s: %w", what, tt.err)
				}
				return nil
			})
		}, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
			time.Sleep(time.Hour)
			if len(f.turnedDown()) != 1 || !strings.Contains(f.turnedDown()[0], tt.want) || len(f.told()) != 1 {
				t.Errorf("%s: got %v refused and %v sent, want %q and the other", name, f.turnedDown(), f.told(), tt.want)
			}
			if n := len(h.rest.in("13")); n != 0 {
				t.Errorf("%s: got %d messages", name, n)
			}
		})
	}
}

// TestWiredHits sends a message about a watch through the judge of Discord's own
// description, and makes an order of it.
func TestWiredHits(t *testing.T) {
	t.Parallel()
	f := &hits{}
	place := "1200000000000000009"
	f.due = append(f.due, news("w-abcdefghij", place, 40))
	w := newWired(t, watching(f))
	m := w.MessageWhere(t, place, has("40 numbers came up"))
	if len(m.Files) != 1 || len(m.Live("v1:ask:")) != 5 {
		t.Errorf("got %s with %d files, want five rows and the rest in a file", m.Text(), len(m.Files))
	}
	w.Press(t, w.alice, m, m.Live("v1:ask:")[1].CustomID).MessageWhere(t, has("sb-0001"))
	w.card(t, "sb-0001")
}
