package store_test

import (
	"fmt"
	"testing"

	"didops/internal/order"
	"didops/internal/store"
)

// What somebody makes of an order that was read is not what the next one reads, however
// many orders were read meanwhile; and what another store has written is read.
func TestWhatIsReadIsOnesOwn(t *testing.T) {
	t.Parallel()
	path := place(t)
	s, other := at(t, path), at(t, path)
	insert(t, s, pending("o-1", 0, "97150"))
	seen := func(s *store.Store, id string) (r order.Record) {
		t.Helper()
		read(t, s.Orders(), func(tx order.Tx) (err error) {
			r, err = tx.Order(id)
			return err
		})
		return r
	}
	for round := range 3 {
		r := seen(s, "o-1")
		if r.Rev != int64(1+round) || r.Lines[0].State != order.LineWaiting || r.Lines[0].Tries != round || len(r.Talk) != 0 {
			t.Errorf("round %d: got revision %d and %+v", round, r.Rev, r.Lines)
		}
		if r.Quote.Lines[0].Facts[0].Value != "Acme" || r.Quote.Lines[0].ID != "id 97150" {
			t.Errorf("round %d: got the quote %+v", round, r.Quote)
		}
		r.Lines[0].State, r.Phase = order.LineDone, order.PhaseOver
		r.Quote.Lines[0].Facts[0].Value, r.Quote.Lines[0].ID = "another", "another"
		r.Talk = append(r.Talk, order.Remark{Text: "not kept"})
		change(t, other, "o-1", func(r *order.Record) { r.Lines[0].Tries++ })
		for i := range 60 { // longer, of three rounds, than what is remembered
			id := fmt.Sprint("o-", round, "-", i)
			insert(t, s, pending(id, 0, numbersOf(id, 20)...))
			if got := len(seen(s, id).Lines); got != 20 {
				t.Errorf("%s: got %d lines, want 20", id, got)
			}
		}
	}
}

// numbersOf are numbers of one order.
func numbersOf(id string, n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprint(id, "-", i))
	}
	return list
}
