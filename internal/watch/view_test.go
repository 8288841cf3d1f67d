package watch_test

import (
	"strings"
	"testing"
	"time"

	"didops/internal/watch"
)

// TestWhereAHitStands holds what is said of a hit in a word, with when, and in the
// table of a message.
func TestWhereAHitStands(t *testing.T) {
	t.Parallel()
	found, told, gone := noon(), noon().Add(time.Minute), noon().Add(24*time.Hour)
	for _, tt := range []struct {
		hit                       watch.Hit
		place, is, says, messages string
	}{
		{watch.Hit{}, "9", "", "", ""},
		{watch.Hit{Found: found}, "9", "waiting", "waiting", ""},
		{watch.Hit{Found: found}, "", "found", "found", ""},
		{watch.Hit{Found: found, Told: told}, "9", "told", "told 1 Jul 2026 12:01 UTC", ""},
		{watch.Hit{Found: found, Told: told, Ended: gone}, "9", "gone", "told 1 Jul 2026 12:01 UTC, gone by 2 Jul 2026 12:00 UTC", "told 1 Jul 2026 12:01 UTC, gone by 2 Jul 2026 12:00 UTC"},
		{watch.Hit{Found: found, Ended: gone}, "", "gone", "gone by 2 Jul 2026 12:00 UTC", "gone by 2 Jul 2026 12:00 UTC"},
	} {
		w := watch.Watch{Name: "gulf", Place: tt.place}
		if is, says := tt.hit.Stands(&w), tt.hit.Standing(&w); is != tt.is || says != tt.says {
			t.Errorf("%+v in %q: got %q and %q, want %q and %q", tt.hit, tt.place, is, says, tt.is, tt.says)
		}
		for _, of := range [][]*watch.Watch{nil, {&w}} {
			want := tt.messages
			if of != nil {
				want = tt.says
			}
			got := ""
			table := watch.Table("USD", []watch.Hit{tt.hit}, of)
			for i, c := range table.Columns {
				if strings.HasPrefix(c.Title, "State") {
					got = table.Rows[0][i]
				}
			}
			if got != want {
				t.Errorf("%+v in a table: got %q, want %q", tt.hit, got, want)
			}
		}
	}
}
