package sandbox

import (
	"fmt"
	"slices"
)

// pattern is a set of numbers of one length: at each place one of several
// consecutive digits. Its numbers are counted from 0 in ascending order.
type pattern struct {
	places []place
	size   uint64 // how many numbers it has
}

type place struct {
	first byte   // lowest digit, '0'…'9'
	count uint64 // how many digits from there
}

// newPattern returns the numbers that consist of the dialling code and the
// national number in word: digits stand for themselves, X for 0–9, Z 1–9,
// N 2–9, E 2–8, S 2–7, F 2–5.
func newPattern(dial, word string) (pattern, error) {
	p := pattern{size: 1}
	for _, c := range []byte(dial + word) {
		pl := place{first: c, count: 1}
		switch {
		case c >= '0' && c <= '9':
		case c == 'X':
			pl = place{'0', 10}
		case c == 'Z':
			pl = place{'1', 9}
		case c == 'N':
			pl = place{'2', 8}
		case c == 'E':
			pl = place{'2', 7}
		case c == 'S':
			pl = place{'2', 6}
		case c == 'F':
			pl = place{'2', 4}
		default:
			return pattern{}, fmt.Errorf("pattern %q: unknown letter %q", word, c)
		}
		p.places = append(p.places, pl)
		p.size *= pl.count
	}
	return p, nil
}

// appendNumber appends the digits of number v, counted from 0.
func (p pattern) appendNumber(b []byte, v uint64) []byte {
	const digits = "0123456789"
	start := len(b)
	for range p.places {
		b = append(b, 0)
	}
	for i, pl := range slices.Backward(p.places) {
		b[start+i] = digits[uint64(pl.first-'0')+v%pl.count]
		v /= pl.count
	}
	return b
}

// starting returns the numbers lo ≤ v < hi that begin with prefix; lo == hi
// when there are none.
func (p pattern) starting(prefix string) (lo, hi uint64) {
	if len(prefix) > len(p.places) {
		return 0, 0
	}
	lo, hi = 0, p.size
	for i, pl := range p.places[:len(prefix)] {
		if prefix[i] < pl.first || uint64(prefix[i]-pl.first) >= pl.count {
			return 0, 0
		}
		step := (hi - lo) / pl.count
		lo += step * uint64(prefix[i]-pl.first)
		hi = lo + step
	}
	return lo, hi
}
