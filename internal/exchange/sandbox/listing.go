package sandbox

import (
	"slices"
	"sort"
)

// span is the rows lo ≤ k < hi.
type span struct{ lo, hi int }

// listing is the rows that a query selects, in order: spans, or an index
// where single rows had to be looked at.
type listing struct {
	spans []span
	ends  []int // how many rows there are up to the end of each span
	index []int32
	byRow bool
}

func (l *listing) add(s span) {
	if s.lo == s.hi {
		return
	}
	l.spans = append(l.spans, s)
	l.ends = append(l.ends, l.size()+s.hi-s.lo)
}

func (l *listing) size() int {
	if l.byRow {
		return len(l.index)
	}
	if len(l.ends) == 0 {
		return 0
	}
	return l.ends[len(l.ends)-1]
}

// at returns the row at a position below size.
func (l *listing) at(position int) int {
	if l.byRow {
		return int(l.index[position])
	}
	i := sort.SearchInts(l.ends, position+1)
	return l.spans[i].hi - (l.ends[i] - position)
}

// position returns where row k stands.
func (l *listing) position(k int) (int, bool) {
	if l.byRow {
		i, ok := slices.BinarySearch(l.index, narrow(k))
		return i, ok
	}
	i := sort.Search(len(l.spans), func(i int) bool { return l.spans[i].hi > k })
	if i == len(l.spans) || k < l.spans[i].lo {
		return 0, false
	}
	return l.ends[i] - (l.spans[i].hi - k), true
}

// page calls take with up to limit rows from the off-th, leaving out the
// rows in gone, which ascend.
func (l *listing) page(off, limit int, gone []int32, take func(k int)) {
	var holes []int
	for _, k := range gone {
		if p, ok := l.position(int(k)); ok {
			holes = append(holes, p)
		}
	}
	position, i := off, 0
	for i < len(holes) && holes[i] <= position {
		position++
		i++
	}
	for n := 0; n < limit && position < l.size(); position++ {
		if i < len(holes) && holes[i] == position {
			i++
			continue
		}
		take(l.at(position))
		n++
	}
}
