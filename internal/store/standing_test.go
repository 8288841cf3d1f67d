package store_test

import (
	"testing"
	"time"

	"didops/internal/orders"
	"didops/tools"
)

func TestStanding(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	running := pending("o-3", 3, "3")
	running.Phase, running.RunnerUntil = orders.Running, morning().Add(20*time.Minute)
	lost := ended(pending("o-4", 4, "4"), tools.LineUnknown)
	lost.Lines[0].NextLook = morning().Add(10 * time.Minute)
	elsewhere := pending("sb-1", -9, "1")
	elsewhere.Exchange = "sandbox"
	insert(t, s, pending("o-2", 2, "2"), pending("o-1", 1, "1"), running, lost,
		ended(pending("o-5", 5, "5"), tools.LineDone), ended(pending("o-6", 6, "6"), tools.LineDone), elsewhere)
	minute := func(n int) time.Time { return morning().Add(time.Duration(n) * time.Minute) }
	want := orders.Standing{
		Orders:  map[tools.State]int{tools.Pending: 2, tools.Executing: 1, tools.Unknown: 1, tools.Completed: 2},
		Oldest:  map[tools.State]time.Time{tools.Pending: minute(1), tools.Executing: minute(3), tools.Unknown: minute(4), tools.Completed: minute(5)},
		Expires: minute(16),
	}
	standing := func(exchange string, now time.Time, want orders.Standing) {
		t.Helper()
		read(t, s, func(tx orders.Tx) error {
			got, err := tx.Standing(exchange, now)
			equal(t, "standing", got, want)
			return err
		})
	}
	standing(exchange, minute(10).Add(-time.Microsecond), want)
	want.Due, want.Since = 1, minute(10)
	standing(exchange, minute(10), want)
	want.Due = 3
	standing(exchange, minute(17), want)
	standing("nobody's", minute(17), orders.Standing{Orders: map[tools.State]int{}, Oldest: map[tools.State]time.Time{}})
}
