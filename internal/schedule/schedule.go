// Package schedule reckons when something is due: once a day by a clock on a
// wall, every month since a day, or within a window of time. All of it is pure
// functions of the moments that they are given; none reads a clock.
package schedule

import (
	"fmt"
	"time"
)

// Clock is a time of day, in hours and minutes since midnight.
type Clock struct{ Hour, Minute int }

// ParseClock reads a time of day as "08:00". The error says what is wrong.
func ParseClock(s string) (Clock, error) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return Clock{}, fmt.Errorf("%q is no time of day such as 08:00", s)
	}
	return Clock{t.Hour(), t.Minute()}, nil
}

// String writes the time of day as [ParseClock] reads it.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c.Hour, c.Minute) }

// Daily is a moment of every day by the clocks of a zone. Where they are set
// forward over it, the day's moment is when they are set; where they are set
// back over it, it is the first of the two. A day that a zone leaves out has
// none.
type Daily struct {
	At   Clock
	Zone *time.Location // nil = UTC
}

// Next returns the first moment after the one given.
func (d Daily) Next(after time.Time) time.Time {
	for offset := -1; ; offset++ {
		if at, ok := d.on(after, offset); ok && at.After(after) {
			return at
		}
	}
}

// Last returns the latest moment that is not after the one given.
func (d Daily) Last(before time.Time) time.Time {
	for offset := 1; ; offset-- {
		if at, ok := d.on(before, offset); ok && !at.After(before) {
			return at
		}
	}
}

// on returns the moment of the day so many days from that of a time; not ok
// where the zone has no such day.
func (d Daily) on(t time.Time, offset int) (time.Time, bool) {
	zone := d.Zone
	if zone == nil {
		zone = time.UTC
	}
	year, month, day := t.In(zone).Date()
	wall := time.Date(year, month, day+offset, d.At.Hour, d.At.Minute, 0, 0, time.UTC) // what the clocks are to show
	at := time.Date(year, month, day+offset, d.At.Hour, d.At.Minute, 0, 0, zone)
	begins, ends := at.ZoneBounds()
	switch off := shows(at).Sub(wall); {
	case off == 0:
		return first(at, begins, wall), true
	case off.Abs() >= 24*time.Hour:
		return time.Time{}, false
	case off > 0: // reckoned by the clocks from before they were set
		return begins, true
	}
	return ends, true
}

// first returns the earlier of two moments at which clocks show the same, of
// which one is given with the begin of its offset from UTC.
func first(at, begins, wall time.Time) time.Time {
	if begins.IsZero() {
		return at
	}
	_, before := begins.Add(-1).Zone()
	earlier := wall.Add(-time.Duration(before) * time.Second).In(at.Location())
	if earlier.Before(begins) && shows(earlier).Equal(wall) {
		return earlier
	}
	return at
}

// shows returns what clocks show at a moment, as a time of UTC.
func shows(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// Months returns the moment n months from an anchor, in the anchor's zone: the
// same day of the month at the same time or, in a month that is shorter, its
// last day. It is reckoned from the anchor each time, so that the 31st comes
// back after February.
func Months(anchor time.Time, n int) time.Time {
	year, month, day := anchor.Date()
	last := time.Date(year, month+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return time.Date(year, month+time.Month(n), min(day, last),
		anchor.Hour(), anchor.Minute(), anchor.Second(), anchor.Nanosecond(), anchor.Location())
}

// Monthly returns how many whole months since an anchor are over at a moment,
// less than 0 before the anchor, and the end of the month under way.
func Monthly(anchor, now time.Time) (over int, ends time.Time) {
	at := now.In(anchor.Location())
	over = (at.Year()-anchor.Year())*12 + int(at.Month()) - int(anchor.Month())
	if Months(anchor, over).After(now) {
		over--
	}
	return over, Months(anchor, over+1)
}

// Window is when something may be done: from a moment on, and before another.
// The zero Window is no bound at all.
type Window struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// Before returns the window of the time before a deadline, which opens so long
// before it.
func Before(deadline time.Time, lead time.Duration) Window {
	return Window{From: deadline.Add(-lead), Until: deadline}
}

// IsZero reports whether there is no bound.
func (w Window) IsZero() bool { return w.From.IsZero() && w.Until.IsZero() }

// Early reports whether the window opens later than a moment.
func (w Window) Early(now time.Time) bool { return !w.IsZero() && now.Before(w.From) }

// Past reports whether the window is closed at a moment.
func (w Window) Past(now time.Time) bool { return !w.IsZero() && !now.Before(w.Until) }

// Open reports whether a moment is within the window.
func (w Window) Open(now time.Time) bool { return !w.Early(now) && !w.Past(now) }
