package order_test

import (
	"cmp"
	"maps"
	"slices"

	"didops/internal/audit"
	"didops/internal/order"
)

// board is the part of the memory that surfaces keep.
type board struct {
	cards map[string]order.CardRow
	marks map[string]int64
}

func newBoard() board { return board{cards: map[string]order.CardRow{}, marks: map[string]int64{}} }

func (b board) add(more board) {
	maps.Copy(b.cards, more.cards)
	maps.Copy(b.marks, more.marks)
}

// seen is the board as the transaction has it.
func (t *memoryTx) seen() board {
	b := newBoard()
	b.add(t.m.board)
	b.add(t.board)
	return b
}

func (t *memoryTx) Since(seq int64, most int) ([]audit.Kept, error) {
	all := slices.Concat(t.m.trail, t.trail)
	all = all[min(int(seq), len(all)):]
	return slices.Clone(all[:min(most, len(all))]), nil
}

func (t *memoryTx) Behind(exchange string, most int) ([]order.CardRow, error) {
	type behind struct {
		entry int64
		card  order.CardRow
	}
	var list []behind
	cards := t.seen().cards
	t.each(slices.Collect(maps.Keys(t.m.records)), func(k *kept) {
		c, ok := cards[k.r.ID]
		if k.r.Exchange != exchange || (!ok && !k.r.Open()) || (ok && c.Shown >= k.r.Entry) {
			return
		}
		c.Order = k.r.ID
		list = append(list, behind{k.r.Entry, c})
	})
	slices.SortFunc(list, func(a, b behind) int { return cmp.Compare(a.entry, b.entry) })
	var first []order.CardRow
	for _, b := range list[:min(most, len(list))] {
		first = append(first, b.card)
	}
	return first, nil
}

func (t *memoryTx) SaveCard(c order.CardRow) error {
	t.mustWrite()
	t.board.cards[c.Order] = c
	return nil
}

func (t *memoryTx) Mark(reader string) (int64, error) { return t.seen().marks[reader], nil }

func (t *memoryTx) SetMark(reader string, seq int64) error {
	t.mustWrite()
	t.board.marks[reader] = seq
	return nil
}
