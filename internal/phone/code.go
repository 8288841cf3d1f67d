package phone

import "strings"

// mostCodeDigits is how many digits a dialling code has at most (E.164, section 6.2.1).
const mostCodeDigits = 3

// BeforeCode reports whether digits are the beginning of a dialling code and
// not yet one: "97" is, "971" and "9715" are not, and neither is "999", which no
// country has.
func BeforeCode(digits string) bool {
	if len(digits) > mostCodeDigits {
		return false
	}
	before := false
	for _, code := range world().dial {
		if strings.HasPrefix(digits, code) {
			return false
		}
		before = before || strings.HasPrefix(code, digits)
	}
	return before
}
