package did

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"didops/internal/exchange"
	"didops/internal/phone"
	"didops/tools"
)

// A list of suggestions is short and quick, or it is of no use.
const (
	suggestMost    = 25
	completeWithin = 2 * time.Second
)

func completeCountry(_ context.Context, partial string) []tools.Choice {
	var list []tools.Choice
	for _, c := range phone.Suggest(partial, suggestMost) {
		value, label := c.ISO, c.Name
		if begins(c.Name, partial) && !begins(c.ISO, partial) {
			value, label = label, value
		}
		list = append(list, tools.Choice{Value: value, Label: label})
	}
	return list
}

// begins reports whether s begins with partial, case ignored: shells offer
// only what goes on from what was typed.
func begins(s, partial string) bool {
	return len(s) >= len(partial) && strings.EqualFold(s[:len(partial)], partial)
}

// completeVendor suggests sellers that recent searches have seen, or, before
// there was one, those at the beginning of the market.
func (m *marketOps) completeVendor(ctx context.Context, partial string) []tools.Choice {
	var names []string
	for _, f := range m.searches.Values() {
		for name := range f.vendors {
			if begins(name, partial) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		names = m.sellers.find(ctx, m, func(name string) bool { return begins(name, partial) })
	}
	slices.Sort(names)
	var list []tools.Choice
	for _, n := range slices.Compact(names) {
		if len(list) < suggestMost {
			list = append(list, tools.Choice{Value: n})
		}
	}
	return list
}

// completeOffer suggests numbers that recent searches have shown.
func (m *marketOps) completeOffer(ctx context.Context, partial string) []tools.Choice {
	prefix, _ := phone.Prefix(partial)
	rows, kept, oldest := map[string]*exchange.Offer{}, m.searches.Values(), m.Now()
	for _, f := range kept {
		if f.began.Before(oldest) {
			oldest = f.began
		}
	}
	moves := m.moved(ctx, oldest)
	for _, f := range kept {
		for _, r := range without(f, moves).rows {
			if strings.HasPrefix(r.row.Digits, prefix) {
				rows[r.row.Digits] = r.row
			}
		}
	}
	var list []tools.Choice
	for _, digits := range slices.Sorted(maps.Keys(rows)) {
		if len(list) == suggestMost {
			break
		}
		o := rows[digits]
		list = append(list, tools.Choice{
			Value: phone.Format(digits), Label: strings.Join(strings.Fields(o.Country+" "+o.Type+" "+o.MonthlyFee.String()), " "),
		})
	}
	return list
}
