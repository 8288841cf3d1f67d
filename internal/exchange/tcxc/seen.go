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
	if s.before.has(key) {
		return false
	}
	if s.now.held >= generation {
		if s.now.has(key) {
			return false
		}
		s.now, s.before = s.before, s.now
		s.now.clear()
	}
	return s.now.add(key)
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

// add adds a key, and reports whether the set did not have it.
func (s *set) add(key uint64) bool {
	if 2*s.held >= len(s.table) {
		s.grow()
	}
	at := s.place(key)
	if s.table[at] == key {
		return false
	}
	s.table[at] = key
	s.held++
	return true
}

// grow makes the table four times as large, so that few keys move often.
func (s *set) grow() {
	old := s.table
	s.size = max(1<<9, 4*s.size)
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
