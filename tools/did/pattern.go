package did

import (
	"bytes"
	"strings"

	"didops/internal/fault"
	"didops/internal/phone"
	"didops/internal/sanitize"
)

// pattern matches whole numbers: digits stand for themselves, ? for one
// digit, * for any run of digits.
type pattern struct {
	text string // runs of * made one
	lead string // the digits before the first ? or *
	part []byte // the digits of a pattern that asks for nothing but that they are in the number
}

const maxPattern = 40

// parsePattern accepts a leading + and the separators that people write in
// numbers. A pattern that every number fits is refused as a slip.
func parsePattern(s string) (pattern, error) {
	text := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "").Replace(s)
	text = strings.TrimPrefix(text, "+")
	bad := func(why string) error {
		return fault.New(fault.Invalid, "pattern %q %s", sanitize.Clean(s, maxPattern), why).
			WithField("pattern").WithHint("digits, ? for one digit, * for any run, against the whole number: *777?")
	}
	if problem := phone.SpreadsheetForm(s); problem != "" {
		return pattern{}, bad(problem)
	}
	if len(text) > maxPattern {
		return pattern{}, bad("is too long")
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789?*", r) }); i >= 0 {
		return pattern{}, bad("holds more than digits, ? and *")
	}
	if strings.Trim(text, "*") == "" {
		return pattern{}, bad("fits every number")
	}
	for strings.Contains(text, "**") {
		text = strings.ReplaceAll(text, "**", "*")
	}
	lead := text
	if i := strings.IndexAny(text, "?*"); i >= 0 {
		lead = text[:i]
	}
	p := pattern{text: text, lead: lead}
	if part := strings.Trim(text, "*"); len(text) == len(part)+2 && !strings.ContainsAny(part, "?*") {
		p.part = []byte(part)
	}
	return p, nil
}

func (p pattern) set() bool { return p.text != "" }

func (p pattern) match(digits string) bool { return fits(p.text, digits) }

func (p pattern) matchBytes(digits []byte) bool {
	if p.part != nil {
		return bytes.Contains(digits, p.part) // what most people ask, of a million numbers
	}
	return fits(p.text, digits)
}

// fits does not backtrack beyond the last *: whatever run an earlier one
// took, a longer one could do no better.
func fits[D string | []byte](pattern string, digits D) bool {
	i, j, star, mark := 0, 0, -1, 0
	for i < len(digits) {
		switch {
		case j < len(pattern) && (pattern[j] == '?' || pattern[j] == digits[i]):
			i, j = i+1, j+1
		case j < len(pattern) && pattern[j] == '*':
			star, mark, j = j, i, j+1
		case star >= 0:
			mark++
			i, j = mark, star+1
		default:
			return false
		}
	}
	return strings.Trim(pattern[j:], "*") == ""
}
