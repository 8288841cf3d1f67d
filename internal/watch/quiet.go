package watch

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // not every machine has the time zones

	"didops/internal/fault"
	"didops/internal/sanitize"
)

// Quiet are hours of the day in which nothing is told, by the clock of a time
// zone. The zero Quiet has none, and days are those of UTC.
type Quiet struct {
	Zone     string // IANA name; "" = UTC
	From, To int    // minutes since midnight; the same = no quiet hours
}

const (
	minute    = 60
	minutes   = 24 * 60
	quietHint = "such as 22:00-07:00, in UTC, or Europe/London 22:00-07:00"
)

// ParseQuiet reads quiet hours: "22:00-07:00", by UTC, or behind the name of a
// time zone. "" has none. Errors are [fault.Invalid] and name the parameter.
func ParseQuiet(text string) (Quiet, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Quiet{}, nil
	}
	bad := func(why string) error {
		return fault.New(fault.Invalid, "quiet %q %s", sanitize.Clean(text, MaxName), why).WithField("quiet").WithHint(quietHint)
	}
	var q Quiet
	hours := text
	if i := strings.LastIndexByte(text, ' '); i >= 0 {
		q.Zone, hours = strings.TrimSpace(text[:i]), text[i+1:]
		if _, err := time.LoadLocation(q.Zone); err != nil || q.Zone == "Local" {
			return Quiet{}, bad("names no time zone that is known")
		}
		if q.Zone == "UTC" {
			q.Zone = ""
		}
	}
	from, to, ok := strings.Cut(strings.ReplaceAll(hours, "–", "-"), "-")
	if ok {
		q.From, ok = clock(from)
	}
	if ok {
		q.To, ok = clock(to)
	}
	if !ok {
		return Quiet{}, bad("is no span of hours")
	}
	if q.From == q.To {
		return Quiet{}, bad("begins when it ends")
	}
	return q, nil
}

// clock reads 22:00, or 24:00 for the end of the day.
func clock(s string) (int, bool) {
	var h, m int
	if len(s) < 4 || len(s) > 5 {
		return 0, false
	}
	if n, err := fmt.Sscanf(s, "%d:%2d", &h, &m); err != nil || n != 2 || s[len(s)-3] != ':' || h < 0 || m < 0 || m >= minute {
		return 0, false
	}
	at := h*minute + m
	return at % minutes, at <= minutes
}

// String is the quiet hours as ParseQuiet reads them; "" for none.
func (q Quiet) String() string {
	if q.From == q.To {
		return ""
	}
	text := fmt.Sprintf("%02d:%02d-%02d:%02d", q.From/minute, q.From%minute, q.To/minute, q.To%minute)
	if q.Zone == "" {
		return text
	}
	return q.Zone + " " + text
}

// local is a moment by the clock of the zone. A zone that is not known any more
// is UTC.
func (q Quiet) local(t time.Time) time.Time {
	if zone, err := time.LoadLocation(q.Zone); err == nil {
		return t.In(zone)
	}
	return t.UTC()
}

// Day is the day of a moment by the clock of the zone.
func (q Quiet) Day(t time.Time) string { return q.local(t).Format(time.DateOnly) }

// At reports whether a moment is within the quiet hours.
func (q Quiet) At(t time.Time) bool {
	if q.From == q.To {
		return false
	}
	here := q.local(t)
	now := here.Hour()*minute + here.Minute()
	if q.From < q.To {
		return q.From <= now && now < q.To
	}
	return now >= q.From || now < q.To
}
