package render

import (
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// terminal measures as terminals outside East Asia draw, whatever the locale
// of this process: characters of ambiguous width take one column.
func terminal() *runewidth.Condition { return &runewidth.Condition{StrictEmojiNeutral: true} }

// Wrap returns s, made one line of visible characters, broken between words
// into lines of at most n columns of a terminal; n < 1 means no bound. A word
// that is longer stays whole on a line of its own.
func Wrap(s string, n int) []string { return wrap(line(s), n) }

// Shorten returns s, made one line of visible characters, in at most n
// columns of a terminal; a text that was cut ends in "…".
func Shorten(s string, n int) string { return shorten(line(s), n) }

// columns returns how many columns of a terminal s takes.
func columns(s string) int { return terminal().StringWidth(s) }

// head returns the longest begin of s that takes at most n columns and cuts
// no character into its parts, and the rest.
func head(s string, n int) (string, string) {
	begin := terminal().Truncate(s, n, "")
	return begin, s[len(begin):]
}

// shorten returns s in at most n columns; a text that was cut ends in "…".
func shorten(s string, n int) string {
	if columns(s) <= n {
		return s
	}
	if n < 1 {
		return ""
	}
	rest := "…"
	if strings.HasPrefix(s, "“") && strings.HasSuffix(s, "”") {
		rest = "…”" // what is left of a quotation is one
	}
	begin, _ := head(s, max(0, n-columns(rest)))
	return shortest(strings.TrimRight(begin, " ")+rest, n)
}

// shortest returns s, or as much of it as n columns take.
func shortest(s string, n int) string {
	begin, _ := head(s, n)
	return begin
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
			if begin, l = head(l, n); begin == "" { // marks without end on one character
				_, w := utf8.DecodeRuneInString(l)
				begin, l = l[:w], l[w:]
			}
			lines = append(lines, begin)
		}
		lines = append(lines, l)
	}
	return lines
}

// pad returns s in exactly n columns, aligned to the right where right is set.
func pad(s string, n int, right bool) string {
	if right {
		return terminal().FillLeft(s, n)
	}
	return terminal().FillRight(s, n)
}
