package did

import (
	"context"
	"errors"
	"time"

	"didops/internal/market"
	"didops/internal/money"
)

// lowestDays is for how many days back the lowest fee of a kind is looked for.
const lowestDays = 30

const wholeDay = 24 * time.Hour

// KindCost is what numbers of one country and type cost a month, as far as it is
// remembered.
type KindCost struct {
	Count  int          // how many are for sale
	Median money.Amount // of their fees; unknown where there is none
	Lowest money.Amount // in Days, of what is gone too
	Days   int          // up to 30; 0: of what is for sale now
}

// Cost returns what numbers of a country, by its ISO code, and a type cost.
// Nothing is asked of the exchange.
func (m *Memory) Cost(ctx context.Context, country, kind string) (KindCost, error) {
	match, err := Filter{Country: country, Type: kind}.compile()
	if err != nil || m.mirror == nil {
		return KindCost{}, err
	}
	var cost KindCost
	err = m.mirror.Look(ctx, func(v *market.View) error {
		f := match.columns(match.prefixes)
		count, all := newTally(use{}), 0
		var found market.Found
		err := v.Visit(ctx, match.prefixes, func(c *market.Cell) error {
			c.Select(f, &found)
			rows := found.Fit[:0]
			for _, i := range found.Fit {
				if c.Purchasable(i) {
					rows = append(rows, i)
				}
			}
			all += len(rows)
			count.cell(c, rows)
			return nil
		})
		if err != nil || all == 0 {
			return err
		}
		_, types, _, _ := count.lists()
		cost = KindCost{Count: types[0].Count, Median: types[0].Median, Lowest: types[0].Lowest}
		return cost.lowest(ctx, v, market.Past{Filter: *f, Type: kind})
	})
	if errors.Is(err, market.ErrNothing) {
		return KindCost{}, nil
	}
	return cost, err
}

// lowest looks for a lower fee in the past, as far back as all was known.
func (c *KindCost) lowest(ctx context.Context, v *market.View, p market.Past) error {
	began, err := v.Began(ctx, p)
	if err != nil || began.IsZero() {
		return err
	}
	if c.Days = min(lowestDays, int(v.Now().Sub(began)/wholeDay)); c.Days == 0 {
		return nil
	}
	p.Since = v.Now().Add(-time.Duration(c.Days) * wholeDay)
	low, err := v.Lowest(ctx, p)
	if low.Fee.Known() && low.Fee.Cmp(c.Lowest) < 0 {
		c.Lowest = low.Fee
	}
	return err
}
