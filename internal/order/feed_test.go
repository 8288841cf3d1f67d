package order_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/identity"
	"didops/internal/order"
)

// TestFeed follows two orders as a chat would: which cards are behind, what is
// new, and how far a reader has come.
func TestFeed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "orders.db")
	inBubble(t, func(tb testing.TB) *harness { tb.Helper(); return onDisk(tb, path) }, func(w *harness) {
		t := w.t
		d, other := w.engine("a"), w.engine("b")
		behind := func(want ...string) {
			t.Helper()
			got := []string{}
			cards, err := other.Feed().Behind(t.Context(), 0, 10)
			for _, c := range cards {
				got = append(got, strings.TrimSpace(fmt.Sprint(c.Order.ID, " ", c.Order.State, " ", c.Place, c.Message)))
			}
			if diff := cmp.Diff(append([]string{}, want...), got); diff != "" || err != nil {
				t.Errorf("behind: %v, -want +got\n%s", err, diff)
			}
		}
		behind()
		if n, hash, err := d.Head(t.Context()); n != 0 || hash != "" || err != nil {
			t.Errorf("no store: got head %d %q %v", n, hash, err)
		}
		w.x.offer("9711", "9712")
		first := d.place(alice(), "purchase", "9711")
		second := d.place(alice(), "purchase", "9712")
		behind(first.ID+" pending", second.ID+" pending")
		cards, err := d.Feed().Behind(t.Context(), 0, 1)
		if err != nil || len(cards) != 1 {
			t.Fatal(cards, err)
		}
		card := cards[0]
		card.Place, card.Message = "channel", "message"
		if err := d.Feed().Keep(t.Context(), card); err != nil {
			t.Fatal(err)
		}
		behind(second.ID + " pending")
		d.decide(alice(), first, false)
		d.decide(alice(), second, false) // over before it had a card
		behind(first.ID + " rejected channelmessage")

		news, last, err := d.Feed().News(t.Context(), 1, 2)
		if err != nil || last != 3 || len(news) != 2 || news[0].Order != second.ID || news[1].Event != "rejected" {
			t.Errorf("got news %+v to %d %v", news, last, err)
		}
		head, hash, err := d.Head(t.Context())
		if rest, _, _ := d.Feed().News(t.Context(), 3, 9); err != nil || head != 4 || len(rest) != 1 || rest[0].Hash != hash {
			t.Errorf("got head %d %q %v after %+v", head, hash, err, rest)
		}
		if err := d.Feed().SetMark(t.Context(), "reader", 3); err != nil {
			t.Fatal(err)
		}
		for reader, want := range map[string]int64{"reader": 3, "another": 0} {
			if got, err := other.Feed().Mark(t.Context(), reader); got != want || err != nil {
				t.Errorf("%s: got %d %v, want %d", reader, got, err, want)
			}
		}
	})
}

// TestNobodyIsSentToACardThatIsNotThere holds that where orders can't be shown
// people are told the other way, by whatever process, until they can be again.
func TestNobodyIsSentToACardThatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, world := range map[string]func(testing.TB) *harness{
		"sqlite":   func(tb testing.TB) *harness { tb.Helper(); return onDisk(tb, filepath.Join(tb.TempDir(), "orders.db")) },
		"postgres": onPostgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			defer w.close()
			w.may(func(p *order.Policy) {
				p.Realms = map[string]order.RealmPolicy{identity.OS: {Approves: true}, identity.Discord: {Approves: true, Cards: true}}
			})
			bot, assistant := w.engine("bot"), w.engine("assistant")
			w.x.offer("9711", "9712", "9713")
			ways := func(number string) string {
				t.Helper()
				w.set.Add(int64(1100 * time.Millisecond)) // within what a database lets clocks differ
				return strings.Join(assistant.place(alice(), "purchase", number).ApproveAt, "\n")
			}
			if said := ways("9711"); !strings.Contains(said, "press the button on its card") {
				t.Errorf("got %s, want the card", said)
			}
			if err := bot.Feed().SetMark(t.Context(), order.ClosedMark(identity.Discord), 1); err != nil {
				t.Fatal(err)
			}
			if said := ways("9712"); strings.Contains(said, "card") || !strings.Contains(said, "/order approve id:o-") {
				t.Errorf("got %s, want the command", said)
			}
			if err := bot.Feed().SetMark(t.Context(), order.ClosedMark(identity.Discord), 0); err != nil {
				t.Fatal(err)
			}
			if said := ways("9713"); !strings.Contains(said, "press the button on its card") {
				t.Errorf("got %s, want the card again", said)
			}
		})
	}
}
