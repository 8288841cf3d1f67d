package order_test

import (
	"maps"
	"path/filepath"
	"testing"

	"didops/internal/identity"
	"didops/internal/order"
)

// TestCompanionsOfTheFeed follows what is said of an order beside its card:
// noted by one process, kept by another, behind when the order is over, and
// whose it is, by [[people]] too.
func TestCompanionsOfTheFeed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		by        identity.Caller
		requester map[string]string
		own       bool
	}{
		"a joined person, by itself":  {alice(), map[string]string{"os": "alice", "discord": "7"}, true},
		"a joined person, by another": {shell("bob"), map[string]string{"os": "alice", "discord": "7"}, false},
		"the same person elsewhere":   {discord("7"), map[string]string{"os": "alice", "discord": "7"}, true},
		"somebody who is not joined":  {discord("8"), map[string]string{"os": "alice"}, false},
	} {
		path := filepath.Join(t.TempDir(), "orders.db")
		inBubble(t, func(tb testing.TB) *harness { tb.Helper(); return onDisk(tb, path) }, func(w *harness) {
			t := w.t
			w.may(func(p *order.Policy) {
				p.People = nil
				if len(tt.requester) > 1 {
					p.People = []identity.Person{{Name: "Alice", IDs: map[string]string{"os": "alice", "discord": "7", "http": ""}}}
				}
			})
			a, b := w.engine("a"), w.engine("b")
			w.x.offer("9711")
			o := a.place(alice(), "purchase", "9711")
			for _, want := range []bool{true, false} {
				if noted, err := a.Feed().NoteCompanion(t.Context(), order.OutcomeNote, o.ID, "here"); noted != want || err != nil {
					t.Errorf("%s: got noted %t %v, want %t", name, noted, err, want)
				}
			}
			behind := func(waiting bool, want int) order.Card {
				t.Helper()
				list, err := b.Feed().Companions(t.Context(), order.OutcomeNote, waiting, 9)
				if err != nil || len(list) != want {
					t.Fatalf("%s: got %d behind, %v, want %d", name, len(list), err, want)
				}
				return append(list, order.Card{})[0]
			}
			behind(false, 0)
			if c := behind(true, 1); c.Own {
				t.Errorf("%s: got it decided", name)
			}
			a.decide(tt.by, o, false)
			c := behind(false, 1)
			if !maps.Equal(c.Requester, tt.requester) || c.Own != tt.own || c.Place != "here" || c.Shown != 0 {
				t.Errorf("%s: got %v, own %t, in %q", name, c.Requester, c.Own, c.Place)
			}
			c.Message = "9"
			if err := b.Feed().KeepCompanion(t.Context(), order.OutcomeNote, c); err != nil {
				t.Fatal(err)
			}
			behind(false, 0)
			if kept, err := a.Feed().Companion(t.Context(), order.OutcomeNote, o.ID); err != nil || kept.Message != "9" || kept.Shown != kept.Entry {
				t.Errorf("%s: got %q of %d, %v", name, kept.Message, kept.Shown, err)
			}
			if err := a.Feed().DoubtCompanions(t.Context(), order.OutcomeNote); err != nil {
				t.Fatal(err)
			}
			behind(true, 0) // it waits for nobody
		})
	}
}
