package store_test

import (
	"testing"
	"time"
)

func TestSessions(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		s, other := at(t, path).Sessions(), at(t, path).Sessions()
		check := func(when, id string, want time.Time) {
			t.Helper()
			if got, err := other.Used(t.Context(), id); err != nil || !got.Equal(want) {
				t.Errorf("%s: got %v, %v, want %v", when, got, err, want)
			}
		}
		use := func(id string, at time.Time) {
			t.Helper()
			if err := s.Use(t.Context(), id, at); err != nil {
				t.Fatal(err)
			}
		}
		check("where there is no store yet", "a", time.Time{})
		use("a", morning())
		check("used once", "a", morning())
		check("another", "b", time.Time{})
		use("a", morning().Add(time.Hour))
		use("a", morning())
		check("by a clock that is behind", "a", morning().Add(time.Hour))
		use("b", morning().Add(59*24*time.Hour))
		check("59 days later", "a", morning().Add(time.Hour))
		use("b", morning().Add(61*24*time.Hour))
		check("61 days later", "a", time.Time{})
		check("61 days later", "b", morning().Add(61*24*time.Hour))
	})
}
