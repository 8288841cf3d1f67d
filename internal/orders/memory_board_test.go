package orders_test

import (
	"cmp"
	"slices"

	"didops/internal/orders"
)

// board is the part of the memory that surfaces keep.
type board struct {
	cards map[string]orders.Card
	marks map[string]int64
}

func (t *memoryTx) Since(seq int64, most int) ([]orders.Kept, error) {
	all := slices.Concat(t.m.trail, t.trail)
	all = all[min(int(seq), len(all)):]
	return slices.Clone(all[:min(most, len(all))]), nil
}

func (t *memoryTx) Behind(exchange string, most int) ([]orders.Card, error) {
	type behind struct {
		entry int64
		card  orders.Card
	}
	var list []behind
	for _, r := range t.m.all() {
		c, ok := t.m.board.cards[r.ID]
		if r.Exchange != exchange || (!ok && !r.Open()) || (ok && c.Shown >= r.Entry) {
			continue
		}
		c.Order = r.ID
		list = append(list, behind{r.Entry, c})
	}
	slices.SortFunc(list, func(a, b behind) int { return cmp.Compare(a.entry, b.entry) })
	var cards []orders.Card
	for _, b := range list[:min(most, len(list))] {
		cards = append(cards, b.card)
	}
	return cards, nil
}

func (t *memoryTx) SaveCard(c orders.Card) error {
	t.mustWrite()
	if t.m.board.cards == nil {
		t.m.board.cards = map[string]orders.Card{}
	}
	t.m.board.cards[c.Order] = c
	return nil
}

func (t *memoryTx) Mark(reader string) (int64, error) { return t.m.board.marks[reader], nil }

func (t *memoryTx) SetMark(reader string, seq int64) error {
	t.mustWrite()
	if t.m.board.marks == nil {
		t.m.board.marks = map[string]int64{}
	}
	t.m.board.marks[reader] = seq
	return nil
}
