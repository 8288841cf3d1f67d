package icalendar_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"didops/internal/icalendar"
)

func moment(s string) time.Time {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return at
}

func TestWrite(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	err := icalendar.Write(&b, icalendar.Calendar{
		Name: "Renewals", Stamp: moment("2026-11-30T08:00:00+02:00"),
		Events: []icalendar.Event{
			{ID: "a1@didops", Day: moment("2026-12-31T00:00:00Z"), What: "Renewal: 2 numbers, “A; B”", More: "+12025550123\n+12025550124"},
			{ID: "b2@didops", Day: moment("2027-01-31T00:00:00Z"), What: "x"},
		},
	})
	want := strings.ReplaceAll(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//didops//didops//EN
CALSCALE:GREGORIAN
X-WR-CALNAME:Renewals
REFRESH-INTERVAL;VALUE=DURATION:PT12H
X-PUBLISHED-TTL:PT12H
BEGIN:VEVENT
UID:a1@didops
DTSTAMP:20261130T060000Z
DTSTART;VALUE=DATE:20261231
SUMMARY:Renewal: 2 numbers\, “A\; B”
DESCRIPTION:+12025550123\n+12025550124
TRANSP:TRANSPARENT
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Renewal: 2 numbers\, “A\; B”
TRIGGER:-P3D
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:b2@didops
DTSTAMP:20261130T060000Z
DTSTART;VALUE=DATE:20270131
SUMMARY:x
TRANSP:TRANSPARENT
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:x
TRIGGER:-P3D
END:VALARM
END:VEVENT
END:VCALENDAR
`, "\n", "\r\n")
	if err != nil || b.String() != want {
		t.Errorf("got %v %s", err, b.String())
	}
	broken := errors.New("full")
	if err := icalendar.Write(failing{broken}, icalendar.Calendar{}); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }

// TestAnyTextIsAValue holds that no text ends its line, begins another event, or
// is lost, and that no line is longer than 75 octets or cut in a character.
func TestAnyTextIsAValue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		what, more := rapid.String().Draw(r, "what"), rapid.StringMatching(`(é|[ -~]|\r\n|\n|BEGIN:VEVENT){0,300}`).Draw(r, "more")
		var b strings.Builder
		if err := icalendar.Write(&b, icalendar.Calendar{Events: []icalendar.Event{{ID: "a", What: what, More: more}}}); err != nil {
			r.Fatal(err)
		}
		for l := range strings.SplitSeq(b.String(), "\r\n") {
			if len(l) > 75 || !utf8.ValidString(l) || strings.ContainsAny(l, "\r\n") {
				r.Fatalf("got the line %q", l)
			}
		}
		lines := strings.Split(strings.ReplaceAll(b.String(), "\r\n ", ""), "\r\n")
		if n := strings.Count("\n"+strings.Join(lines, "\n"), "\nBEGIN:VEVENT"); n != 1 {
			r.Fatalf("got %d events in %q", n, b.String())
		}
		for _, l := range lines {
			value, ok := strings.CutPrefix(l, "DESCRIPTION:")
			if ok && more != "" && unescaped(value) != strings.ReplaceAll(more, "\r\n", "\n") {
				r.Fatalf("got %q of %q", unescaped(value), more)
			} else if ok {
				break
			}
		}
	})
}

func unescaped(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n").Replace(s)
}
