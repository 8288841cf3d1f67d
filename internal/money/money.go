// Package money holds exact decimal amounts.
//
// No float touches an amount: text is parsed into a decimal, and a decimal is
// written as text. An [Amount] has no currency of its own; the exchange names
// none, so the configured currency is shown beside every amount.
package money

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
)

// Pattern is the regular expression that tells an amount in a JSON schema.
// [Parse] bounds the number of digits as well.
const Pattern = `^\d+(\.\d+)?$`

// ErrSyntax is returned by [Parse] for text that is not an amount.
var ErrSyntax = errors.New("not an amount: digits with at most one decimal point, such as 4.50")

// Amount is an exact, non-negative amount of the configured currency. The
// zero Amount means "not known", which differs from an amount of 0.00 and is
// left out of JSON by the omitzero option. Amounts are values, safe for
// concurrent use; compare them with Cmp, not with ==.
type Amount struct {
	d     decimal.Decimal
	known bool
}

// Parse returns the amount written in s: digits, at most one decimal point,
// no sign, no exponent, no spaces, up to 15 digits before the point and 9
// behind it. It returns [ErrSyntax] for anything else.
func Parse(s string) (Amount, error) {
	if !wellFormed(s) {
		return Amount{}, ErrSyntax
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return Amount{}, ErrSyntax
	}
	return Amount{d: d, known: true}, nil
}

// MustParse is [Parse] for constants; it panics on a malformed amount.
func MustParse(s string) Amount {
	a, err := Parse(s)
	if err != nil {
		panic(fmt.Sprintf("money: %q: %v", s, err))
	}
	return a
}

// How many digits an amount has at most before the point and behind it.
const (
	wholeDigits = 15
	fracDigits  = 9
)

func wellFormed(s string) bool {
	whole, frac, point := strings.Cut(s, ".")
	return digits(whole, wholeDigits) && (!point || digits(frac, fracDigits))
}

func digits(s string, most int) bool {
	if len(s) == 0 || len(s) > most {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Known reports whether a holds an amount.
func (a Amount) Known() bool { return a.known }

// IsZero reports whether a is not known. It makes the omitzero option of JSON
// leave unknown amounts out; an amount of 0.00 is not zero in this sense.
func (a Amount) IsZero() bool { return !a.known }

// Nanos returns the amount in billionths of the currency's unit, to be summed up
// and compared where there are many; false where a is not known, and where it is
// a hundred million or more, so that a few of them have a sum.
func (a Amount) Nanos() (uint64, bool) {
	if !a.known {
		return 0, false
	}
	digits, exponent := a.d.NumDigits(), int(a.d.Exponent())
	if digits+exponent > 8 {
		return 0, false
	}
	if digits <= 17 && exponent >= -9 && exponent <= 0 { // nearly all, and nothing is made for them
		n := uint64(a.d.CoefficientInt64()) //nolint:gosec // no amount is negative
		for range exponent + 9 {
			n *= 10
		}
		return n, true
	}
	n := a.d.Shift(9)
	return n.BigInt().Uint64(), n.IsInteger()
}

// ParseNanos is [Amount.Nanos] of the amount that is written in a text. It is
// for texts that Amounts were written to.
func ParseNanos(text []byte) (uint64, bool) {
	var n uint64
	whole, places, point := 0, 0, false
	for _, c := range text {
		switch {
		case c == '.' && !point:
			point = true
			continue
		case c < '0' || c > '9':
			return 0, false
		case point:
			places++
		default:
			whole++
		}
		if n = n*10 + uint64(c-'0'); whole > 8 || places > 9 {
			return 0, false
		}
	}
	for ; places < 9; places++ {
		n *= 10
	}
	return n, whole > 0
}

// OfNanos is the reverse of [Amount.Nanos], for sums that are less than 9·10^18.
func OfNanos(n uint64) Amount {
	return Amount{d: decimal.New(int64(n), -9), known: true} //nolint:gosec // as is said
}

// Cmp returns -1, 0 or 1 as a is less than, equal to or more than b. An
// unknown amount is less than every known one.
func (a Amount) Cmp(b Amount) int {
	switch {
	case a.known && b.known:
		return a.d.Cmp(b.d)
	case a.known:
		return 1
	case b.known:
		return -1
	}
	return 0
}

// Add returns a + b, which is unknown when either is.
func (a Amount) Add(b Amount) Amount {
	if !a.known || !b.known {
		return Amount{}
	}
	return Amount{d: a.d.Add(b.d), known: true}
}

// Less returns a − b, which is unknown when either is, and where b is more than
// a: there are no negative amounts.
func (a Amount) Less(b Amount) Amount {
	if !a.known || !b.known || a.d.LessThan(b.d) {
		return Amount{}
	}
	return Amount{d: a.d.Sub(b.d), known: true}
}

// Share returns how much of a whole a is, in thousandths, rounded half up; false
// where either is not known, and of a whole that is nothing.
func (a Amount) Share(whole Amount) (perMille int64, ok bool) {
	if !a.known || !whole.known || whole.d.IsZero() {
		return 0, false
	}
	return a.d.Shift(3).DivRound(whole.d, 0).IntPart(), true
}

// Times returns n times a, which is unknown when a is.
func (a Amount) Times(n int64) Amount {
	if !a.known {
		return Amount{}
	}
	return Amount{d: a.d.Mul(decimal.NewFromInt(n)), known: true}
}

// Half returns a / 2 exactly, which is unknown when a is.
func (a Amount) Half() Amount {
	if !a.known {
		return Amount{}
	}
	return Amount{d: a.d.Mul(decimal.New(5, -1)), known: true}
}

// Over returns a / n, rounded half up to so many places behind the point. It is
// unknown when a is, and n is more than 0.
func (a Amount) Over(n int64, places int32) Amount {
	if !a.known {
		return Amount{}
	}
	return Amount{d: a.d.DivRound(decimal.NewFromInt(n), places), known: true}
}

// Readable reports whether [Parse] reads a again from how it is written, which
// a sum or a product may be too large for. What is not known is not.
func (a Amount) Readable() bool {
	return a.known && a.d.LessThan(decimal.New(1, wholeDigits)) && a.d.Exponent() >= -fracDigits
}

// String returns the amount with at least two decimals and no further
// trailing zeros, "2.1944" and "12.00", and "" when it is not known.
func (a Amount) String() string {
	if !a.known {
		return ""
	}
	s := a.d.String()
	_, frac, point := strings.Cut(s, ".")
	switch {
	case !point:
		return s + ".00"
	case len(frac) == 1:
		return s + "0"
	}
	return s
}

// MarshalJSON writes the amount as a string, null when it is not known.
func (a Amount) MarshalJSON() ([]byte, error) {
	if !a.known {
		return []byte("null"), nil
	}
	return []byte(`"` + a.String() + `"`), nil
}

// UnmarshalJSON reads an amount from a string. Numbers are refused: a float
// has no place in an amount.
func (a *Amount) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*a = Amount{}
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return ErrSyntax
	}
	return a.UnmarshalText([]byte(s))
}

// UnmarshalText reads an amount as [Parse] does; empty text is not known.
func (a *Amount) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*a = Amount{}
		return nil
	}
	p, err := Parse(string(b))
	if err != nil {
		return err
	}
	*a = p
	return nil
}
