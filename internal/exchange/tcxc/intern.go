package tcxc

import (
	"encoding/binary"
	"hash/maphash"

	"didops/internal/money"
	"didops/internal/sanitize"
)

// How many texts the caches below keep, powers of two. Lists repeat some
// hundreds of vendors and areas and some thousands of prices, so a cache pays
// for itself within a page, and can't grow with what a seller makes up.
const (
	smallCache = 1 << 9
	largeCache = 1 << 12
)

// maxCachedText is the longest text that is kept.
const maxCachedText = 256

// cache is a direct-mapped cache that interns what was parsed from repeated
// texts: each has the one place that its hash says, and the latest wins. It is
// asked for every field of every row, by one reader at a time: unlike package
// internal/cache it has no lock, and no order of use to keep. Prices, numbers
// and flags are short, and told apart as numbers.
type cache[T any] struct {
	parse   func(text []byte) (T, bool)
	size    uint64
	short   []entry[uint64, T] // of texts that have a number
	entries []entry[string, T] // of others
	seed    maphash.Seed
}

type entry[K, T any] struct {
	text  K
	value T
}

// get returns what parse returns for text. What parse rejects is not kept.
func (c *cache[T]) get(text []byte) (T, bool) {
	n := packed(text)
	if n == 0 {
		return c.long(text)
	}
	if c.short == nil {
		c.short = make([]entry[uint64, T], c.size)
	}
	e := &c.short[n*0x9E3779B97F4A7C15>>32&(c.size-1)]
	if e.text == n {
		return e.value, true
	}
	v, ok := c.parse(text)
	if ok {
		*e = entry[uint64, T]{n, v}
	}
	return v, ok
}

// long is get for any text.
func (c *cache[T]) long(text []byte) (T, bool) {
	if len(text) == 0 || len(text) > maxCachedText {
		return c.parse(text)
	}
	if c.entries == nil {
		c.entries, c.seed = make([]entry[string, T], c.size), maphash.MakeSeed()
	}
	e := &c.entries[maphash.Bytes(c.seed, text)&(c.size-1)]
	if e.text == string(text) {
		return e.value, true
	}
	v, ok := c.parse(text)
	if ok {
		*e = entry[string, T]{string(text), v}
	}
	return v, ok
}

// packed returns a number that no other text has, 0 for a text that has none:
// one of more than eight bytes, or that ends in a zero byte.
func packed(text []byte) uint64 {
	switch n := len(text); {
	case n == 0, n > 8, text[n-1] == 0:
		return 0
	case cap(text) < 8:
		var all [8]byte
		copy(all[:], text)
		return binary.LittleEndian.Uint64(all[:])
	default:
		rest := 64 - 8*n // bits of what follows the text
		return binary.LittleEndian.Uint64(text[:8]) << rest >> rest
	}
}

// parseAmount reads an exact amount; null and "" are not known.
func parseAmount(text []byte) (money.Amount, bool) {
	if len(text) == 0 {
		return money.Amount{}, true
	}
	a, err := money.Parse(string(text))
	return a, err == nil
}

// cleanText returns a parser of one line of at most most characters.
func cleanText(most int) func([]byte) (string, bool) {
	return func(text []byte) (string, bool) { return sanitize.Clean(string(text), most), true }
}
