package approval

import (
	"fmt"
	"strings"
	"time"

	"didops/internal/schedule"
)

// Hours is a part of some days of the week, by the clocks of a zone: while they
// show From or later, and not yet Until. Where Until is not later than From, it
// goes on until then on the day after. An hour that is left out when clocks are
// set forward has no moment, and one that comes twice counts both times.
type Hours struct {
	Days  [7]bool // by [time.Weekday], on which it begins
	From  int     // minutes since midnight
	Until int     // at most 24 * 60
	text  string
}

const wholeDay = 24 * 60

func weekdays() []string { return []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"} }

// ParseHours reads "Mon-Fri 08:00-18:00", "Sat,Sun" or "22:00-06:00". The error
// says what is wrong.
func ParseHours(s string) (Hours, error) {
	h := Hours{Until: wholeDay, text: s}
	fields := strings.Fields(s)
	if len(fields) == 0 || len(fields) > 2 {
		return Hours{}, fmt.Errorf("%q is no time of the week such as Mon-Fri 08:00-18:00", s)
	}
	days, clock := fields[0], ""
	if strings.Contains(fields[0], ":") {
		days, clock = "Sun-Sat", fields[0]
	}
	if len(fields) == 2 {
		if clock != "" {
			return Hours{}, fmt.Errorf("%q has two times of day", s)
		}
		clock = fields[1]
	}
	if err := h.parseDays(days); err != nil {
		return Hours{}, err
	}
	if clock == "" {
		return h, nil
	}
	from, until, ok := strings.Cut(clock, "-")
	first, err := schedule.ParseClock(from)
	if !ok || err != nil {
		return Hours{}, fmt.Errorf("%q is no span of time such as 08:00-18:00", clock)
	}
	h.From = 60*first.Hour + first.Minute
	if until == "24:00" {
		return h, nil
	}
	last, err := schedule.ParseClock(until)
	if err != nil {
		return Hours{}, fmt.Errorf("%q is no span of time such as 08:00-18:00", clock)
	}
	h.Until = 60*last.Hour + last.Minute
	if h.Until == h.From {
		return Hours{}, fmt.Errorf("%q begins and ends at once; a whole day is 00:00-24:00", clock)
	}
	return h, nil
}

func (h *Hours) parseDays(s string) error {
	for part := range strings.SplitSeq(s, ",") {
		from, until, span := strings.Cut(part, "-")
		first, ok := weekday(from)
		last := first
		if span && ok {
			last, ok = weekday(until)
		}
		if !ok {
			return fmt.Errorf("%q is no day of the week such as Mon, or Mon-Fri", part)
		}
		for day := first; ; day = (day + 1) % 7 {
			h.Days[day] = true
			if day == last {
				break
			}
		}
	}
	return nil
}

func weekday(s string) (time.Weekday, bool) {
	for n, name := range weekdays() {
		if strings.EqualFold(name, s) {
			return time.Weekday(n), true
		}
	}
	return 0, false
}

// String writes the hours as they were read.
func (h Hours) String() string { return h.text }

// Holds reports whether a moment is within the hours, by the clocks of its own
// location.
func (h Hours) Holds(at time.Time) bool {
	day, minute := at.Weekday(), 60*at.Hour()+at.Minute()
	if h.Until > h.From {
		return h.Days[day] && h.From <= minute && minute < h.Until
	}
	return h.Days[day] && minute >= h.From || h.Days[(day+6)%7] && minute < h.Until
}
