// Package icalendar writes days on which something is due as an iCalendar
// (RFC 5545), for calendar programs to import or to follow.
//
// Each is an event that lasts a day, takes nobody's time and reminds three days
// before. There is no rule by which events come back: what is not due any more
// is left out the next time. Nothing in a text can begin a line of its own.
package icalendar

import (
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Calendar is what is written.
type Calendar struct {
	Name   string    // as programs show it
	Stamp  time.Time // of what it says
	Events []Event
}

// Event is something that is due on a day.
type Event struct {
	ID   string    // the same as long as it is the same event, and of no other: letters, digits, - and @
	Day  time.Time // in UTC
	What string    // a few words
	More string    // lines; may be empty
}

// Kind is the media type of what is written.
const Kind = "text/calendar; charset=utf-8"

// Write writes a calendar. An error is one of out.
func Write(out io.Writer, c Calendar) error {
	w := writer{out: out}
	w.line("BEGIN", "VCALENDAR")
	w.line("VERSION", "2.0")
	w.line("PRODID", "-//didops//didops//EN")
	w.line("CALSCALE", "GREGORIAN")
	w.line("X-WR-CALNAME", text(c.Name))
	w.line("REFRESH-INTERVAL;VALUE=DURATION", "PT12H")
	w.line("X-PUBLISHED-TTL", "PT12H")
	for _, e := range c.Events {
		w.event(e, c.Stamp)
	}
	w.line("END", "VCALENDAR")
	return w.err
}

type writer struct {
	out io.Writer
	err error
}

func (w *writer) event(e Event, stamp time.Time) {
	w.line("BEGIN", "VEVENT")
	w.line("UID", text(e.ID))
	w.line("DTSTAMP", stamp.UTC().Format("20060102T150405Z"))
	w.line("DTSTART;VALUE=DATE", e.Day.UTC().Format("20060102"))
	w.line("SUMMARY", text(e.What))
	if e.More != "" {
		w.line("DESCRIPTION", text(e.More))
	}
	w.line("TRANSP", "TRANSPARENT")
	w.line("BEGIN", "VALARM")
	w.line("ACTION", "DISPLAY")
	w.line("DESCRIPTION", text(e.What))
	w.line("TRIGGER", "-P3D")
	w.line("END", "VALARM")
	w.line("END", "VEVENT")
}

// widest is how many octets a line may have: RFC 5545, section 3.1.
const widest = 75

// line writes a property, folded between characters where it is too long.
func (w *writer) line(name, value string) {
	if w.err != nil {
		return
	}
	var b strings.Builder
	left := widest
	for s := name + ":" + value; s != ""; {
		r, size := utf8.DecodeRuneInString(s)
		if size > left {
			b.WriteString("\r\n ")
			left = widest - 1
		}
		b.WriteRune(r)
		left -= size
		s = s[size:]
	}
	b.WriteString("\r\n")
	_, w.err = io.WriteString(w.out, b.String())
}

// text escapes what has a meaning in a value (section 3.3.11), and leaves out
// characters that have no place in one.
func text(s string) string {
	s = strings.Map(func(r rune) rune {
		if r != '\n' && (r < ' ' || r == 0x7f || r == utf8.RuneError) {
			return -1
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(s)
}
