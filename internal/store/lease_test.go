package store_test

import (
	"testing"
	"time"
)

func TestOneHoldsALease(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		now := morning()
		c := in(place(t))
		c.Now = func() time.Time { return now }
		s := with(t, c).Leases()
		lease := func(name, holder string, second, term int, want bool) {
			t.Helper()
			now = morning().Add(time.Duration(second) * time.Second)
			got, err := s.Acquire(t.Context(), name, holder, time.Duration(term)*time.Second)
			if got != want || err != nil {
				t.Errorf("lease of %s by %s at %d: got %v %v, want %v", name, holder, second, got, err, want)
			}
		}
		release := func(holder string) {
			t.Helper()
			if err := s.Release(t.Context(), "settle", holder); err != nil {
				t.Error(err)
			}
		}
		lease("settle", "a", 0, 10, true)
		lease("settle", "b", 9, 10, false)
		lease("other", "b", 9, 10, true)
		lease("settle", "a", 9, 11, true)
		lease("settle", "b", 19, 10, false)
		lease("settle", "b", 20, 10, true)
		release("a") // not his any more
		lease("settle", "a", 21, 10, false)
		release("b")
		lease("settle", "a", 21, 10, true)
		lease("settle", "b", 12, 10, false) // by a clock a little behind
		lease("settle", "b", 10, 10, true)  // by one so far behind that nobody can have taken it for so long
		lease("settle", "a", 10, 10, false)
		lease("settle", "c", -100_000, 10, true)
	})
}
