package market

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"didops/internal/exchange"
)

// question is what the exchange was asked for: the part of
// [exchange.MarketQuery] that narrows what it answers with.
type question struct {
	prefix   string
	kind     string // "" = any
	features uint16 // flagVoice to flagVideo; those that a number must have
}

func asked(q exchange.MarketQuery) question {
	var f uint16
	for i, set := range [...]bool{q.Voice, q.SMS, q.Fax, q.Video} {
		if set {
			f |= 1 << i
		}
	}
	return question{q.Prefix, q.Type, f}
}

// includes reports whether an answer to q holds every number that one to o
// would, leading digits left aside.
func (q question) includes(o question) bool {
	return (q.kind == "" || q.kind == o.kind) && q.features&^o.features == 0
}

// fits reports whether the row at i is what q asks for.
func (q question) fits(t *table, i int) bool {
	return t.flags[i]&q.features == q.features &&
		(q.kind == "" || t.places.keys[t.place[i]].Type == q.kind) &&
		(q.prefix == "" || strings.HasPrefix(strconv.FormatUint(t.digits[i], 10), q.prefix))
}

// Changes counts what a reading changed in the memory.
type Changes struct {
	New     int // numbers that were not known
	Changed int // numbers known with other terms
	Gone    int // numbers that the reading should have brought and did not
}

func (c *Changes) add(o Changes) {
	c.New += o.New
	c.Changed += o.Changed
	c.Gone += o.Gone
}

// merge puts new rows, at these places and in the order of their keys, among
// those of a cell. A row that a later reading brought stays as it is.
func merge(old, fresh *table, at []int) (*table, Changes) {
	var c Changes
	out := &table{dicts: old.cloned()}
	out.grow(old.len() + len(at))
	same := out.mapping(old)
	other := out.mapping(fresh)
	i := 0
	for _, j := range at {
		key := fresh.key(j)
		for ; i < old.len() && old.key(i) < key; i++ {
			out.take(old, same, i)
		}
		switch {
		case i >= old.len() || old.key(i) != key:
			c.New++
			out.take(fresh, other, j)
			continue
		case old.seen[i] > fresh.seen[j]:
			out.take(old, same, i)
		default:
			out.take(fresh, other, j)
			if n := out.len() - 1; !out.alike(n, old, same, i) {
				c.Changed++
			}
		}
		i++
	}
	for ; i < old.len(); i++ {
		out.take(old, same, i)
	}
	return out, c
}

// alike reports whether the row at n has the terms of another's row.
func (t *table) alike(n int, from *table, m *mapping, i int) bool {
	return t.flags[n] == from.flags[i] && t.ids[n] == from.ids[i] &&
		t.monthly[n] == m.amounts[from.monthly[i]] && t.setup[n] == m.amounts[from.setup[i]] &&
		t.seller[n] == m.sellers[from.seller[i]] && t.text[n] == m.texts[from.text[i]] &&
		t.place[n] == m.places[from.place[i]] && t.tariffOf[n] == m.tariffs[from.tariffOf[i]]
}

func (d *dicts) cloned() dicts {
	return dicts{d.amounts.cloned(), d.sellers.cloned(), d.texts.cloned(), d.places.cloned(), d.tariffs.cloned()}
}

// cloned returns a dictionary that grows by itself.
func (d *dict[K]) cloned() dict[K] {
	out := dict[K]{keys: slices.Clone(d.keys), index: make(map[K]uint32, len(d.keys))}
	for i, k := range d.keys {
		out.index[k] = uint32(i)
	}
	return out
}

// stays returns the places of the rows that are left when those are gone that
// q asks for and that were seen before a moment.
func (t *table) stays(q question, before int64) (at []int, gone int) {
	at = make([]int, 0, t.len())
	for i := range t.len() {
		if t.seen[i] < before && q.fits(t, i) {
			gone++
			continue
		}
		at = append(at, i)
	}
	return at, gone
}

// divide gives the rows at these places to the cells below a prefix, none of
// which has more rows than most. A number that ends at the prefix goes to
// the cell below it that comes first.
func (t *table) divide(prefix string, at []int, most int, each func(prefix string, at []int)) {
	if len(at) <= most || len(prefix) >= mostDigits {
		each(prefix, at)
		return
	}
	parts := [10][]int{}
	for _, i := range at {
		d := nextDigit(t.digits[i], len(prefix))
		parts[d] = append(parts[d], i)
	}
	for d, part := range parts {
		t.divide(prefix+strconv.Itoa(d), part, most, each)
	}
}

// nextDigit returns the digit of a number behind so many leading ones; 0 where
// there is none.
func nextDigit(number uint64, behind int) int {
	text := strconv.FormatUint(number, 10)
	if behind >= len(text) {
		return 0
	}
	return int(text[behind] - '0')
}

// cellOf returns the place, in a sorted list of the prefixes of cells, of the
// one that a number belongs to. The prefixes are the leaves of a tree, so that
// there is one; -1 where the list is empty.
func cellOf(prefixes []string, number uint64) int {
	text := strconv.FormatUint(number, 10)
	i, found := slices.BinarySearchFunc(prefixes, text, func(p, t string) int { return cmp.Compare(p, t) })
	if found {
		return i
	}
	// The last prefix that is not behind the number is the one it begins with;
	// a number that ends where a tree goes on belongs to the first leaf there.
	if i > 0 && strings.HasPrefix(text, prefixes[i-1]) {
		return i - 1
	}
	if i < len(prefixes) && strings.HasPrefix(prefixes[i], text) {
		return i
	}
	return -1
}
