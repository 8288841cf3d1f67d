package sandbox

import (
	"fmt"
	"slices"
	"sort"
)

// market is everything that is or was for sale: a pure function of seed and
// size. Row k of it is computed, never stored, so a market of a million
// numbers needs no more memory than one of a hundred.
//
// The rows of a country lie next to each other, within it those of one
// pattern, and within it they ascend by number. Safe for concurrent use.
type market struct {
	seed      uint64
	size      int
	countries []*country
	segments  []*segment
	sellers   []seller
	vendors   []uint8 // 100 entries: which seller a share belongs to
	odd       []string
	idFactor  uint64
	idOffset  uint64
}

// segment is a run of n rows from lo that are spread over one pattern.
type segment struct {
	country     *country
	kind        kind
	pattern     pattern
	description string
	salt        uint64
	lo, n       int
}

// idModulus is a prime above the largest market: ids are rows multiplied in
// its field, which scatters them and can be undone.
const (
	idModulus = 1_000_003
	idBase    = 10_000
)

// newMarket returns the market of that seed with that many numbers.
func newMarket(seed uint64, numbers int) (*market, error) {
	countries, err := parsePlans(planMiddleEast, planEurope, planWorld)
	if err != nil {
		return nil, fmt.Errorf("read the number plans: %w", err)
	}
	m := &market{seed: seed, size: numbers, countries: countries, sellers: exchangeSellers(), odd: oddDescriptions()}
	for i, s := range m.sellers {
		for range s.share {
			m.vendors = append(m.vendors, uint8(i))
		}
	}
	m.idFactor = 1 + mix(seed, 0xF1)%(idModulus-1)
	m.idOffset = mix(seed, 0xF2) % idModulus
	weights := make([]int, len(countries))
	for i, c := range countries {
		weights[i] = c.weight
	}
	lo := 0
	for i, n := range allot(numbers, weights) {
		lo = m.addCountry(countries[i], lo, n)
	}
	return m, nil
}

// addCountry lays out n rows of c from row lo and returns the row after them.
func (m *market) addCountry(c *country, lo, n int) int {
	weights := make([]int, len(c.blocks))
	for i, b := range c.blocks {
		weights[i] = b.weight
	}
	for i, share := range allot(n, weights) {
		b := c.blocks[i]
		for j, count := range allot(share, slices.Repeat([]int{1}, len(b.patterns))) {
			if count == 0 {
				continue
			}
			m.segments = append(m.segments, &segment{
				country: c, kind: b.kind, pattern: b.patterns[j], description: b.description,
				salt: mix(m.seed, 0xA000+uint64(len(m.segments))), lo: lo, n: count,
			})
			lo += count
		}
	}
	return lo
}

// allot divides total by weight. Each share gets at least one while the total
// lasts; what rounding leaves over goes to the largest remainders.
func allot(total int, weights []int) []int {
	shares, sum := make([]int, len(weights)), 0
	for _, w := range weights {
		sum += w
	}
	spread := max(0, total-len(weights))
	given := 0
	for i, w := range weights {
		shares[i] = spread * w / sum
		given += shares[i]
	}
	order := make([]int, len(weights))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return spread*weights[b]%sum - spread*weights[a]%sum
	})
	for i := 0; given < total; i++ {
		shares[order[i%len(order)]]++
		given++
	}
	return shares
}

// segmentOf returns the segment of row k.
func (m *market) segmentOf(k int) *segment {
	i := sort.Search(len(m.segments), func(i int) bool { return m.segments[i].lo > k })
	return m.segments[i-1]
}

// value returns which number of the pattern row j of the segment has.
func (s *segment) value(j int) uint64 {
	lo := s.floor(j)
	return lo + mix(s.salt, natural(j))%max(1, s.floor(j+1)-lo)
}

// floor returns where the part of the pattern begins that row j may use.
func (s *segment) floor(j int) uint64 {
	return natural(j) * s.pattern.size / natural(s.n)
}

// starting returns the rows whose numbers begin with prefix.
func (s *segment) starting(prefix string) span {
	lo, hi := s.pattern.starting(prefix)
	switch {
	case lo == hi:
		return span{}
	case lo == 0 && hi == s.pattern.size:
		return span{s.lo, s.lo + s.n}
	}
	first := sort.Search(s.n, func(j int) bool { return s.value(j) >= lo })
	last := sort.Search(s.n, func(j int) bool { return s.value(j) >= hi })
	return span{s.lo + first, s.lo + last}
}

// idOf returns the id of row k.
func (m *market) idOf(k int) int {
	return idBase + int((natural(k)*m.idFactor+m.idOffset)%idModulus)
}

// rowOf returns the row with that id.
func (m *market) rowOf(id int) (int, bool) {
	if id < idBase || id >= idBase+idModulus {
		return 0, false
	}
	x := (uint64(id-idBase) + idModulus - m.idOffset) % idModulus
	k := int(x * inverse(m.idFactor) % idModulus)
	return k, k < m.size
}

// find returns the row with that number.
func (m *market) find(number string) (int, bool) {
	for _, s := range m.segments {
		if at := s.starting(number); at.hi == at.lo+1 && len(number) == len(s.pattern.places) {
			return at.lo, true
		}
	}
	return 0, false
}

// inverse returns 1/x modulo idModulus, by Fermat's little theorem.
func inverse(x uint64) uint64 {
	result := uint64(1)
	for e := idModulus - 2; e > 0; e >>= 1 {
		if e&1 == 1 {
			result = result * x % idModulus
		}
		x = x * x % idModulus
	}
	return result
}

// mix scatters x under a seed (the finaliser of SplitMix64).
func mix(seed, x uint64) uint64 {
	z := seed + (x+1)*0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// natural returns a count or an index, which is never negative.
func natural(i int) uint64 { return uint64(max(0, i)) }

// narrow returns a row as listings keep it.
func narrow(k int) int32 { return int32(min(max(0, k), MostNumbers)) }
