package inventory_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/testing/wide"
)

// TestTwoYearsOfLooks holds what two years of hourly looks take in a file: 10,000
// numbers, of which 50 change a day, and every one is paid anew each month. How many
// do not change makes no difference to what a look writes, so most are looked at
// once; of the days some are looked at, and the rest is reckoned.
func TestTwoYearsOfLooks(t *testing.T) {
	t.Parallel()
	const all, years, most = 10_000, 730, 60 << 20
	days := wide.Pick(4, years)
	place := file(t)
	o := at(t, place)
	still := o.another(func(c *inventory.Config) {
		c.Exchange, c.Reader = "https://api.example.net another", newList(many(all)...)
	})
	if _, err := still.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows := many(400)
	for _, r := range rows {
		o.list.rows[r.Digits] = r
	}
	o.look(t)
	before := size(t, o, place)
	o.reopen(t, place)
	n := 0
	for hour := range days * 24 {
		for range 2 + hour%12/11 {
			n++
			o.list.edit(rows[n%len(rows)].Digits, func(r *exchange.Owned) {
				r.MonthlyFee = money.MustParse(fmt.Sprintf("%d.10", n%2000))
				r.BilledTo = r.BilledTo.AddDate(0, 1, 0)
			})
		}
		o.pass(time.Hour)
		o.look(t)
	}
	after := size(t, o, place)
	total := before + (after-before)*years/int64(days)
	t.Logf("%d changes in %d days: %.1f MB at first, %.1f MB after two years", n, days, float64(before)/1e6, float64(total)/1e6)
	if total > most {
		t.Errorf("got %d bytes after two years, want %d at most", total, most)
	}
}

// size is what the file takes once it is closed, so that nothing is in a log
// beside it.
func size(tb testing.TB, o *office, place string) int64 {
	tb.Helper()
	if err := o.store.Close(); err != nil {
		tb.Fatal(err)
	}
	info, err := os.Stat(place)
	if err != nil {
		tb.Fatal(err)
	}
	return info.Size()
}
