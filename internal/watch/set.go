package watch

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"time"
)

// Set are numbers, by their digits, each with a mark in Unix microseconds: when
// its stay on the market began or, where that is not known, when it was first
// seen here. The zero Set is empty.
type Set map[uint64]int64

// step is what one look at the market makes of a watch.
type step struct {
	next  Set
	fresh []uint64 // began to fit, in their order
	gone  []uint64 // fit no longer, or went and came back, in their order
}

// compare compares what fits now, each number with when its stay began (0 = not
// known), with what was known at the last look. Unless everything that fits was
// read (complete), what is missing is not gone, but for what is there and does
// not fit. Of a watch whose part was never
// read to its end (settled) nobody can tell what is new but for what came after
// it was added.
func (s Set) compare(now Set, there map[uint64]bool, complete, settled bool, added, at time.Time) step {
	out := step{next: make(Set, len(now))}
	for n, came := range now {
		mark, known := s[n]
		out.next[n] = max(mark, came)
		switch {
		case !known:
			if came == 0 {
				out.next[n] = at.UnixMicro()
			}
			if settled || came > added.UnixMicro() {
				out.fresh = append(out.fresh, n)
			}
		case came > mark:
			out.fresh, out.gone = append(out.fresh, n), append(out.gone, n)
		}
	}
	for n, mark := range s {
		if _, there := now[n]; there {
			continue
		}
		if complete || there[n] {
			out.gone = append(out.gone, n)
		} else {
			out.next[n] = mark
		}
	}
	slices.Sort(out.fresh)
	slices.Sort(out.gone)
	return out
}

// returned reports whether a number whose stay began then is another stay than
// the one that is known, or not known at all.
func (s Set) returned(n uint64, came int64) bool {
	mark, known := s[n]
	return !known || came > mark
}

// Pack returns the set in few bytes: numbers in their order, each as its
// distance from the one before, and marks likewise, most of which are the same.
func (s Set) Pack() []byte {
	b := binary.AppendUvarint(nil, uint64(len(s)))
	var before uint64
	var mark int64
	for _, n := range slices.Sorted(maps.Keys(s)) {
		b = binary.AppendUvarint(b, n-before)
		b = binary.AppendVarint(b, s[n]-mark)
		before, mark = n, s[n]
	}
	return b
}

var errPacked = errors.New("the numbers of a watch can't be read")

// Unpack is the reverse of Pack.
func Unpack(b []byte) (Set, error) {
	count, n := binary.Uvarint(b)
	if n <= 0 || count > uint64(len(b)) {
		return nil, errPacked
	}
	b = b[n:]
	s := make(Set, count)
	var number uint64
	var mark int64
	for range count {
		apart, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, errPacked
		}
		moved, m := binary.Varint(b[n:])
		if m <= 0 {
			return nil, errPacked
		}
		b = b[n+m:]
		number, mark = number+apart, mark+moved
		s[number] = mark
	}
	if len(b) > 0 || uint64(len(s)) != count {
		return nil, errPacked
	}
	return s, nil
}
