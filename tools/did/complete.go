package did

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"didops/internal/exchange"
	"didops/internal/market"
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
	for _, r := range phone.Regions() {
		if len(partial) > 1 && begins(r.Name, partial) {
			list = append(list, tools.Choice{Value: r.Name, Label: fmt.Sprintf("%d countries", len(r.Members))})
		}
	}
	for _, c := range phone.Suggest(partial, suggestMost-len(list)) {
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

// completeVendor suggests sellers that are remembered, or that recent searches
// have seen, or, before there was one, those at the beginning of the market.
func (m *marketOps) completeVendor(ctx context.Context, partial string) []tools.Choice {
	names := m.rememberedSellers(ctx, partial)
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

// rememberedSellers returns the names in memory that begin with partial.
func (m *marketOps) rememberedSellers(ctx context.Context, partial string) []string {
	if m.Mirror == nil {
		return nil
	}
	seen := map[string]bool{}
	m.forgets(m.Mirror.Look(ctx, func(v *market.View) error {
		return v.Visit(ctx, []string{""}, func(c *market.Cell) error {
			for _, name := range c.Sellers() {
				if name != "" && begins(name, partial) && len(seen) < vendorsKept {
					seen[name] = true
				}
			}
			return nil
		})
	}))
	return slices.Collect(maps.Keys(seen))
}

// rememberedOffers returns numbers in memory that begin so and can be bought.
// Only what somebody has begun to write is looked for.
func (m *marketOps) rememberedOffers(ctx context.Context, prefix string) map[string]*exchange.Offer {
	rows := map[string]*exchange.Offer{}
	if m.Mirror == nil || prefix == "" {
		return rows
	}
	m.forgets(m.Mirror.Look(ctx, func(v *market.View) error {
		var found market.Found
		err := v.Visit(ctx, []string{prefix}, func(c *market.Cell) error {
			c.Select(&market.Filter{Prefixes: []string{prefix}}, &found)
			for _, i := range found.Fit {
				if len(rows) == suggestMost {
					return errEnough
				}
				if c.Purchasable(i) {
					o := c.Offer(i)
					rows[o.Digits] = &o
				}
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	}))
	return rows
}

// completeOffer suggests numbers that recent searches have shown, and those
// that are remembered.
func (m *marketOps) completeOffer(ctx context.Context, partial string) []tools.Choice {
	prefix, _ := phone.Prefix(partial)
	kept, oldest := m.searches.Values(), m.Now().Add(-m.MaxAge)
	for _, f := range kept {
		if f.began.Before(oldest) {
			oldest = f.began
		}
	}
	moves := m.moved(ctx, oldest)
	rows := m.rememberedOffers(ctx, prefix)
	maps.DeleteFunc(rows, func(digits string, _ *exchange.Offer) bool { _, moved := moves[digits]; return moved })
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
