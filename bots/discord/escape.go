package discord

import (
	"math"
	"strings"
	"unicode"

	"didops/internal/sanitize"
)

// gap is put where Discord would read two characters together. It has no
// width, and is the one invisible character that is written.
const gap = "\u200b"

// escaped returns a text of another party as one line that Discord shows as
// it is: no emphasis, code, link, heading, list, quotation, mention or
// timestamp. Discord knows no character references, so all is done with
// backslashes, but for @everyone and @here, which those do not stop.
func escaped(s string) string {
	s = sanitize.Clean(s, math.MaxInt)
	var b strings.Builder
	for i, r := range s {
		switch r {
		case '\\', '`', '*', '_', '~', '|', '[', ']', '<', '>', '#':
			b.WriteByte('\\')
		case ':':
			if strings.HasPrefix(s[i:], "://") {
				b.WriteByte('\\') // a bare address is no link
			}
		case '-':
			if i == 0 {
				b.WriteByte('\\') // no list
			}
		case '.':
			if i > 0 && strings.Trim(s[:i], "0123456789") == "" && (i+1 == len(s) || s[i+1] == ' ') {
				b.WriteByte('\\') // nor a numbered one
			}
		}
		b.WriteRune(r)
		if r == '@' && crowd(s[i+1:]) {
			b.WriteString(gap)
		}
	}
	return b.String()
}

// crowd reports whether s, which follows an @, begins with the name of all.
func crowd(s string) bool {
	for _, all := range []string{"everyone", "here"} {
		if len(s) >= len(all) && strings.EqualFold(s[:len(all)], all) {
			return true
		}
	}
	return false
}

// bold puts a text in bold, if there is any.
func bold(s string) string {
	if s == "" {
		return ""
	}
	return "**" + escaped(s) + "**"
}

// flag is the flag of a country by its ISO code of two letters, with a space;
// "" for what is no such code.
func flag(code string) string {
	if len(code) != 2 || !unicode.IsUpper(rune(code[0])) || !unicode.IsUpper(rune(code[1])) || code[0] > 'Z' || code[1] > 'Z' {
		return ""
	}
	const first = 0x1F1E6 // REGIONAL INDICATOR SYMBOL LETTER A
	return string([]rune{first + rune(code[0]-'A'), first + rune(code[1]-'A')}) + " "
}
