package sanitize

import (
	"unicode"
	"unicode/utf8"
)

// The control characters that begin, end and break off what a terminal reads
// as a command, of ECMA-48, in their 8-bit form.
const (
	esc = 0x1B
	can = 0x18 // ends a sequence
	sub = 0x1A // the same
	bel = 0x07 // ends a string for most terminals
	ss2 = 0x8E
	ss3 = 0x8F
	dcs = 0x90
	sos = 0x98
	csi = 0x9B
	st  = 0x9C
	osc = 0x9D
	pm  = 0x9E
	apc = 0x9F
)

// sequence returns the length of the control sequence that s begins with, 0
// for none: what follows ESC in 7 bits, or a control character of 8 bits in
// UTF-8 or as a bare byte. One that never ends reaches as far as a terminal
// would wait for it: a string to the end of s, another to what can't be part
// of it.
func sequence(s string) int {
	c, n := control(s)
	if c == esc {
		c, n = escaped(s, n)
	}
	switch c {
	case csi:
		return n + parameters(s[n:], 0x40)
	case ss2, ss3:
		_, w := utf8.DecodeRuneInString(s[n:])
		return n + w
	case dcs, sos, osc, pm, apc:
		return n + untilEnd(s[n:])
	case esc:
		return n + parameters(s[n:], 0x30)
	}
	return 0
}

// control returns the character that s begins with, a bare byte of 8 bits as
// the control character that it is to a terminal without UTF-8.
func control(s string) (rune, int) {
	r, w := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && w == 1 {
		r = rune(s[0])
	}
	return r, w
}

// escaped returns the 8-bit control character that ESC and what follows it
// stand for, or ESC, and where its text goes on; 0 where nothing that follows
// belongs to it. What draws nothing in between is passed over, and up to the
// begin of a longer sequence white space too.
func escaped(s string, n int) (rune, int) {
	apart := false
	for at := n; at < len(s); {
		r, w := control(s[at:])
		switch c := r + 0x40; {
		case r == esc, r == can, r == sub:
			return 0, n
		case unicode.In(r, unicode.Cc, unicode.Cf):
			apart = apart || unicode.IsSpace(r)
			at += w
			continue
		case c == csi, c == dcs, c == sos, c == osc, c == pm, c == apc:
			return c, at + w
		case apart:
			return 0, n
		case c == ss2, c == ss3:
			return c, at + w
		}
		return esc, at
	}
	return 0, n
}

// parameters returns the length of parameters and intermediate characters up
// to the final one, which is not less than final.
func parameters(s string, final rune) int {
	n := 0
	for n < len(s) {
		r, w := control(s[n:])
		switch {
		case r >= final && r <= '~':
			return n + w
		case r == esc || r == can || r == sub || r > '~' && !unicode.In(r, unicode.Cc, unicode.Cf):
			return n
		}
		n += w
	}
	return n
}

// untilEnd returns the length of a string and of what ends it.
func untilEnd(s string) int {
	for n := 0; n < len(s); {
		r, w := control(s[n:])
		n += w
		switch {
		case r == st, r == bel, r == can, r == sub:
			return n
		case r == esc && n < len(s) && s[n] == '\\':
			return n + 1
		case r == esc:
			return n - w
		}
	}
	return len(s)
}
