package renewal_test

import (
	"strings"
	"testing"
	"time"

	"didops/internal/renewal"
)

func date(t *testing.T, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.DateOnly, time.DateTime, time.RFC3339} {
		if at, err := time.Parse(layout, s); err == nil {
			return at
		}
	}
	t.Fatal("no date: " + s)
	return time.Time{}
}

// TestDates holds month arithmetic. Sources: iCalendar's rules skip the months
// that have no such day (RFC 5545, 3.3.10), which bills do not; Stripe's
// documentation of billing_cycle_anchor has them end on the last day of the
// month and return to the 31st, and Go's time.AddDate documents that October 31
// and one month is December 1. The exchange's shape of an unknown date is
// 0000-00-00 00:00:00, which its client reads as no date.
func TestDates(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		since, billed, now, until, want string
		standing                        renewal.Standing
	}{
		"31 January":                          {"2026-01-31", "2026-02-28", "2026-02-01", "2026-06-30", "2026-02-28 ~2026-03-31 ~2026-04-30 ~2026-05-31 ~2026-06-30", renewal.Due},
		"31 January of a leap year":           {"2028-01-31", "2028-02-29", "2028-02-01", "2028-04-30", "2028-02-29 ~2028-03-31 ~2028-04-30", renewal.Due},
		"29 February, a year later":           {"2028-02-29", "2029-02-28", "2029-02-01", "2029-04-30", "2029-02-28 ~2029-03-29 ~2029-04-29", renewal.Due},
		"30 January":                          {"2027-01-30", "2027-02-28", "2027-02-01", "2027-04-01", "2027-02-28 ~2027-03-30", renewal.Due},
		"over the year":                       {"2026-08-31", "2026-11-30", "2026-11-30", "2027-03-01", "2026-11-30 ~2026-12-31 ~2027-01-31 ~2027-02-28", renewal.Due},
		"since is not known":                  {"", "2026-02-28", "2026-02-01", "2026-04-30", "2026-02-28 ~2026-03-28 ~2026-04-28", renewal.Due},
		"since does not lead there":           {"2026-01-31", "2026-03-03", "2026-02-01", "2026-05-31", "2026-03-03 ~2026-04-03 ~2026-05-03", renewal.Due}, // AddDate, as some exchanges have it
		"since lies behind it":                {"2026-05-31", "2026-03-31", "2026-03-01", "2026-04-30", "2026-03-31 ~2026-04-30", renewal.Due},
		"paid until later than is asked for":  {"2026-01-15", "2027-01-15", "2026-02-01", "2026-04-30", "2027-01-15", renewal.Due},
		"today, at its last second":           {"", "2026-03-01 00:00:01", "2026-03-01 23:59:59", "2026-03-31", "2026-03-01", renewal.Due},
		"yesterday":                           {"", "2026-02-28 23:59:59", "2026-03-01 00:00:00", "2026-05-31", "", renewal.Past},
		"0000-00-00":                          {"2026-01-31", "", "2026-02-01", "2026-06-30", "", renewal.Unknown},
		"now in a zone ahead, UTC a day less": {"", "2026-10-24", "2026-10-25T01:30:00+02:00", "2026-10-31", "2026-10-24", renewal.Due},
		"the hour that comes twice":           {"", "2026-10-25", "2026-10-25T02:30:00+01:00", "2026-11-30", "2026-10-25 ~2026-11-25", renewal.Due},
		"the hour that is missing":            {"2026-01-29", "2026-03-29", "2026-03-29T03:30:00+02:00", "2026-04-30", "2026-03-29 ~2026-04-29", renewal.Due},
	} {
		got, standing := renewal.Dates(date(t, tt.since), date(t, tt.billed), date(t, tt.now), date(t, tt.until))
		if standing != tt.standing || written(got) != tt.want {
			t.Errorf("%s: got %q (%d), want %q (%d)", name, written(got), standing, tt.want, tt.standing)
		}
	}
}

// written writes days, projected ones with a tilde.
func written(list []renewal.Date) string {
	var parts []string
	for _, d := range list {
		parts = append(parts, map[bool]string{true: "~"}[d.Projected]+d.Day.Format(time.DateOnly))
	}
	return strings.Join(parts, " ")
}
