package render

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// paragraph returns a line escaped for the begin of a line, where a few more
// characters make lists and headings.
func paragraph(s string) string {
	out := escape(s)
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	switch first, next := at(s, 0), at(s, 1); {
	case strings.ContainsRune("-+=", first) && !wordly(next):
		return `\` + out
	case digits > 0 && digits < len(s) && strings.IndexByte(".)", s[digits]) >= 0:
		return out[:digits] + `\` + out[digits:]
	}
	return out
}

// marks are the characters that escape looks at; all others stay as they are.
const marks = "\\`*~|[]#<>&_@:."

// escape returns a line of clean text so that Markdown shows it as it is: no
// emphasis, code, link, image, table cell, heading or HTML, no bare address
// made a link, no mention of everybody. Angle brackets become entities, which
// also survive a renderer that passes HTML on.
func escape(s string) string {
	if !strings.ContainsAny(s, marks) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i, r := range s {
		switch r {
		case '\\', '`', '*', '~', '|', '[', ']', '#':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			b.WriteString(ampersand(s[i:]))
		case '_':
			b.WriteString(underscore(s, i))
		case '@':
			b.WriteString(mention(s[i:]))
		case ':', '.':
			if address(s, i) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// value returns a clean text for a cell or behind a label, as escape does, but
// for a single run of asterisks, such as stands for a secret: emphasis takes
// two.
func value(s string) string {
	run := strings.TrimLeft(s[max(0, strings.IndexByte(s, '*')):], "*")
	if strings.ContainsRune(run, '*') || !strings.ContainsRune(s, '*') {
		return escape(s)
	}
	first := strings.IndexByte(s, '*')
	return escape(s[:first]) + s[first:len(s)-len(run)] + escape(run)
}

// ampersand escapes what would be read as a character reference: &lt; &#64;.
func ampersand(s string) string {
	name, _, ok := strings.Cut(s[1:], ";")
	if !ok || name == "" || strings.ContainsFunc(name, func(r rune) bool { return r != '#' && !wordly(r) }) {
		return "&"
	}
	return `\&`
}

// underscore leaves those inside a word alone, which names of parameters
// have and no flavour reads as emphasis.
func underscore(s string, i int) string {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	if i > 0 && wordly(before) && wordly(at(s, i+1)) {
		return "_"
	}
	return `\_`
}

// mention defuses @everyone, @here and @channel, which chat programs look for in the
// raw text, escaped or not.
func mention(s string) string {
	for _, all := range []string{"everyone", "here", "channel"} {
		if n := len(all) + 1; len(s) >= n && strings.EqualFold(s[1:n], all) {
			return "&#64;"
		}
	}
	return "@"
}

// address reports whether the colon or point at i is the one by which a bare
// web address is known: https:// or www.
func address(s string, i int) bool {
	if s[i] == ':' {
		return strings.HasPrefix(s[i:], "://")
	}
	return i >= 3 && strings.EqualFold(s[i-3:i], "www")
}

func wordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// at returns the character that begins at byte i, 0 beyond the end.
func at(s string, i int) rune {
	if i >= len(s) {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return r
}
