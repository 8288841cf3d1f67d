package store_test

import (
	"testing"
	"time"

	"didops/internal/order"
)

func TestStanding(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	running := pending("o-3", 3, "3")
	running.Phase, running.RunnerUntil = order.PhaseExecuting, morning().Add(20*time.Minute)
	lost := ended(pending("o-4", 4, "4"), order.LineUnknown)
	lost.Lines[0].NextLook = morning().Add(10 * time.Minute)
	elsewhere := pending("sb-1", -9, "1")
	elsewhere.Exchange = "sandbox"
	insert(t, s, pending("o-2", 2, "2"), pending("o-1", 1, "1"), running, lost,
		ended(pending("o-5", 5, "5"), order.LineDone), ended(pending("o-6", 6, "6"), order.LineDone), elsewhere)
	minute := func(n int) time.Time { return morning().Add(time.Duration(n) * time.Minute) }
	want := order.Stats{
		Orders:  map[order.State]int{order.Pending: 2, order.Executing: 1, order.Unknown: 1, order.Completed: 2},
		Oldest:  map[order.State]time.Time{order.Pending: minute(1), order.Executing: minute(3), order.Unknown: minute(4), order.Completed: minute(5)},
		Expires: minute(16),
	}
	standing := func(exchange string, now time.Time, want order.Stats) {
		t.Helper()
		read(t, s.Orders(), func(tx order.Tx) error {
			got, err := tx.Stats(exchange, now)
			equal(t, "standing", got, want)
			return err
		})
	}
	standing(exchange, minute(10).Add(-time.Microsecond), want)
	want.Due, want.Since = 1, minute(10)
	standing(exchange, minute(10), want)
	want.Due = 3
	standing(exchange, minute(17), want)
	standing("nobody's", minute(17), order.Stats{Orders: map[order.State]int{}, Oldest: map[order.State]time.Time{}})
}
