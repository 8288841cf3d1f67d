// Package sanitize makes text of other parties safe to show: sellers'
// descriptions, vendor names, messages of the exchange, what a caller typed.
//
// It removes what could change how the surrounding text is read. Escaping for
// a medium (Markdown, mentions, a terminal) stays with the renderer.
package sanitize

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean returns s as one line of at most max characters: control sequences of
// terminals as a whole (see [sequence]), invalid UTF-8, control characters and invisible formatting characters (bidirectional
// controls, zero-width characters, tags) are removed, runs of white space and
// of blank characters become one space, and a text that was cut ends in "…".
func Clean(s string, max int) string {
	if plain(s, max) {
		return s
	}
	var b strings.Builder
	n, space := 0, false
	for i, w := 0, 0; i < len(s); i += w {
		var r rune
		r, w = utf8.DecodeRuneInString(s[i:])
		if n := sequence(s[i:]); n > 0 {
			w = n
			continue
		}
		if unicode.IsSpace(r) || blank(r) {
			space = n > 0
			continue
		}
		if (r == utf8.RuneError && w == 1) || invisible(r) {
			continue
		}
		need := 1
		if space {
			need = 2
		}
		if n+need > max {
			return cut(b.String(), max)
		}
		if space {
			b.WriteByte(' ')
			n++
			space = false
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// plain reports whether s needs no change, for the common case of short ASCII.
func plain(s string, max int) bool {
	if len(s) > max {
		return false
	}
	prev := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || (c == ' ' && prev == ' ') {
			return false
		}
		prev = c
	}
	return len(s) == 0 || prev != ' '
}

// blank reports whether r draws nothing but is as wide as if it did. Such a
// character looks like a space and is none to what breaks lines, so that a
// text could be made to go on at the begin of a line.
func blank(r rune) bool {
	switch r {
	case 0x2800, 0x1D159, 0x13441, 0x13442: // of Braille, musical notes and hieroglyphs
		return true
	}
	return false
}

// invisible reports whether r draws nothing of its own: controls, formatting
// characters (which hold all bidirectional controls and the tag block),
// surrogates, private use, unassigned code points, and the line and variation
// marks that Unicode counts elsewhere.
func invisible(r rune) bool {
	switch {
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs):
		return true
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF: // variation selectors
		return true
	case r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0: // Hangul fillers
		return true
	}
	return !unicode.IsGraphic(r)
}

func cut(s string, max int) string {
	if max < 1 {
		return ""
	}
	r := []rune(s)
	if len(r) >= max {
		r = r[:max-1]
	}
	return strings.TrimRight(string(r), " ") + "…"
}
