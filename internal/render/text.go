package render

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// runeColumns returns how many columns of a terminal r takes: two for East
// Asian wide characters and emoji, none for marks drawn on the character
// before. Characters of ambiguous width count as one, which is what terminals
// outside East Asia draw.
func runeColumns(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	case width.Neutral, width.EastAsianAmbiguous, width.EastAsianNarrow, width.EastAsianHalfwidth:
	}
	return 1
}

// Wrap returns s, made one line of visible characters, broken between words
// into lines of at most n columns of a terminal; n < 1 means no bound. A word
// that is longer stays whole on a line of its own.
func Wrap(s string, n int) []string { return wrap(line(s), n) }

// Shorten returns s, made one line of visible characters, in at most n
// columns of a terminal; a text that was cut ends in "…".
func Shorten(s string, n int) string { return shorten(line(s), n) }

// columns returns how many columns of a terminal s takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// head returns the longest begin of s that takes at most n columns, and the
// rest.
func head(s string, n int) (string, string) {
	for i, r := range s {
		if n -= runeColumns(r); n < 0 {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// shorten returns s in at most n columns; a text that was cut ends in "…".
func shorten(s string, n int) string {
	if columns(s) <= n {
		return s
	}
	if n < 1 {
		return ""
	}
	begin, _ := head(s, n-1)
	return strings.TrimRight(begin, " ") + "…"
}

// wrap breaks s between words into lines of at most n columns; n < 1 means no
// bound. A longer word stays whole on a line of its own, so that an address
// or a cursor can still be copied.
func wrap(s string, n int) []string {
	if n < 1 || columns(s) <= n {
		return []string{s}
	}
	var lines []string
	var cur string
	for word := range strings.FieldsSeq(s) {
		switch {
		case cur == "":
			cur = word
		case columns(cur)+1+columns(word) <= n:
			cur += " " + word
		default:
			lines = append(lines, cur)
			cur = word
		}
	}
	return append(lines, cur)
}

// fold is [wrap] that breaks words too: no line is longer than n.
func fold(s string, n int) []string {
	var lines []string
	for _, l := range wrap(s, n) {
		for n >= 2 && columns(l) > n {
			var begin string
			begin, l = head(l, n)
			lines = append(lines, begin)
		}
		lines = append(lines, l)
	}
	return lines
}

// pad returns s in exactly n columns, aligned to the right where right is set.
func pad(s string, n int, right bool) string {
	space := strings.Repeat(" ", max(0, n-columns(s)))
	if right {
		return space + s
	}
	return s + space
}
