package order_test

import (
	"maps"
	"testing"
	"time"

	"didops/internal/order"
)

// TestMovedIsToldToOtherProcesses holds that what one process bought or gave
// up the others know of, for as long as they ask back.
func TestMovedIsToldToOtherProcesses(t *testing.T) {
	t.Parallel()
	path := sqlitePath(t)
	inBubble(t, func(tb testing.TB) *harness { tb.Helper(); return onDisk(tb, path) }, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9713")
		w.x.own("9721")
		one, other := w.engine("one"), w.engine("other")
		want := func(back time.Duration, want order.Moves) {
			t.Helper()
			got, err := other.Moved(t.Context(), w.now().Add(-back))
			if err != nil || !maps.Equal(got, want) {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
		}
		want(time.Hour, order.Moves{})
		one.approve(alice(), one.place(alice(), "purchase", "9711"))
		one.approve(alice(), one.place(alice(), "unsubscribe", "9721"))
		waits := one.place(alice(), "purchase", "9713")
		bought, given := order.Moved{Bought: true, Sure: true}, order.Moved{Sure: true}
		want(time.Minute, order.Moves{"9711": bought, "9721": given})
		one.decide(alice(), waits, false)
		time.Sleep(10 * time.Minute)
		want(time.Minute, order.Moves{})
		want(11*time.Minute, order.Moves{"9711": bought, "9721": given})
		one.approve(alice(), one.place(alice(), "unsubscribe", "9711"))
		want(11*time.Minute, order.Moves{"9711": given, "9721": given})
	})
}
