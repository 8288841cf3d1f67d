package tcxc

import "math/bits"

// generation is how many numbers one half of a memory holds.
const generation = 1 << 16

// seen remembers numbers in bounded memory: two generations of up to 65,536.
// It is exact for the last 65,536 different numbers at least, so for every
// reading within the default max_rows, and stays flat over millions.
type seen struct{ now, before set }

// add reports whether key is new, and remembers it.
func (s *seen) add(key uint64) bool {
	if key == 0 {
		key = ^key // 0 marks a free place
	}
	if s.before.has(key) || s.now.has(key) {
		return false
	}
	if s.now.held >= generation {
		s.now, s.before = s.before, s.now
		s.now.clear()
	}
	s.now.add(key)
	return true
}

// set is a set of keys other than 0, by open addressing in a table of a power
// of two that is at most half full. A search asks it once for each row, which
// a map, or package internal/cache, takes several times as long for.
type set struct {
	table []uint64
	size  uint64 // of the table
	held  int
}

// place returns where key is or belongs.
func (s *set) place(key uint64) uint64 {
	mask := s.size - 1
	// The top bits of the product depend on all bits of the key.
	i := key * 0x9E3779B97F4A7C15 >> (64 - bits.Len64(mask))
	for s.table[i] != 0 && s.table[i] != key {
		i = (i + 1) & mask
	}
	return i
}

func (s *set) has(key uint64) bool {
	return s.held > 0 && s.table[s.place(key)] == key
}

// add adds a key that the set does not have.
func (s *set) add(key uint64) {
	if 2*s.held >= len(s.table) {
		s.grow()
	}
	s.table[s.place(key)] = key
	s.held++
}

func (s *set) grow() {
	old := s.table
	s.size = max(1<<9, 2*s.size)
	s.table = make([]uint64, s.size)
	for _, key := range old {
		if key != 0 {
			s.table[s.place(key)] = key
		}
	}
}

func (s *set) clear() {
	clear(s.table)
	s.held = 0
}
