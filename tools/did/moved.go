package did

import (
	"context"
	"slices"
	"strings"
	"time"

	"didops/internal/exchange"
	"didops/internal/order"
	"didops/internal/phone"
)

const (
	movedFor    = time.Minute // that the exchange's lists may show what was moved as it was before
	movedWithin = time.Second // for the store to tell, which nobody who searches waits for any longer
)

// moved returns the numbers that were bought or given up since a reading was
// made, and within a minute before: the reading, however new, may show them as
// they were. A store that is away keeps nobody from reading.
func (c Config) moved(ctx context.Context, reading time.Time) order.Moves {
	if c.Moved == nil {
		return nil
	}
	since := c.Now().Add(-movedFor)
	if reading.Before(since) {
		since = reading
	}
	ctx, cancel := context.WithTimeout(ctx, c.atLeast(movedWithin))
	defer cancel()
	moves, err := c.Moved(ctx, since)
	if err != nil {
		return nil
	}
	return moves
}

// without is the result without what was moved since: it is not for sale any
// more, or not yet again.
func without(f *searchResult, moves order.Moves) *searchResult {
	gone := func(r ranked[exchange.Offer]) bool { _, moved := moves[r.row.Digits]; return moved }
	if !slices.ContainsFunc(f.rows, gone) {
		return f
	}
	left := *f
	left.vendors = nil // whoever sold the last of them is no misspelt name
	left.rows = slices.DeleteFunc(slices.Clone(f.rows), gone)
	left.Matched -= len(f.rows) - len(left.rows)
	return &left
}

// withoutGivenUp is a list of own numbers without what was given up since.
func withoutGivenUp(f *reading[exchange.Owned], moves order.Moves) *reading[exchange.Owned] {
	gone := func(r ranked[exchange.Owned]) bool { return lagging{moves: moves}.given(r.row.Digits) }
	if !slices.ContainsFunc(f.rows, gone) {
		return f
	}
	left := *f
	left.rows = nil
	for _, r := range f.rows {
		if !gone(r) {
			left.rows = append(left.rows, r)
			continue
		}
		left.Matched--
		left.own.take(r.row)
	}
	return &left
}

// lagging holds a reading of own numbers against what orders know.
type lagging struct {
	moves order.Moves
	seen  map[string]bool
}

func (h *ownNumbers) lagging(ctx context.Context) lagging {
	return lagging{h.moved(ctx, h.Now()), map[string]bool{}}
}

// gone reports whether a number that the exchange still lists was given up.
func (l lagging) gone(digits string) bool {
	l.seen[digits] = true
	return l.given(digits)
}

func (l lagging) given(digits string) bool {
	m, moved := l.moves[digits]
	return moved && !m.Bought && m.Sure
}

// missing says that numbers which were just bought are not in a complete
// reading that would hold them; "" for none.
func (l lagging) missing(m *ownMatcher) string {
	var list []string
	for digits, moved := range l.moves {
		asked := slices.ContainsFunc(m.queries, func(q exchange.MarketQuery) bool { return strings.HasPrefix(digits, q.Prefix) })
		if moved.Bought && moved.Sure && asked && !l.seen[digits] && (m.number == "" || m.number == digits) {
			list = append(list, phone.Format(digits))
		}
	}
	if len(list) == 0 {
		return ""
	}
	slices.Sort(list)
	return "bought within the last minute, and not in the exchange's list yet: " + listed(clip(list, 3))
}
