package tcxc

import (
	"didops/internal/money"
	"didops/internal/untrusted"
)

// cacheLimit bounds each cache below; a full one is emptied. Lists repeat a
// few hundred vendors, areas and prices, so a cache pays for itself within a
// page and can't grow with what a seller makes up.
const cacheLimit = 4096

// cache keeps what was made of repeated texts.
type cache[T any] struct {
	made map[string]T
	make func(text []byte) (T, bool)
}

// of returns what make returns for text. What make refuses is not kept.
func (c *cache[T]) of(text []byte) (T, bool) {
	if v, ok := c.made[string(text)]; ok {
		return v, true
	}
	v, ok := c.make(text)
	if !ok || len(text) > 256 {
		return v, ok
	}
	if c.made == nil {
		c.made = make(map[string]T)
	}
	if len(c.made) >= cacheLimit {
		clear(c.made)
	}
	c.made[string(text)] = v
	return v, true
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
	return func(text []byte) (string, bool) { return untrusted.Clean(string(text), most), true }
}
