package tcxc

// generation is how many numbers one half of a memory holds.
const generation = 1 << 16

// seen remembers numbers in bounded memory: two generations of up to 65,536.
// It is exact for the last 65,536 different numbers at least, so for every
// reading within the default max_rows, and stays flat over millions.
type seen struct{ now, before map[uint64]struct{} }

// add reports whether key is new, and remembers it.
func (s *seen) add(key uint64) bool {
	if _, ok := s.now[key]; ok {
		return false
	}
	if _, ok := s.before[key]; ok {
		return false
	}
	if s.now == nil {
		s.now = make(map[uint64]struct{})
	}
	if len(s.now) >= generation {
		s.now, s.before = s.before, s.now
		clear(s.now)
		if s.now == nil {
			s.now = make(map[uint64]struct{}, generation)
		}
	}
	s.now[key] = struct{}{}
	return true
}
