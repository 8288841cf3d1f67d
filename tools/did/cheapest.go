package did

import (
	"context"
	"errors"
	"slices"

	"didops/internal/exchange"
	"didops/internal/market"
)

// Kind is what a number has to be to do the work of another: of the same
// country, by its ISO code, and type, with these features at least.
type Kind struct {
	Country, Type          string
	Voice, SMS, Fax, Video bool
}

// KindOf returns the kind of a number; false where the exchange says too little
// of it to compare it with another.
func KindOf(n *exchange.Number) (Kind, bool) {
	k := Kind{n.Country, n.Type, n.Voice, n.SMS, n.Fax, n.Video}
	return k, k.Country != "" && slices.Contains([]string{"national", "mobile", "tollfree"}, k.Type)
}

func (k Kind) filter() Filter {
	need := func(has bool) *bool {
		if !has {
			return nil
		}
		return &has
	}
	return Filter{Country: k.Country, Type: k.Type, Voice: need(k.Voice), SMS: need(k.SMS), Fax: need(k.Fax), Video: need(k.Video)}
}

// Offers are what is for sale of a kind.
type Offers struct {
	Cheapest []exchange.Offer // by monthly fee, then set-up fee, then number; those whose fee is known
	Seen     Seen
}

// Cheapest returns the cheapest offers of each kind that can be bought, at most
// so many, as far as they are remembered, without the numbers of ours, by digits,
// which the exchange may still list. Nothing is asked of it. The offers have no
// ids.
func (m *Memory) Cheapest(ctx context.Context, kinds []Kind, ours map[string]bool, most int) (map[Kind]Offers, error) {
	found := map[Kind]Offers{}
	if m.mirror == nil {
		return found, nil
	}
	byCountry := map[string][]Kind{}
	for _, k := range kinds {
		byCountry[k.Country] = append(byCountry[k.Country], k)
	}
	err := m.mirror.Look(ctx, func(v *market.View) error {
		for _, same := range byCountry {
			if err := cheapestIn(ctx, v, same, ours, most, found); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, market.ErrNothing) {
		return found, nil
	}
	return found, err
}

// cheapestIn looks through the numbers of one country once, for all kinds that
// are of it.
func cheapestIn(ctx context.Context, v *market.View, kinds []Kind, ours map[string]bool, most int, found map[Kind]Offers) error {
	type looking struct {
		kind    Kind
		columns *market.Filter
		best    *best
		seen    Seen
	}
	var list []looking
	var area []string
	for _, k := range kinds {
		match, err := k.filter().compile()
		if err != nil {
			continue // a country that nobody knows has no numbers in memory
		}
		seen, prefixes, asOf := match.remembered(v)
		columns := match.columns(prefixes)
		columns.AsOf, columns.Waiting = asOf, true
		list = append(list, looking{k, columns, newBest(ordering{By: "monthly_fee"}, most, most, sortKey{}), seen})
		area = match.prefixes
	}
	var rows market.Found
	err := v.Visit(ctx, area, func(c *market.Cell) error {
		for _, l := range list {
			c.Select(l.columns, &rows)
			l.best.cell(c, slices.DeleteFunc(rows.Fit, func(i int) bool {
				return !c.Purchasable(i) || !c.MonthlyFee(i).Known() || ours[c.Digits(i)]
			}))
		}
		return nil
	})
	for _, l := range list {
		offers := Offers{Seen: l.seen}
		ranked, _ := l.best.ranked()
		for _, r := range ranked {
			offers.Cheapest = append(offers.Cheapest, *r.row)
		}
		found[l.kind] = offers
	}
	return err
}
