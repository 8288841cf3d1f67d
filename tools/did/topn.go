package did

import "slices"

// topN keeps the first rows of an order while rows come in any order: a heap
// of bounded size with the last of the kept rows at its top. It holds no more
// rows than it keeps, in memory that it uses over and over.
type topN[T any] struct {
	most  int         // rows to keep; 0 = all
	after sortKey     // only rows behind this one; zero = all
	rows  []ranked[T] // a heap from when there are most of them
	seen  int         // rows offered that stand behind after
}

type ranked[T any] struct {
	key sortKey
	row *T
}

// offer takes a copy of row where it may be among the kept.
func (b *topN[T]) offer(key sortKey, row *T) {
	if b.wants(key) {
		*b.slot(key) = *row
	}
}

// wants counts a row, and reports whether it may be among the kept.
func (b *topN[T]) wants(key sortKey) bool {
	if !b.after.zero() && key.compare(b.after) <= 0 {
		return false
	}
	b.seen++
	last, full := b.last()
	return !full || key.compare(last) < 0
}

// last returns the key of the last row that is kept, where there is no room for
// another.
func (b *topN[T]) last() (key sortKey, full bool) {
	if b.most == 0 || len(b.rows) < b.most {
		return sortKey{}, false
	}
	return b.rows[0].key, true
}

// slot returns where a row that is wanted is to be put. What was kept there
// before, of a row that is not any more, is to be written over.
func (b *topN[T]) slot(key sortKey) *T {
	if _, full := b.last(); full {
		top := &b.rows[0]
		top.key = key
		row := top.row
		b.sink(0)
		return row
	}
	row := new(T)
	b.rows = append(b.rows, ranked[T]{key, row})
	if len(b.rows) == b.most {
		for i := b.most/2 - 1; i >= 0; i-- {
			b.sink(i)
		}
	}
	return row
}

// sink moves the row at i down the heap to where none below stands behind it.
func (b *topN[T]) sink(i int) {
	moved := b.rows[i]
	for {
		next := 2*i + 1
		if next >= len(b.rows) {
			break
		}
		if next+1 < len(b.rows) && b.rows[next+1].key.compare(b.rows[next].key) > 0 {
			next++
		}
		if b.rows[next].key.compare(moved.key) <= 0 {
			break
		}
		b.rows[i], i = b.rows[next], next
	}
	b.rows[i] = moved
}

// sorted returns the kept rows in order. Nothing is offered any more.
func (b *topN[T]) sorted() []ranked[T] {
	slices.SortFunc(b.rows, func(x, y ranked[T]) int { return x.key.compare(y.key) })
	return b.rows
}
