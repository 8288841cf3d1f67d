package did

import (
	"context"
	"errors"
	"slices"
	"time"

	"didops/internal/exchange"
	"didops/internal/market"
)

// rememberWithin is for the memory to keep what was read, which a caller waits
// for.
const rememberWithin = 10 * time.Second

// live reads a part of the market from the exchange, and remembers what comes.
// It reports whether it is remembered.
func (m *marketOps) live(ctx context.Context, q exchange.MarketQuery, take func([]exchange.Offer)) (_ exchange.Reading, kept bool, _ error) {
	return m.recorded(ctx, (*market.Mirror).Record, q, take)
}

// few is live of a few rows, which say nothing of how many there are.
func (m *marketOps) few(ctx context.Context, q exchange.MarketQuery, take func([]exchange.Offer)) (exchange.Reading, error) {
	reading, _, err := m.recorded(ctx, (*market.Mirror).RecordSample, q, take)
	return reading, err
}

func (m *marketOps) recorded(ctx context.Context, record func(*market.Mirror, exchange.MarketQuery) *market.Recording,
	q exchange.MarketQuery, take func([]exchange.Offer),
) (_ exchange.Reading, kept bool, _ error) {
	if m.Mirror == nil {
		reading, err := m.Reader.Market(ctx, q, func(page []exchange.Offer) error {
			take(page)
			return nil
		})
		return reading, false, err
	}
	recording := record(m.Mirror, q)
	reading, err := m.Reader.Market(ctx, q, func(page []exchange.Offer) error {
		take(page)
		recording.Take(ctx, page)
		return nil
	})
	if ctx.Err() != nil {
		return reading, false, err // nobody waits for it any more, the program may be about to end
	}
	keeping, cancel := context.WithTimeout(ctx, m.atLeast(rememberWithin))
	defer cancel()
	_, lost := recording.End(keeping, reading)
	m.forgets(lost)
	return reading, lost == nil, err
}

// forgets tells of an error of the memory, without which everything goes on.
func (c Config) forgets(err error) {
	if err != nil && !errors.Is(err, market.ErrNothing) && !errors.Is(err, context.Canceled) && c.Forgets != nil {
		c.Forgets(err)
	}
}

// recall gives a sink what was read lately, and returns what is to be asked of
// the exchange.
func (m *marketOps) recall(ctx context.Context, match *matcher, t *readStats, into sink) []exchange.MarketQuery {
	var missing []exchange.MarketQuery
	m.Mirror.Asked(match.queries...)
	err := m.Mirror.Look(ctx, func(v *market.View) error {
		var known []market.Known
		for _, q := range match.queries {
			p := v.Plan(q, m.Now().Add(-m.MaxAge))
			known = append(known, p.Known...)
			for _, prefix := range p.Missing {
				part := q
				part.Prefix = prefix
				missing = append(missing, part)
			}
		}
		return t.remember(ctx, v, match, known, into, nil)
	})
	if err != nil {
		m.forgets(err)
		*t = newReadStats(m.Config)
		into.reset()
		return match.queries
	}
	return missing
}

// fill gives a sink what is remembered of a part that could not be read to its
// end since a moment: all that was there when it was read to its end before,
// however long ago, or else what other readings have brought lately.
func (r *liveReading) fill(ctx context.Context, q exchange.MarketQuery, began time.Time) {
	if !r.fallback {
		return
	}
	err := r.Mirror.Look(ctx, func(v *market.View) error {
		p := v.Plan(q, time.UnixMicro(1))
		var never time.Time
		err := r.stats.remember(ctx, v, r.match, p.Known, r.into, func(c *market.Cell, rows []int) ([]int, error) {
			return v.Between(ctx, c, rows, never, began)
		})
		if err != nil || len(p.Missing) == 0 {
			return err
		}
		return r.patch(ctx, v, p.Missing, began)
	})
	r.forgets(err)
}

// patch gives a sink what is remembered lately of parts that were never read to
// their end.
func (r *liveReading) patch(ctx context.Context, v *market.View, prefixes []string, began time.Time) error {
	lately, some := r.Now().Add(-r.MaxAge), false
	parts := make([]market.Known, 0, len(prefixes))
	for _, prefix := range prefixes {
		parts = append(parts, market.Known{Prefix: prefix, AsOf: lately})
	}
	t := *r.stats
	err := r.stats.remember(ctx, v, r.match, parts, r.into, func(c *market.Cell, rows []int) ([]int, error) {
		rows, err := v.Between(ctx, c, rows, lately, began)
		some = some || len(rows) > 0
		return rows, err
	})
	if !some {
		r.stats.remembered, r.stats.began, r.stats.newest = t.remembered, t.began, t.newest
	}
	return err
}

// remember counts the rows of parts in memory and gives them to a sink; of
// each cell those that only leaves, if it is given.
func (t *readStats) remember(ctx context.Context, v *market.View, match *matcher, parts []market.Known, into sink,
	only func(*market.Cell, []int) ([]int, error),
) error {
	if len(parts) == 0 {
		return nil
	}
	prefixes := make([]string, len(parts))
	for i, p := range parts {
		prefixes[i] = p.Prefix
	}
	f := match.columns(prefixes)
	for _, p := range parts {
		f.AsOf = append(f.AsOf, p.AsOf)
	}
	var found market.Found
	err := v.Visit(ctx, prefixes, func(c *market.Cell) (err error) {
		c.Select(f, &found)
		if only != nil {
			if found.Fit, err = only(c, found.Fit); err == nil {
				found.Unsure, err = only(c, found.Unsure)
			}
		}
		t.cell(c, &found, into)
		t.city.cell(match, c, found.Fit)
		return err
	})
	if err != nil {
		return err
	}
	t.from(parts)
	return into.settle(ctx, v)
}

// cell counts rows of a cell, and gives those that can be bought to a sink.
func (t *readStats) cell(c *market.Cell, found *market.Found, into sink) {
	for _, name := range found.Sellers {
		if name != "" && !t.vendors[name] && len(t.vendors) < vendorsKept {
			t.vendors[name] = true
		}
	}
	for range found.Unsure {
		t.leaveOut()
	}
	all := len(found.Fit)
	found.Fit = slices.DeleteFunc(found.Fit, func(i int) bool { return !c.Purchasable(i) })
	t.Hidden += all - len(found.Fit)
	t.Matched += len(found.Fit)
	into.cell(c, found.Fit)
}

// from notes the parts that the result rests upon.
func (t *readStats) from(parts []market.Known) {
	t.remembered = true
	left := map[time.Time]int{} // by reading, which several parts may be of
	for _, p := range parts {
		t.read(p.AsOf)
		left[p.AsOf] = max(left[p.AsOf], p.Unreadable)
	}
	for _, n := range left {
		t.Unreadable += n
	}
	t.Complete = t.Complete && t.Unreadable == 0
}

// read notes that the result rests upon a reading that began at a moment.
func (t *readStats) read(began time.Time) {
	if began.Before(t.began) {
		t.began = began
	}
	if began.After(t.newest) {
		t.newest = began
	}
}

// renewWithin is for the memory to take over what a quote has read.
const renewWithin = time.Second

// renew has the memory know of one number what a complete reading has brought,
// so that nobody is shown again what was just said to be gone or to cost more.
func (c Config) renew(ctx context.Context, digits string, offers []exchange.Offer, began time.Time) {
	if c.Mirror == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, c.atLeast(renewWithin))
	defer cancel()
	offers = listedOffers(offers)
	is, err := c.remembered(ctx, digits, len(offers) == 0)
	if err == nil && !slices.EqualFunc(is, offers, func(a, b exchange.Offer) bool { return slices.Equal(factsOf(&a.Number), factsOf(&b.Number)) }) {
		err = c.Mirror.Renew(ctx, digits, offers, began)
	}
	c.forgets(err)
}

// listedOffers returns the offers of one number that a reading of the market tells: one
// that can be bought, and one that can't.
func listedOffers(offers []exchange.Offer) []exchange.Offer {
	var list []exchange.Offer
	for _, buy := range []bool{true, false} {
		if i := slices.IndexFunc(offers, func(o exchange.Offer) bool { return (o.ID != "") == buy }); i >= 0 {
			list = append(list, offers[i])
		}
	}
	return list
}

// remembered returns the offers of one number that are in memory; with lost, also
// those that readings have missed and that are not known to be gone.
func (c Config) remembered(ctx context.Context, digits string, lost bool) (offers []exchange.Offer, _ error) {
	return offers, c.Mirror.Look(ctx, func(v *market.View) error {
		var found market.Found
		return v.Visit(ctx, []string{digits}, func(cell *market.Cell) (err error) {
			cell.Select(&market.Filter{Prefixes: []string{digits}, Waiting: lost}, &found)
			var refs []market.Ref
			for _, i := range found.Fit {
				if cell.Digits(i) == digits {
					refs = append(refs, market.Ref{Cell: cell, At: i})
				}
			}
			offers, err = v.Offers(ctx, refs)
			return err
		})
	})
}
