package store_test

import (
	"testing"
	"time"

	"didops/internal/order"
)

// TestMoved holds which lines were moved since a moment, as another process
// reads it: by the state that they came into, not by when they were saved.
func TestMoved(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path, now := place(t), morning()
		c := in(path)
		c.Now = func() time.Time { return now }
		s, other := with(t, c), with(t, c)
		minute := func(n int) time.Time { return morning().Add(time.Duration(n) * time.Minute) }
		want := func(since time.Time, exchange string, want ...order.Move) {
			t.Helper()
			read(t, other.Moves(), func(tx order.MovesTx) error {
				got, err := tx.Moved(exchange, since)
				equal(t, since.Format(time.TimeOnly), got, want)
				return err
			})
		}
		insert(t, s, pending("o-1", 0, "1", "2", "3"))
		want(minute(0), exchange)
		now = minute(1)
		change(t, s, "o-1", func(r *order.Record) {
			r.Phase, r.Lines[0].State, r.Lines[1].State = order.PhaseExecuting, order.LineSending, order.LineSending
		})
		sending := func(n string) order.Move {
			return order.Move{Number: n, Operation: "did_purchase", State: order.LineSending}
		}
		want(minute(1), exchange, sending("1"), sending("2"))
		now = minute(2)
		change(t, s, "o-1", func(r *order.Record) { r.Lines[0].State, r.Lines[1].State = order.LineDone, order.LineFailed })
		now = minute(3)
		change(t, s, "o-1", func(r *order.Record) {
			r.Phase, r.Lines[2].State, r.Reason = order.PhaseOver, order.LineUnknown, "saved again"
		})
		done := order.Move{Number: "1", Operation: "did_purchase", State: order.LineDone}
		unknown := order.Move{Number: "3", Operation: "did_purchase", State: order.LineUnknown}
		want(minute(0), exchange, done, unknown)
		want(minute(2), exchange, done, unknown)
		want(minute(3), exchange, unknown)
		want(minute(4), exchange)
		want(minute(0), "another")
		now = minute(-10) // a clock that was set back, or another process's that is not ahead
		want(minute(-10), exchange)
	})
}
