package inventory_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"didops/internal/exchange"
	"didops/internal/inventory"
	"didops/internal/money"
)

func zone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return z
}

// monthly says what months cost, a line each.
func monthly(tb testing.TB, o *office, since time.Time, z *time.Location) []string {
	tb.Helper()
	own, err := o.Own(tb.Context(), 0, true)
	if err != nil {
		tb.Fatal(err)
	}
	return costs(tb, o, own, since, z)
}

// costs is monthly of numbers as they were read.
func costs(tb testing.TB, o *office, own inventory.Own, since time.Time, z *time.Location) []string {
	tb.Helper()
	list, err := o.Months(tb.Context(), own, since, z)
	if err != nil {
		tb.Fatal(err)
	}
	var out []string
	for _, m := range list {
		sum := money.MustParse("0")
		for _, c := range m.Numbers {
			sum = sum.Add(c.MonthlyFee)
		}
		out = append(out, fmt.Sprintf("%s %d %s", m.Begins.Format("2006-01-02T15:04Z07:00"), len(m.Numbers), sum))
	}
	return out
}

// TestMonths reconstructs what numbers cost in the months of two years with a leap
// day, from a number that came on 31 January on.
func TestMonths(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		o := at(t, place(t), number(one))
		to := func(y int, m time.Month, d, h int) { o.pass(time.Date(y, m, d, h, 0, 0, 0, time.UTC).Sub(o.now())) }
		to(2027, 11, 15, 12)
		if got := monthly(t, o, time.Time{}, time.UTC); got != nil {
			t.Errorf("got %v before the first look, want nothing", got)
		}
		o.look(t)
		to(2028, 1, 31, 12)
		o.list.rows[two] = number(two, func(r *exchange.Owned) { r.MonthlyFee = money.MustParse("1.005") })
		o.look(t)
		to(2028, 2, 29, 23)
		o.list.edit(one, func(r *exchange.Owned) { r.MonthlyFee = money.MustParse("5") })
		o.look(t)
		to(2028, 3, 10, 0)
		o.list.edit(two, func(r *exchange.Owned) { r.MonthlyFee = money.Amount{} })
		o.look(t)
		to(2028, 3, 20, 0)
		o.list.edit(two, func(r *exchange.Owned) { r.MonthlyFee = money.MustParse("1.02") })
		o.look(t)
		delete(o.list.rows, two)
		to(2028, 4, 1, 0)
		o.look(t)
		to(2028, 4, 1, 1)
		o.look(t)
		to(2028, 5, 2, 0)
		o.list.rows[two] = number(two, func(r *exchange.Owned) { r.MonthlyFee = money.MustParse("2") })
		o.look(t)
		to(2028, 6, 15, 0)
		o.look(t)
		want := []string{
			"2027-11-01T00:00Z 1 4.50", "2027-12-01T00:00Z 1 4.50", "2028-01-01T00:00Z 2 5.505", "2028-02-01T00:00Z 2 6.005",
			"2028-03-01T00:00Z 2 6.02", "2028-04-01T00:00Z 1 5.00", "2028-05-01T00:00Z 2 7.00", "2028-06-01T00:00Z 2 7.00",
		}
		equal(t, "all", monthly(t, o, time.Time{}, time.UTC), want)
		equal(t, "since February", monthly(t, o, time.Date(2028, 2, 29, 23, 59, 0, 0, time.UTC), time.UTC), want[3:])
		equal(t, "since later", monthly(t, o, time.Date(2028, 7, 1, 0, 0, 0, 0, time.UTC), time.UTC), []string(nil))
		equal(t, "in Tokyo", monthly(t, o, time.Date(2028, 2, 29, 16, 0, 0, 0, time.UTC), zone(t, "Asia/Tokyo")), []string{
			"2028-03-01T00:00+09:00 2 6.02", "2028-04-01T00:00+09:00 1 5.00", "2028-05-01T00:00+09:00 2 7.00", "2028-06-01T00:00+09:00 2 7.00",
		})
	})
}

// TestMonthsOfAnEarlierReading holds that months are those of the numbers at hand,
// whatever a look found since they were read: a fee, a number that came, went, or
// came back, in the same month and in a later one.
func TestMonthsOfAnEarlierReading(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		o := at(t, place(t), number(one), number(two), number(three))
		const later = "971500000004"
		o.look(t)
		o.pass(31 * 24 * time.Hour)
		delete(o.list.rows, three)
		o.did(inventory.Doing{Number: three, Order: "Z", Kind: "unsubscribe", Sure: true})
		o.list.edit(one, func(r *exchange.Owned) { r.MonthlyFee = money.MustParse("7") })
		o.look(t)
		own, err := o.Own(t.Context(), 0, true)
		if err != nil || len(own.Numbers) != 3 || len(own.There()) != 2 {
			t.Fatalf("got %+v, %v, want two numbers and one that went", own, err)
		}
		want := costs(t, o, own, time.Time{}, time.UTC)
		for range 3 {
			o.list.edit(one, func(r *exchange.Owned) { r.MonthlyFee = r.MonthlyFee.Add(money.MustParse("1")) })
			delete(o.list.rows, two)
			o.did(inventory.Doing{Number: two, Order: "X", Kind: "unsubscribe", Sure: true})
			o.list.rows[three], o.list.rows[later] = number(three), number(later)
			if changed := o.look(t); len(changed) == 0 {
				t.Fatal("got no changes")
			}
			equal(t, "months", costs(t, o, own, time.Time{}, time.UTC), want)
			o.pass(20 * 24 * time.Hour)
		}
		if own, err = o.Own(t.Context(), 0, false); err != nil || len(own.There()) != len(own.Numbers) {
			t.Errorf("got %+v, %v, want what is there", own, err)
		}
		if _, err := o.Months(t.Context(), own, time.Time{}, time.UTC); err == nil {
			t.Error("got months without the numbers that went")
		}
	})
}

// TestMonthsBegin holds where months begin in zones whose clocks change at
// midnight, by the tz database (2023f): Asuncion skips the first hour of October
// 2023, Havana has two midnights on 1 November 2026, Apia had no 30 December 2011.
func TestMonthsBegin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		zone, at, begins, next string
	}{
		{"America/Asuncion", "2023-10-15T12:00:00Z", "2023-10-01T01:00:00-03:00", "2023-11-01T00:00:00-03:00"},
		{"America/Havana", "2026-11-15T12:00:00Z", "2026-11-01T00:00:00-04:00", "2026-12-01T00:00:00-05:00"},
		{"America/Havana", "2026-10-15T12:00:00Z", "2026-10-01T00:00:00-04:00", "2026-11-01T00:00:00-04:00"},
		{"Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-01T00:00:00-10:00", "2012-01-01T00:00:00+14:00"},
		{"Europe/Berlin", "2026-03-31T21:59:59Z", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"},
		{"Europe/Berlin", "2026-03-31T22:00:00Z", "2026-04-01T00:00:00+02:00", "2026-05-01T00:00:00+02:00"},
		{"Asia/Kolkata", "2027-12-31T18:30:00Z", "2028-01-01T00:00:00+05:30", "2028-02-01T00:00:00+05:30"},
		{"UTC", "2028-02-29T23:59:59Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"},
	} {
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		begins, next := inventory.MonthOf(at.In(zone(t, tt.zone)))
		if b, n := begins.Format(time.RFC3339), next.Format(time.RFC3339); b != tt.begins || n != tt.next {
			t.Errorf("%s at %s: got %s to %s, want %s to %s", tt.zone, tt.at, b, n, tt.begins, tt.next)
		}
	}
}

// TestEveryMomentIsInItsMonth holds that months of every zone follow each other
// without a gap, and hold the moments whose date they are.
func TestEveryMomentIsInItsMonth(t *testing.T) {
	t.Parallel()
	zones := []string{"UTC", "Europe/London", "America/Asuncion", "America/Havana", "Asia/Beirut", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns"}
	rapid.Check(t, func(rt *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(rt, "zone"))
		at := time.Unix(rapid.Int64Range(946684800, 2208988800).Draw(rt, "at"), 0).In(z)
		begins, next := inventory.MonthOf(at)
		if at.Before(begins) || !at.Before(next) || begins.Month() != at.Month() || next.Month() == at.Month() {
			rt.Fatalf("got %s to %s for %s", begins, next, at)
		}
		if last := begins.Add(-time.Nanosecond); last.Month() == at.Month() {
			rt.Fatalf("got %s to be the beginning, and before it is %s", begins, last)
		}
		if again, _ := inventory.MonthOf(next); !again.Equal(next) {
			rt.Fatalf("got %s for the beginning of the month of %s", again, next)
		}
	})
}

// TestMonthsAreWhatWasThere holds the reconstruction against what was there at the
// end of each month.
func TestMonthsAreWhatWasThere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		o := at(t, file(t))
		o.look(t)
		var want []string
		for m := range rapid.IntRange(1, 8).Draw(rt, "months") {
			begins := time.Date(2026, 3+time.Month(m), 1, 0, 0, 0, 0, time.UTC)
			for range rapid.IntRange(0, 4).Draw(rt, "steps") {
				n := fmt.Sprint(97150000000 + rapid.IntRange(0, 3).Draw(rt, "number"))
				if _, there := o.list.rows[n]; there && rapid.Bool().Draw(rt, "goes") {
					delete(o.list.rows, n)
				} else {
					o.list.rows[n] = number(n, func(r *exchange.Owned) {
						r.MonthlyFee = money.MustParse(fmt.Sprint(rapid.IntRange(1, 3).Draw(rt, "fee")))
					})
				}
				o.pass(2 * time.Minute)
				o.look(t)
				o.pass(2 * time.Minute)
				o.look(t)
			}
			sum := money.MustParse("0")
			for _, r := range o.list.rows {
				sum = sum.Add(r.MonthlyFee)
			}
			want = append(want, fmt.Sprintf("%s %d %s", begins.Format("2006-01-02T15:04Z07:00"), len(o.list.rows), sum))
			o.pass(time.Date(2026, 4+time.Month(m), 1, 0, 0, 0, 0, time.UTC).Sub(o.now()))
		}
		o.pass(-time.Second) // the last look is in the last month
		o.look(t)
		if got := monthly(t, o, time.Time{}, time.UTC); fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("got %v, want %v", got, want)
		}
	})
}
