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
		r.Lines[0].State, r.Phase = order.LineDone, order.PhaseOver
		r.Talk = append(r.Talk, order.Remark{Text: "not kept"})
		change(t, other, "o-1", func(r *order.Record) { r.Lines[0].Tries++ })
		for i := range 100 { // of three rounds more than are remembered
			id := fmt.Sprint("o-", round, "-", i)
			insert(t, s, pending(id, 0, id))
			seen(s, id)
		}
	}
}
