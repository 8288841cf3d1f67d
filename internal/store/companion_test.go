package store_test

import (
	"testing"

	"didops/internal/order"
)

// TestCompanions holds which messages beside cards are behind: those of orders
// that are over or unknown and, where that is asked, of those that wait; none
// of what is being carried out, of another kind or of another exchange.
func TestCompanions(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		at := func(r order.Record, entry int64, phase order.Phase) order.Record {
			r.Entry, r.Phase = entry, phase
			return r
		}
		done := at(ended(pending("o-2", 1, "2"), order.LineDone), 2, order.PhaseOver)
		insert(
			t, s, at(pending("o-1", 0, "1"), 1, order.PhasePending), done,
			at(pending("o-3", 2, "3"), 3, order.PhaseExecuting), at(pending("o-4", 3, "4"), 4, order.PhaseExpired),
		)
		for _, id := range []string{"o-1", "o-2", "o-3", "o-4"} {
			write(t, s.Cards(), func(tx order.CardTx) error {
				noted, err := tx.NoteCompanion(order.RequestNote, order.CardRow{Order: id, Place: "here"})
				if !noted && err == nil {
					t.Error("got it there already, want it noted")
				}
				return err
			})
		}
		behind := func(what string, kind order.Companion, waiting bool, want ...string) {
			t.Helper()
			got := []string{}
			for _, c := range cardsOf(t, s.Cards(), func(tx order.CardTx) ([]order.CardRow, error) { return tx.Companions(exchange, kind, waiting, 10) }) {
				got = append(got, c.Order)
			}
			equal(t, what, got, append([]string{}, want...))
		}
		behind("with what waits", order.RequestNote, true, "o-1", "o-2", "o-4")
		behind("without", order.RequestNote, false, "o-2", "o-4")
		behind("of another kind", order.OutcomeNote, true)
		kept := order.CardRow{Order: "o-4", Place: "there", Message: "9", Shown: 4, Tried: true}
		write(t, s.Cards(), func(tx order.CardTx) error {
			if err := tx.SaveCompanion(order.RequestNote, order.CardRow{Order: "o-1", Place: "here", Message: "mo-1", Shown: 1}); err != nil {
				return err
			}
			return tx.SaveCompanion(order.RequestNote, kept)
		})
		behind("two of them right", order.RequestNote, true, "o-2")
		write(t, s.Cards(), func(tx order.CardTx) error {
			if err := tx.DoubtCompanions("another", order.RequestNote); err != nil {
				return err
			}
			noted, err := tx.NoteCompanion(order.RequestNote, order.CardRow{Order: "o-4", Place: "elsewhere"})
			if noted {
				t.Error("got it noted again, want the first")
			}
			return err
		})
		behind("nothing in doubt of another exchange", order.RequestNote, true, "o-2")
		write(t, s.Cards(), func(tx order.CardTx) error { return tx.DoubtCompanions(exchange, order.RequestNote) })
		behind("what waits in doubt", order.RequestNote, true, "o-1", "o-2")
		equal(t, "one, and none", cardsOf(t, s.Cards(), func(tx order.CardTx) ([]order.CardRow, error) {
			one, err := tx.Companion(order.RequestNote, "o-4")
			if err != nil {
				return nil, err
			}
			none, err := tx.Companion(order.OutcomeNote, "o-4")
			return []order.CardRow{one, none}, err
		}), []order.CardRow{kept, {}})
		if other := cardsOf(t, s.Cards(), func(tx order.CardTx) ([]order.CardRow, error) {
			return tx.Companions("another", order.RequestNote, true, 10)
		}); len(other) != 0 {
			t.Errorf("got %v of another exchange", other)
		}
	})
}
