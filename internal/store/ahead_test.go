package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/order"
	"didops/internal/store"
)

// TestCheckTellsOfTheFuture holds that a store with times that no clock can
// have shown yet deserves a look, whatever they are of.
func TestCheckTellsOfTheFuture(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ahead  time.Duration
		doubts bool
	}{"a clock that is right": {0, false}, "one a little ahead": {time.Minute, false}, "one far ahead": {3 * time.Hour, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
				c := in(place(t))
				then := time.Now().Add(tt.ahead)
				c.Now = func() time.Time { return then }
				s := with(t, c)
				r := pending("o-1", 0, "1")
				r.Created, r.Expires = then, then.Add(time.Minute)
				insert(t, s, r)
				if ok, err := s.Leases().Acquire(t.Context(), "settle", "a", time.Minute); !ok || err != nil {
					t.Fatalf("got %t, %v", ok, err)
				}
				c.Now, c.Skew = time.Now, 0
				report, err := with(t, c).Check(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				found := slices.ContainsFunc(report.Doubts, func(d store.Doubt) bool { return strings.Contains(d.Finding, "of the future") })
				if found != tt.doubts {
					t.Errorf("got %+v, want a doubt: %t", report.Doubts, tt.doubts)
				}
			})
		})
	}
}

// TestAhead finds what is further away than a time.
func TestAhead(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		waits := pending("o-1", 0, "1")
		runs := pending("o-2", 0, "2")
		runs.Phase, runs.RunnerUntil = order.PhaseExecuting, morning().Add(time.Hour)
		looked := ended(pending("o-3", 0, "3"), order.LineUnknown)
		looked.Lines[0].NextLook = morning().Add(2 * time.Hour)
		insert(t, s, waits, runs, looked)
		for _, tt := range []struct {
			claim, look time.Duration
			want        []string
		}{
			{0, 0, []string{"o-2", "o-3"}},
			{30 * time.Minute, 3 * time.Hour, []string{"o-2"}},
			{time.Hour + order.Grace, 2*time.Hour - time.Second, []string{"o-3"}},
			{time.Hour + order.Grace, 2 * time.Hour, nil},
		} {
			read(t, s.Orders(), func(tx order.Tx) error {
				got, err := tx.Ahead(exchange, morning().Add(tt.claim), morning().Add(tt.look))
				if err == nil {
					equal(t, "ahead", got, tt.want)
				}
				return err
			})
		}
	})
}
