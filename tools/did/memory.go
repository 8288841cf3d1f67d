package did

import (
	"context"
	"errors"
	"time"

	"didops/internal/exchange"
	"didops/internal/market"
)

// Memory is what is remembered of the market, for who looks there again and
// again. Nothing is asked of the exchange. Safe for concurrent use.
type Memory struct{ mirror *market.Mirror }

// NewMemory returns a look at the memory that operations answer from; it has
// nothing where those have none.
func NewMemory(m *market.Mirror) *Memory { return &Memory{m} }

// Seen says what an answer of the memory rests upon.
type Seen struct {
	AsOf     time.Time // the oldest reading; zero where none is
	Complete bool      // all that could fit was read to its end at some time
}

// Fit calls take with each number that fits and can be bought, however long ago
// it was read, and since when it has been there; that is zero where it was
// there when its part was read for the first time. A number that one reading
// missed, which proves nothing yet, is there. Errors are
// [didops/internal/fault.Invalid] for a filter that is none, and those of the
// memory.
func (m *Memory) Fit(ctx context.Context, f Filter, take func(o *exchange.Offer, came time.Time)) (Seen, error) {
	return m.FitBeside(ctx, f, take, nil)
}

// FitBeside is Fit. Where not all was read to its end it also calls there, unless
// that is nil, with the digits of every number in memory that is of the countries
// and leading digits asked for and can be bought, whether or not it fits: what
// is among them and does not fit is known not to.
func (m *Memory) FitBeside(ctx context.Context, f Filter, take func(o *exchange.Offer, came time.Time), there func(digits string)) (Seen, error) {
	match, err := f.compile()
	if err != nil || m.mirror == nil {
		return Seen{}, err
	}
	area, err := Filter{Country: f.Country, Prefix: f.Prefix}.compile()
	if err != nil {
		return Seen{}, err
	}
	var seen Seen
	err = m.mirror.Look(ctx, func(v *market.View) error {
		var prefixes []string
		var asOf []time.Time
		seen, prefixes, asOf = match.remembered(v)
		columns, around := match.columns(prefixes), area.columns(prefixes)
		columns.AsOf, around.AsOf = asOf, asOf
		columns.Waiting, around.Waiting = true, true
		var found, beside market.Found
		return v.Visit(ctx, prefixes, func(c *market.Cell) error {
			if there != nil && !seen.Complete {
				c.Select(around, &beside)
				purchasable(c, beside.Fit, there)
			}
			c.Select(columns, &found)
			return each(ctx, v, c, found.Fit, take)
		})
	})
	if errors.Is(err, market.ErrNothing) {
		return Seen{}, nil
	}
	return seen, err
}

// remembered returns what is known of all that could fit, however long ago it was
// read: by leading digits, with the reading that each rests upon.
func (m *matcher) remembered(v *market.View) (seen Seen, prefixes []string, asOf []time.Time) {
	seen = Seen{Complete: true}
	for _, q := range m.queries {
		p := v.Plan(q, time.UnixMicro(1))
		seen.Complete = seen.Complete && len(p.Missing) == 0
		if at := p.AsOf(); seen.AsOf.IsZero() || !at.IsZero() && at.Before(seen.AsOf) {
			seen.AsOf = at
		}
		for _, k := range p.Known {
			prefixes, asOf = append(prefixes, k.Prefix), append(asOf, k.AsOf)
		}
		for _, missing := range p.Missing {
			prefixes, asOf = append(prefixes, missing), append(asOf, v.Now())
		}
	}
	return seen, prefixes, asOf
}

// purchasable calls take with the digits of rows of a cell that can be bought.
func purchasable(c *market.Cell, rows []int, take func(digits string)) {
	for _, i := range rows {
		if c.Purchasable(i) {
			take(c.Digits(i))
		}
	}
}

func each(ctx context.Context, v *market.View, c *market.Cell, rows []int, take func(*exchange.Offer, time.Time)) error {
	var refs []market.Ref
	var at []int
	for _, i := range rows {
		if c.Purchasable(i) {
			refs, at = append(refs, market.Ref{Cell: c, At: i}), append(at, i)
		}
	}
	if len(refs) == 0 {
		return nil
	}
	came, err := v.Came(ctx, c, at)
	if err != nil {
		return err
	}
	offers, err := v.Offers(ctx, refs)
	if err != nil {
		return err
	}
	for i := range offers {
		take(&offers[i], came[i])
	}
	return nil
}

// Generation tells one state of the memory from others: while it is the same,
// [Memory.Fit] finds the same.
func (m *Memory) Generation(ctx context.Context) (string, error) {
	if m.mirror == nil {
		return "", nil
	}
	var generation string
	err := m.mirror.Look(ctx, func(v *market.View) error {
		generation = v.Generation()
		return nil
	})
	if errors.Is(err, market.ErrNothing) {
		return "", nil
	}
	return generation, err
}
