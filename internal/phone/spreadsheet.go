package phone

import (
	"strings"
	"unicode"
)

// SpreadsheetForm says, as the rest of a sentence, that a text is what a
// spreadsheet makes of a telephone number that it took for an amount: one with
// an exponent, which has lost digits, or one with decimals, whose point would
// otherwise be read as one of those that people write between digits, so that
// 97150.0 became 971500. It returns "" for every other text.
//
// A point (or a comma) counts as that of a decimal where it is the only one and
// one or two digits follow, nothing but zeros, or up to three with nothing else
// between the digits; and, of several, where a single digit follows the last
// one, or two zeros that don't go on in pairs. "+49.30901820" and
// "+33.1.42.68.53.00" are numbers.
func SpreadsheetForm(text string) string {
	body := strings.TrimLeft(strings.TrimSpace(text), "+＋")
	if scientific(body) {
		return "is a spreadsheet's short form, which has lost digits: format the cells as text and copy them again"
	}
	if decimal(body) {
		return "ends like a decimal of a spreadsheet: write the digits alone"
	}
	return ""
}

// scientific reports the forms of 9.71502E+11 in all locales.
func scientific(text string) bool {
	mantissa, exponent, ok := strings.Cut(strings.ToLower(text), "e")
	exponent = strings.TrimLeft(strings.TrimSpace(exponent), "+-−")
	whole, fraction, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(mantissa), ",", "."), ".")
	return ok && allDigits(whole) && (fraction == "" || allDigits(fraction)) && allDigits(exponent)
}

func decimal(text string) bool {
	at := strings.LastIndexFunc(text, point)
	if at < 0 {
		return false
	}
	before, after := text[:at], strings.TrimLeftFunc(text[at:], point)
	n := len([]rune(after))
	switch {
	case !allDigits(after):
		return false
	case n == 1:
		return true
	case strings.ContainsFunc(before, point):
		pair := len([]rune(before[strings.LastIndexFunc(before, point):])) <= 3
		return n == 2 && zeros(after) && !pair
	case n == 2:
		return true
	}
	alone := allDigits(before)
	return alone && (n == 3 || zeros(after))
}

// point reports what parts a whole number from its decimals somewhere.
func point(r rune) bool { return r == '.' || r == ',' || r == '·' || r == '٫' }

func allDigits(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsDigit(r) })
}

func zeros(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return value(r) != '0' })
}
