package schedule_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones of the tables, whatever the machine has

	"pgregory.net/rapid"

	"didops/internal/schedule"
)

func zone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return z
}

func at(tb testing.TB, text string) time.Time {
	tb.Helper()
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// TestDaily walks through the days on which clocks are set. The transitions
// are those of the IANA time zone database: EU rules (Directive 2000/84/EC:
// last Sundays of March and October, 01:00 UTC), Pacific/Auckland (last Sunday
// of September, first of April), Pacific/Apia's left-out 30 December 2011,
// Pacific/Kiritimati's left-out 31 December 1994 (file australasia),
// Africa/Cairo's and Asia/Beirut's transitions at midnight, and Lord Howe's
// half hour.
func TestDaily(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, zone, at, after, next, last string }{
		{"a plain day", "UTC", "08:00", "2027-01-15T07:59:59Z", "2027-01-15T08:00:00Z", "2027-01-14T08:00:00Z"},
		{"at the moment itself", "UTC", "08:00", "2027-01-15T08:00:00Z", "2027-01-16T08:00:00Z", "2027-01-15T08:00:00Z"},
		{"winter in Berlin", "Europe/Berlin", "08:00", "2027-01-15T00:00:00Z", "2027-01-15T07:00:00Z", "2027-01-14T07:00:00Z"},
		{"the day that clocks are set forward", "Europe/Berlin", "08:00", "2027-03-28T00:00:00Z", "2027-03-28T06:00:00Z", "2027-03-27T07:00:00Z"},
		{"the hour that is missing", "Europe/Berlin", "02:30", "2027-03-28T00:00:00Z", "2027-03-28T01:00:00Z", "2027-03-27T01:30:00Z"},
		{"the begin of the missing hour", "Europe/Berlin", "02:00", "2027-03-28T00:00:00Z", "2027-03-28T01:00:00Z", "2027-03-27T01:00:00Z"},
		{"once for the missing hour", "Europe/Berlin", "02:30", "2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z", "2027-03-28T01:00:00Z"},
		{"the first of the double hour", "Europe/Berlin", "02:30", "2027-10-31T00:00:00Z", "2027-10-31T00:30:00Z", "2027-10-30T00:30:00Z"},
		{"once for the double hour", "Europe/Berlin", "02:30", "2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z", "2027-10-31T00:30:00Z"},
		{"between the two", "Europe/Berlin", "02:30", "2027-10-31T01:15:00Z", "2027-11-01T01:30:00Z", "2027-10-31T00:30:00Z"},
		{"the day that clocks are set back", "Europe/Berlin", "08:00", "2027-10-31T00:00:00Z", "2027-10-31T07:00:00Z", "2027-10-30T06:00:00Z"},
		{"Auckland, set forward", "Pacific/Auckland", "02:30", "2027-09-25T13:00:00Z", "2027-09-25T14:00:00Z", "2027-09-24T14:30:00Z"},
		{"Auckland, set back", "Pacific/Auckland", "02:30", "2027-04-03T12:00:00Z", "2027-04-03T13:30:00Z", "2027-04-02T13:30:00Z"},
		{"Kiritimati is a day ahead", "Pacific/Kiritimati", "08:00", "2027-01-14T17:00:00Z", "2027-01-14T18:00:00Z", "2027-01-13T18:00:00Z"},
		{"Pago Pago is behind", "Pacific/Pago_Pago", "08:00", "2027-01-15T18:00:00Z", "2027-01-15T19:00:00Z", "2027-01-14T19:00:00Z"},
		{"Apia leaves a day out", "Pacific/Apia", "08:00", "2011-12-29T18:00:00Z", "2011-12-30T18:00:00Z", "2011-12-29T18:00:00Z"},
		{"Kiritimati left a day out", "Pacific/Kiritimati", "08:00", "1994-12-30T18:00:00Z", "1994-12-31T18:00:00Z", "1994-12-30T18:00:00Z"},
		{"midnight is missing", "Africa/Cairo", "00:00", "2027-04-29T12:00:00Z", "2027-04-29T22:00:00Z", "2027-04-28T22:00:00Z"},
		{"an hour after midnight is missing", "Asia/Beirut", "00:30", "2027-03-27T12:00:00Z", "2027-03-27T22:00:00Z", "2027-03-26T22:30:00Z"},
		{"half an hour is missing", "Australia/Lord_Howe", "02:15", "2027-10-02T12:00:00Z", "2027-10-02T15:30:00Z", "2027-10-01T15:45:00Z"},
		{"a leap day", "UTC", "00:00", "2028-02-28T00:00:00Z", "2028-02-29T00:00:00Z", "2028-02-28T00:00:00Z"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			clock, err := schedule.ParseClock(test.at)
			if err != nil {
				t.Fatal(err)
			}
			d := schedule.Daily{At: clock, Zone: zone(t, test.zone)}
			if got := d.Next(at(t, test.after)); !got.Equal(at(t, test.next)) {
				t.Errorf("next: got %s, want %s", got.UTC().Format(time.RFC3339), test.next)
			}
			if got := d.Last(at(t, test.after)); !got.Equal(at(t, test.last)) {
				t.Errorf("last: got %s, want %s", got.UTC().Format(time.RFC3339), test.last)
			}
		})
	}
}

// TestEveryDayOnce holds for zones of every habit that a moment is due once a
// calendar day that there is, and that Last is the reverse of Next.
func TestEveryDayOnce(t *testing.T) {
	t.Parallel()
	names := []string{"UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "Pacific/Apia", "Pacific/Chatham", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu", "America/Nuuk", "Antarctica/Troll"}
	zones := map[string]*time.Location{}
	for _, name := range names {
		zones[name] = zone(t, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		loc := zones[rapid.SampledFrom(names).Draw(t, "zone")]
		d := schedule.Daily{At: schedule.Clock{Hour: rapid.IntRange(0, 23).Draw(t, "hour"), Minute: rapid.IntRange(0, 59).Draw(t, "minute")}, Zone: loc}
		now := time.Unix(rapid.Int64Range(1293840000, 2208988800).Draw(t, "from"), 0) // 2011 to 2040
		last, next := d.Last(now), d.Next(now)
		if last.After(now) || !next.After(now) || !d.Next(last).Equal(next) || !d.Last(next).Equal(next) || !d.Last(next.Add(-1)).Equal(last) {
			t.Fatalf("at %s: last %s, next %s", now.In(loc), last.In(loc), next.In(loc))
		}
		if apart := next.Sub(last); apart < 21*time.Hour || apart > 27*time.Hour {
			t.Fatalf("at %s: last %s, next %s are %s apart", now.In(loc), last.In(loc), next.In(loc), apart)
		}
	})
}

func TestParseClock(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "8:00", "08:60", "24:00", "08:00:00", "08.00", " 08:00", "0800", "08:0", "-1:00"} {
		if c, err := schedule.ParseClock(bad); err == nil {
			t.Errorf("%q was read as %s", bad, c)
		}
	}
	if c, err := schedule.ParseClock("23:05"); err != nil || c.String() != "23:05" {
		t.Errorf("got %s, %v, want 23:05", c, err)
	}
}

// TestMonths goes by the calendar. Where the day is not in the month the last
// one is taken, as java.time.LocalDate.plusMonths ("adjust the day-of-month to
// the last valid day if necessary": 2007-03-31 plus one month is 2007-04-30)
// and SKIP=BACKWARD of RFC 7529 have it; counted from the anchor, so that a
// short month shortens no other. 1900 and 2100 are no leap years, 2000 and 2028
// are (Gregorian rule).
func TestMonths(t *testing.T) {
	t.Parallel()
	tests := []struct {
		anchor string
		months int
		want   string
	}{
		{"2007-03-31T00:00:00Z", 1, "2007-04-30T00:00:00Z"},
		{"2027-01-31T12:30:15Z", 1, "2027-02-28T12:30:15Z"},
		{"2027-01-31T12:30:15Z", 2, "2027-03-31T12:30:15Z"},
		{"2027-01-31T12:30:15Z", 3, "2027-04-30T12:30:15Z"},
		{"2027-01-31T12:30:15Z", 13, "2028-02-29T12:30:15Z"},
		{"2027-01-29T00:00:00Z", 1, "2027-02-28T00:00:00Z"},
		{"2027-01-30T00:00:00Z", 14, "2028-03-30T00:00:00Z"},
		{"2028-02-29T00:00:00Z", 12, "2029-02-28T00:00:00Z"},
		{"2028-02-29T00:00:00Z", 48, "2032-02-29T00:00:00Z"},
		{"2099-12-31T23:59:59Z", 2, "2100-02-28T23:59:59Z"},
		{"1999-12-31T00:00:00Z", 2, "2000-02-29T00:00:00Z"},
		{"2027-12-15T00:00:00Z", 1, "2028-01-15T00:00:00Z"},
		{"2027-03-31T00:00:00Z", -1, "2027-02-28T00:00:00Z"},
		{"2027-01-31T00:00:00Z", -2, "2026-11-30T00:00:00Z"},
		{"2027-05-05T00:00:00Z", 0, "2027-05-05T00:00:00Z"},
	}
	for _, test := range tests {
		if got := schedule.Months(at(t, test.anchor), test.months); !got.Equal(at(t, test.want)) {
			t.Errorf("%s and %d months: got %s, want %s", test.anchor, test.months, got.Format(time.RFC3339), test.want)
		}
	}
}

// TestMonthsFollowEachOther holds that there is a day in each month, and the
// anchor's own wherever there can be.
func TestMonthsFollowEachOther(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		anchor := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 5000).Draw(t, "day"))
		n := rapid.IntRange(-50, 200).Draw(t, "n")
		got := schedule.Months(anchor, n)
		months := 12*(got.Year()-anchor.Year()) + int(got.Month()-anchor.Month())
		last := got.AddDate(0, 0, 1).Month() != got.Month()
		if months != n || got.Day() > anchor.Day() || got.Day() < anchor.Day() && !last {
			t.Fatalf("got %v, %d months after %v", got, n, anchor)
		}
	})
}

func TestMonthly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		anchor, now string
		over        int
		ends        string
	}{
		{"2027-01-31T10:00:00Z", "2027-01-31T10:00:00Z", 0, "2027-02-28T10:00:00Z"},
		{"2027-01-31T10:00:00Z", "2027-02-28T09:59:59Z", 0, "2027-02-28T10:00:00Z"},
		{"2027-01-31T10:00:00Z", "2027-02-28T10:00:00Z", 1, "2027-03-31T10:00:00Z"},
		{"2027-01-31T10:00:00Z", "2027-03-30T10:00:00Z", 1, "2027-03-31T10:00:00Z"},
		{"2027-01-31T10:00:00Z", "2028-02-29T10:00:00Z", 13, "2028-03-31T10:00:00Z"},
		{"2027-01-31T10:00:00Z", "2027-01-31T09:00:00Z", -1, "2027-01-31T10:00:00Z"},
	}
	for _, test := range tests {
		over, ends := schedule.Monthly(at(t, test.anchor), at(t, test.now))
		if over != test.over || !ends.Equal(at(t, test.ends)) {
			t.Errorf("%s at %s: got %d, %s, want %d, %s", test.anchor, test.now, over, ends.Format(time.RFC3339), test.over, test.ends)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		anchor := time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "anchor"), 0).UTC()
		now := anchor.Add(time.Duration(rapid.Int64Range(0, int64(50*365*24*time.Hour)).Draw(t, "later")))
		over, ends := schedule.Monthly(anchor, now)
		if begins := schedule.Months(anchor, over); begins.After(now) || !ends.After(now) || !schedule.Months(anchor, over+1).Equal(ends) {
			t.Fatalf("%s at %s: month %d from %s to %s", anchor, now, over, begins, ends)
		}
	})
}

func TestWindow(t *testing.T) {
	t.Parallel()
	w := schedule.Before(at(t, "2027-03-14T12:00:00Z"), 2*time.Hour)
	tests := []struct {
		now               string
		early, open, past bool
	}{
		{"2027-03-14T09:59:59Z", true, false, false},
		{"2027-03-14T10:00:00Z", false, true, false},
		{"2027-03-14T11:59:59Z", false, true, false},
		{"2027-03-14T12:00:00Z", false, false, true},
	}
	for _, test := range tests {
		now := at(t, test.now)
		if w.Early(now) != test.early || w.Open(now) != test.open || w.Past(now) != test.past {
			t.Errorf("at %s: got early %v, open %v, past %v", test.now, w.Early(now), w.Open(now), w.Past(now))
		}
	}
	var none schedule.Window
	if now := at(t, "2027-03-14T12:00:00Z"); !none.IsZero() || none.Early(now) || none.Past(now) || !none.Open(now) {
		t.Error("the zero window bounds something")
	}
}
