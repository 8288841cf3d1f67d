package phone

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"didops/internal/fault"
	"didops/internal/sanitize"
)

// The lengths of an international number: E.164 allows 15 digits; nothing that
// can be bought has fewer than 5.
const (
	shortestNumber = 5
	longestNumber  = 15
)

// Digits returns the digits of an international number, country code first,
// without "+". It accepts "+" or 00 in front, spaces, dashes, dots, slashes
// and parentheses, and digits of every script. It refuses, with an Invalid
// fault for the field "number": fewer than 5 or more than 15 digits, a leading
// 0, a "(0)", letters, an extension, what may be a range or a choice of endings,
// and what [SpreadsheetForm] finds.
func Digits(number string) (string, error) {
	d, problem := scan(number)
	switch {
	case problem != "":
	case len(d) < shortestNumber:
		problem = "has fewer than 5 digits"
	case len(d) > longestNumber:
		problem = "has more than 15 digits"
	}
	if problem != "" {
		return "", fault.New(fault.Invalid, "%q is not a telephone number: it %s", sanitize.Clean(number, 40), problem).
			WithField("number").WithHint("write it in one piece, with the country code, such as +971501234567")
	}
	return d, nil
}

// Prefix returns the digits that a search prefix consists of, 1 to 15, written
// as leniently as a number may be for [Digits]. Anything else is an Invalid
// fault for the field "prefix".
func Prefix(text string) (string, error) {
	d, problem := scan(text)
	switch {
	case problem != "":
	case negative(text):
		problem = "begins with a minus sign"
	case len(d) > longestNumber:
		problem = "has more than 15 digits"
	}
	if problem != "" {
		return "", fault.New(fault.Invalid, "%q is not a prefix: it %s", sanitize.Clean(text, 40), problem).
			WithField("prefix").WithHint("a prefix is the first digits of a number, country code first, such as 97150")
	}
	return d, nil
}

// Format returns digits as people read them, "+971501234567", and "" for none.
func Format(digits string) string {
	if digits == "" {
		return ""
	}
	return "+" + digits
}

// dialled returns the digits of a text that consists of nothing else but what
// may stand around a number.
func dialled(text string) (string, bool) {
	d, problem := scan(text)
	return d, problem == "" && !negative(text)
}

// negative reports whether text is written like a number below zero, which is
// nobody's code: of what is that short, the sign may be meant.
func negative(text string) bool {
	text = strings.TrimLeftFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == '(' })
	r, _ := utf8.DecodeRuneInString(text)
	return dash(r)
}

// scan returns the digits of a number or of the beginning of one, or what is
// wrong with it as the rest of a sentence.
func scan(text string) (digits, problem string) {
	if len(text) > 4*longestName {
		return "", "is too long"
	}
	if problem := SpreadsheetForm(text); problem != "" {
		return "", problem
	}
	var b strings.Builder
	plus := false
	for _, r := range text {
		switch {
		case unicode.IsDigit(r):
			b.WriteByte(value(r))
		case unicode.IsLetter(r):
			return "", "contains a letter"
		case (r == '+' || r == '＋') && !plus && b.Len() == 0:
			plus = true
		case !separates(r):
			return "", "contains a character that no number has"
		}
	}
	d := b.String()
	if !plus {
		d = strings.TrimPrefix(d, "00")
	}
	switch {
	case d == "":
		return "", "has no digits"
	case d[0] == '0':
		return "", "begins with 0 instead of a country code"
	case strings.Contains(text, "(0)"):
		return "", "contains (0), which is dialled at home only"
	}
	return d, joined(text)
}

// value returns what a decimal digit of any script stands for, in ASCII.
// Unicode keeps the ten digits of a script together and in order, and puts
// nothing but whole scripts side by side.
func value(r rune) byte {
	n := 0
	for before := r - 1; unicode.IsDigit(before); before-- {
		n++
	}
	return "0123456789"[n%10]
}

// separates reports whether r may stand between digits. Invisible formatting
// comes along when a number is copied from an address book.
func separates(r rune) bool {
	switch r {
	case '.', '/', '(', ')', '·', '−':
		return true
	}
	return unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf)
}
