package inventory_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"didops/internal/inventory"
)

func march(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, time.UTC) }

// days are those with use, by their dates in March: calls and messages.
func days(list ...[3]int) []inventory.Day {
	var out []inventory.Day
	for _, d := range list {
		out = append(out, inventory.Day{Date: march(d[0], 0), Calls: d[1], Messages: d[2]})
	}
	return out
}

// TestKeepUse holds what is known after several readings of histories.
func TestKeepUse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		readings []inventory.Use
		want     inventory.Use
	}{
		{"none", []inventory.Use{{From: march(1, 0), To: march(5, 7)}}, inventory.Use{From: march(1, 0), To: march(5, 7)}},
		{"one", []inventory.Use{{From: march(1, 3), To: march(5, 7), Days: days([3]int{2, 3, 0}, [3]int{4, 0, 5})}}, inventory.Use{
			From: march(1, 0), To: march(5, 7), LastCall: march(2, 0), LastMessage: march(4, 0), Calls: 3, Messages: 5,
			Days: days([3]int{2, 3, 0}, [3]int{4, 0, 5}),
		}},
		{"without days", []inventory.Use{{From: march(1, 0), To: march(5, 7), LastCall: march(3, 9), Calls: 3}}, inventory.Use{
			From: march(1, 0), To: march(5, 7), LastCall: march(3, 0), Calls: 3, Days: days([3]int{3, 3, 0}),
		}},
		{"one that goes on", []inventory.Use{
			{From: march(1, 0), To: march(5, 7), Days: days([3]int{2, 3, 0}, [3]int{5, 1, 0})},
			{From: march(5, 0), To: march(6, 7), Days: days([3]int{5, 4, 1})},
		}, inventory.Use{
			From: march(1, 0), To: march(6, 7), LastCall: march(5, 0), LastMessage: march(5, 0), Calls: 7, Messages: 1,
			Days: days([3]int{2, 3, 0}, [3]int{5, 4, 1}),
		}},
		{"the same twice", []inventory.Use{
			{From: march(1, 0), To: march(5, 7), Days: days([3]int{2, 3, 0})}, {From: march(1, 0), To: march(5, 7), Days: days([3]int{2, 3, 0})},
		}, inventory.Use{From: march(1, 0), To: march(5, 7), LastCall: march(2, 0), Calls: 3, Days: days([3]int{2, 3, 0})}},
		{"one that corrects", []inventory.Use{
			{From: march(1, 0), To: march(5, 7), Days: days([3]int{2, 3, 0}, [3]int{3, 9, 9})}, {From: march(2, 0), To: march(5, 7), Days: days([3]int{2, 1, 0})},
		}, inventory.Use{From: march(1, 0), To: march(5, 7), LastCall: march(2, 0), Calls: 1, Days: days([3]int{2, 1, 0})}},
		{"an older one that comes later", []inventory.Use{
			{From: march(1, 0), To: march(5, 7), Days: days([3]int{4, 6, 0}, [3]int{5, 1, 0})}, {From: march(2, 0), To: march(4, 7), Days: days([3]int{4, 2, 2})},
		}, inventory.Use{
			From: march(1, 0), To: march(5, 7), LastCall: march(5, 0), LastMessage: march(4, 0), Calls: 7, Messages: 2,
			Days: days([3]int{4, 6, 2}, [3]int{5, 1, 0}),
		}},
		{"a gap", []inventory.Use{
			{From: march(1, 0), To: march(5, 7), Days: days([3]int{2, 3, 0})}, {From: march(8, 0), To: march(9, 7), Days: days([3]int{8, 0, 2})},
		}, inventory.Use{From: march(8, 0), To: march(9, 7), LastMessage: march(8, 0), Messages: 2, Days: days([3]int{8, 0, 2})}},
		{"before what is known", []inventory.Use{
			{From: march(8, 0), To: march(9, 7)}, {From: march(1, 0), To: march(5, 7), Days: days([3]int{2, 3, 0})},
		}, inventory.Use{From: march(8, 0), To: march(9, 7)}},
		{"an end before its beginning", []inventory.Use{{From: march(8, 0), To: march(9, 7)}, {From: march(10, 0), To: march(9, 7)}}, inventory.Use{From: march(8, 0), To: march(9, 7)}},
		{"days outside", []inventory.Use{{From: march(8, 0), To: march(9, 7), Days: days([3]int{7, 1, 1}, [3]int{10, 1, 1}, [3]int{9, 0, 0})}}, inventory.Use{From: march(8, 0), To: march(9, 7)}},
		{"too old", []inventory.Use{
			{From: march(1, 0), To: march(31, 7), Days: days([3]int{2, 3, 0}, [3]int{30, 1, 0})},
			{From: march(31, 0), To: march(2, 7).AddDate(1, 1, 2)},
		}, inventory.Use{From: march(1, 0).AddDate(0, 0, 0), To: march(2, 7).AddDate(1, 1, 2), LastCall: march(30, 0), Calls: 4, Days: days([3]int{2, 3, 0}, [3]int{30, 1, 0})}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
				o := at(t, place(t), number(one))
				o.look(t)
				for _, u := range tt.readings {
					if err := o.KeepUse(t.Context(), map[string]inventory.Use{one: u}); err != nil {
						t.Fatal(err)
					}
				}
				got, err := o.UseOf(t.Context(), one)
				if err != nil || got == nil {
					t.Fatalf("got %v, %v", got, err)
				}
				want := tt.want
				if oldest := want.To.Truncate(24*time.Hour).AddDate(0, 0, 1-inventory.UseDays); want.From.Before(oldest) {
					want.From, want.Days, want.Calls = oldest, want.Days[1:], want.Calls-want.Days[0].Calls
				}
				equal(t, "use", *got, want)
				want.Days = nil
				equal(t, "in the list", *o.own(t, false)[0].Use, want)
			})
		})
	}
}

// TestIdle holds for how long numbers were not used.
func TestIdle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		use     *inventory.Use
		days    int
		atLeast bool
		ok      bool
	}{
		{"not known", nil, 0, false, false},
		{"never", &inventory.Use{From: march(1, 0), To: march(11, 12)}, 10, true, true},
		{"a call", &inventory.Use{From: march(1, 0), To: march(11, 12), LastCall: march(8, 0)}, 3, false, true},
		{"a message later", &inventory.Use{From: march(1, 0), To: march(11, 12), LastCall: march(8, 0), LastMessage: march(10, 0)}, 1, false, true},
		{"histories not read lately", &inventory.Use{From: march(1, 0), To: march(5, 0), LastCall: march(3, 0)}, 2, false, true},
	} {
		if days, atLeast, ok := tt.use.Idle(march(11, 18)); days != tt.days || atLeast != tt.atLeast || ok != tt.ok {
			t.Errorf("%s: got %d %v %v, want %d %v %v", tt.name, days, atLeast, ok, tt.days, tt.atLeast, tt.ok)
		}
	}
}

// TestUsedSince holds what is known of use since a moment: what was on its day may
// have been later, and what was not read is not known.
func TestUsedSince(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		use         *inventory.Use
		used, known bool
	}{
		{"not known", nil, false, false},
		{"not used", &inventory.Use{From: march(1, 0), To: march(11, 12)}, false, true},
		{"used before", &inventory.Use{From: march(1, 0), To: march(11, 12), LastCall: march(7, 0), LastMessage: march(5, 0)}, false, true},
		{"a call on the day", &inventory.Use{From: march(1, 0), To: march(11, 12), LastCall: march(8, 0)}, true, true},
		{"a message later", &inventory.Use{From: march(1, 0), To: march(11, 12), LastCall: march(2, 0), LastMessage: march(10, 0)}, true, true},
		{"read from the day on", &inventory.Use{From: march(8, 0), To: march(11, 12)}, false, true},
		{"read from a later day on", &inventory.Use{From: march(9, 0), To: march(11, 12)}, false, false},
		{"read from a later day on, with use", &inventory.Use{From: march(9, 0), To: march(11, 12), LastMessage: march(9, 0)}, true, true},
		{"not read since", &inventory.Use{From: march(1, 0), To: march(8, 14)}, false, false},
		{"not read since, with use that day", &inventory.Use{From: march(1, 0), To: march(8, 14), LastCall: march(8, 0)}, true, true},
		{"not read of late", &inventory.Use{From: march(1, 0), To: march(9, 9)}, false, false},
		{"read just as late as it has to be", &inventory.Use{From: march(1, 0), To: march(9, 10)}, false, true},
		{"no histories", &inventory.Use{}, false, false},
	} {
		if used, known := tt.use.UsedSince(march(8, 15), march(9, 10)); used != tt.used || known != tt.known {
			t.Errorf("%s: got %v %v, want %v %v", tt.name, used, known, tt.used, tt.known)
		}
	}
	east := time.FixedZone("east", 9*60*60)
	u := &inventory.Use{From: march(1, 0), To: march(11, 12), LastCall: march(7, 0)}
	if used, _ := u.UsedSince(time.Date(2026, 3, 8, 3, 0, 0, 0, east), march(9, 0)); !used {
		t.Error("a day of a zone counts, want that of UTC")
	}
}

// TestReadingsAddUp reads the use of a year in pieces that overlap, and holds what
// is known against the whole of it.
func TestReadingsAddUp(t *testing.T) {
	t.Parallel()
	place := file(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		o := at(t, place)
		n++
		number := fmt.Sprint(97150000000 + n)
		year := map[int]int{}
		for range rapid.IntRange(0, 20).Draw(rt, "days") {
			year[rapid.IntRange(1, 60).Draw(rt, "day")] = rapid.IntRange(1, 9).Draw(rt, "calls")
		}
		last, calls := 0, 0
		for from := 1; from < 60; {
			to := min(60, from+rapid.IntRange(1, 20).Draw(rt, "to"))
			u := inventory.Use{From: march(from, 0), To: march(to+1, 0).Add(-time.Second)}
			for d := from; d <= to; d++ {
				if year[d] > 0 {
					u.Days = append(u.Days, inventory.Day{Date: march(d, 0), Calls: year[d]})
				}
			}
			if err := o.KeepUse(t.Context(), map[string]inventory.Use{number: u}); err != nil {
				rt.Fatal(err)
			}
			from = max(1, to-rapid.IntRange(0, 3).Draw(rt, "overlap"))
			if to == 60 {
				break
			}
		}
		for d, n := range year {
			last, calls = max(last, d), calls+n
		}
		got, err := o.UseOf(t.Context(), number)
		if err != nil || got.Calls != calls || len(got.Days) != len(year) || len(year) > 0 && !got.LastCall.Equal(march(last, 0)) || !got.From.Equal(march(1, 0)) {
			rt.Fatalf("got %+v, %v, want %v", got, err, year)
		}
	})
}
