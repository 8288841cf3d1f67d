package store_test

import (
	"testing"

	"didops/internal/order"
)

// cardsOf returns what the store says of cards.
func cardsOf(t *testing.T, s order.CardStore, ask func(order.CardTx) ([]order.CardRow, error)) []order.CardRow {
	t.Helper()
	list := []order.CardRow{}
	read(t, s, func(tx order.CardTx) error {
		got, err := ask(tx)
		list = append(list, got...)
		return err
	})
	return list
}

// TestCards holds which cards are behind: those noted until they are right,
// whatever became of the order, and of the others the open ones and those that
// something happened to after a moment.
func TestCards(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		at := func(r order.Record, entry int64) order.Record {
			r.Entry = entry
			return r
		}
		expired := at(pending("o-5", 4, "5"), 5)
		expired.Phase = order.PhaseExpired
		insert(
			t, s, at(pending("o-1", 0, "1"), 1), at(ended(pending("o-2", 1, "2"), order.LineDone), 2),
			at(ended(pending("o-3", 2, "3"), order.LineDone), 3), at(ended(pending("o-4", 3, "4"), order.LineFailed), 4), expired,
		)
		behind := func(what string, after int64, want ...string) {
			t.Helper()
			got := []string{}
			for _, c := range cardsOf(t, s.Cards(), func(tx order.CardTx) ([]order.CardRow, error) { return tx.Behind(exchange, after, 10) }) {
				got = append(got, c.Order)
			}
			equal(t, what, got, append([]string{}, want...))
		}
		save := func(c order.CardRow) {
			t.Helper()
			write(t, s.Cards(), func(tx order.CardTx) error { return tx.SaveCard(c) })
		}
		behind("not noted, after all", 5, "o-1")
		behind("not noted, after the second", 2, "o-1", "o-3", "o-4")
		behind("only what is noted", -1)
		note := func(tx order.CardTx) error { return tx.NoteCard(order.CardRow{Order: "o-5", Place: "here"}) }
		write(t, s.Cards(), note)
		save(order.CardRow{Order: "o-2", Place: "there", Tried: true, Shown: 2})
		behind("noted", -1, "o-2", "o-5")
		save(order.CardRow{Order: "o-2", Place: "there", Message: "9", Shown: 2})
		save(order.CardRow{Order: "o-1", Place: "there", Message: "8", Shown: 1})
		behind("right", -1, "o-5")
		equal(t, "open", cardsOf(t, s.Cards(), func(tx order.CardTx) ([]order.CardRow, error) { return tx.OpenCards(exchange, 10) }),
			[]order.CardRow{{Order: "o-1", Place: "there", Message: "8", Shown: 1}})
		write(t, s.Cards(), func(tx order.CardTx) error { return tx.DoubtCard("o-2") })
		behind("in doubt", -1, "o-2", "o-5")
		write(t, s.Cards(), func(tx order.CardTx) error { return tx.NoteCard(order.CardRow{Order: "o-2", Place: "elsewhere"}) })
		equal(t, "one", cardsOf(t, s.Cards(), func(tx order.CardTx) ([]order.CardRow, error) {
			kept, err := tx.Card("o-2")
			none, err2 := tx.Card("o-3")
			if err == nil {
				err = err2
			}
			return []order.CardRow{kept, none}, err
		}), []order.CardRow{{Order: "o-2", Place: "there", Message: "9"}, {}})
		behind("of another exchange", -1, "o-2", "o-5")
		if other := cardsOf(t, s.Cards(), func(tx order.CardTx) ([]order.CardRow, error) { return tx.Behind("another", 0, 10) }); len(other) != 0 {
			t.Errorf("got %v of another exchange", other)
		}
	})
}
