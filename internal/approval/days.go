package approval

import (
	"fmt"
	"strings"
	"time"

	"didops/internal/identity"
	"didops/internal/schedule"
)

// Days is a span of days, the first and the last included, by no zone's clocks.
type Days struct{ First, Last string } // 2006-01-02

// ParseDays reads "2026-12-20/2027-01-05", or one day. The error says what is
// wrong.
func ParseDays(s string) (Days, error) {
	first, last, span := strings.Cut(s, "/")
	if !span {
		last = first
	}
	for _, day := range []string{first, last} {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return Days{}, fmt.Errorf("%q is no day such as 2026-12-20", day)
		}
	}
	if last < first {
		return Days{}, fmt.Errorf("%q ends before it begins", s)
	}
	return Days{first, last}, nil
}

// Period returns the time of the days by the clocks of a zone.
func (d Days) Period(zone *time.Location) identity.Period {
	return identity.Period{From: begin(d.First, 0, zone), Until: begin(d.Last, 1, zone)}
}

// begin returns the first moment of the day so many days after one.
func begin(day string, after int, zone *time.Location) time.Time {
	t, _ := time.Parse(time.DateOnly, day)
	t = t.AddDate(0, 0, after)
	noon := time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, zone)
	return schedule.Daily{Zone: zone}.Last(noon)
}

// Month returns the calendar month of a moment by the clocks of a zone.
func Month(at time.Time, zone *time.Location) identity.Period {
	if zone == nil {
		zone = time.UTC
	}
	year, month, _ := at.In(zone).Date()
	from := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	return identity.Period{From: begin(from.Format(time.DateOnly), 0, zone), Until: begin(from.AddDate(0, 1, 0).Format(time.DateOnly), 0, zone)}
}
