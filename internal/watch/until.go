package watch

import (
	"strconv"
	"strings"
	"time"

	"didops/internal/fault"
	"didops/internal/sanitize"
)

// defaultFor is how long a watch runs unless something else is said.
const defaultFor = 90 * 24 * time.Hour

const untilHint = "such as 30d, 2026-12-31 or 2026-12-31T18:00:00Z; a year at most"

// ParseUntil reads when a watch ends: a span from now (30d, 12h, 6w), a date,
// to whose last second it runs in UTC, or a moment by RFC 3339. "" is 90 days
// from now. Errors are [fault.Invalid] and name the parameter.
func ParseUntil(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return now.Add(defaultFor), nil
	}
	bad := func(why string) error {
		return fault.New(fault.Invalid, "until %q %s", sanitize.Clean(text, MaxName), why).WithField("until").WithHint(untilHint)
	}
	until, ok := moment(text, now)
	switch {
	case !ok:
		return time.Time{}, bad("is no date and no span of time")
	case !until.After(now):
		return time.Time{}, bad("is over: it could find nothing")
	case until.After(now.Add(longestWatch)):
		return time.Time{}, bad("is more than a year away")
	}
	return until.UTC(), nil
}

func moment(text string, now time.Time) (time.Time, bool) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.Add(24*time.Hour - time.Second), true // the day itself is what people are shown
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, true
	}
	unit, ok := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[text[len(text)-1]|0x20]
	n, err := strconv.ParseUint(strings.TrimSpace(text[:len(text)-1]), 10, 16)
	if !ok || err != nil {
		return time.Time{}, false
	}
	// More is too far all the same, which the caller says.
	return now.Add(min(time.Duration(n), 2*longestWatch/unit) * unit), true
}
