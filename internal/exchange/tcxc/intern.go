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
	fewTexts  = 1 << 9
	manyTexts = 1 << 12
)

// cachedText is the longest text that is kept.
const cachedText = 256

// cache keeps what was made of repeated texts, each in the one place that its
// hash says; the latest wins.
type cache[T any] struct {
	make func(text []byte) (T, bool)
	size uint64
	kept []kept[T]
	seed maphash.Seed
}

type kept[T any] struct {
	text string
	made T
}

// of returns what make returns for text. What make refuses is not kept.
func (c *cache[T]) of(text []byte) (T, bool) {
	if len(text) == 0 || len(text) > cachedText {
		return c.make(text)
	}
	if c.kept == nil {
		c.kept, c.seed = make([]kept[T], c.size), maphash.MakeSeed()
	}
	k := &c.kept[maphash.Bytes(c.seed, text)&(c.size-1)]
	if k.text == string(text) {
		return k.made, true
	}
	v, ok := c.make(text)
	if ok {
		*k = kept[T]{string(text), v}
	}
	return v, ok
}

// amount reads an exact amount; null and "" are not known.
func amount(text []byte) (money.Amount, bool) {
	if len(text) == 0 {
		return money.Amount{}, true
	}
	a, err := money.Parse(string(text))
	return a, err == nil
}

// cleaned returns a maker of one line of at most most characters.
func cleaned(most int) func([]byte) (string, bool) {
	return func(text []byte) (string, bool) { return sanitize.Clean(string(text), most), true }
}
