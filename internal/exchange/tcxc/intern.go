package tcxc

import (
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
// internal/cache it has no lock, and no order of use to keep.
type cache[T any] struct {
	parse   func(text []byte) (T, bool)
	size    uint64
	entries []entry[T]
	seed    maphash.Seed
}

type entry[T any] struct {
	text  string
	value T
}

// get returns what parse returns for text. What parse rejects is not kept.
func (c *cache[T]) get(text []byte) (T, bool) {
	if len(text) == 0 || len(text) > maxCachedText {
		return c.parse(text)
	}
	if c.entries == nil {
		c.entries, c.seed = make([]entry[T], c.size), maphash.MakeSeed()
	}
	e := &c.entries[maphash.Bytes(c.seed, text)&(c.size-1)]
	if e.text == string(text) {
		return e.value, true
	}
	v, ok := c.parse(text)
	if ok {
		*e = entry[T]{string(text), v}
	}
	return v, ok
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
