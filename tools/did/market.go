package did

import (
	"context"
	"fmt"
	"strings"

	"didops/internal/cache"
	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/market"
	"didops/internal/request"
	"didops/internal/view"
)

// marketOps reads the exchange's market for search and overview, from memory
// and from the exchange, and keeps what was read.
type marketOps struct {
	Config
	searches *cache.Flight[string, *searchResult]
	surveys  *cache.Flight[string, *marketStats]
	pages    *pages[exchange.Offer]
	sellers  sellers
}

const (
	searchesKept = 10
	surveysKept  = 8
)

func newMarket(c Config) *marketOps {
	return &marketOps{
		Config:   c,
		searches: newFlight[*searchResult](c, searchesKept),
		surveys:  newFlight[*marketStats](c, surveysKept),
		pages:    newPages(c, offerNumber, offerShown),
	}
}

// newFlight returns a flight that keeps at most so many readings, for as long
// as c says.
func newFlight[V any](c Config, most int) *cache.Flight[string, V] {
	if c.Cache <= 0 {
		return cache.NewFlight[string, V](nil)
	}
	return cache.NewFlight(cache.New[string](cache.Config[V]{MaxEntries: most, TTL: c.Cache, Now: c.Now}))
}

// sink takes the rows that fit and can be bought.
type sink interface {
	// row takes one that was just read, and copies what it keeps.
	row(*exchange.Offer)
	// cell takes rows of the memory, by where they stand in a cell.
	cell(c *market.Cell, rows []int)
	// settle takes over what the sink has kept of cells, while the memory is as
	// it was.
	settle(context.Context, *market.View) error
	// reset forgets everything.
	reset()
}

// read gives every matching row that can be bought to a sink: from memory what
// was read lately, unless it is to be fresh, and the rest as it comes from the
// exchange.
func (m *marketOps) read(ctx context.Context, match *matcher, fresh bool, into sink) (readStats, error) {
	t := newReadStats(m.Config)
	r := liveReading{marketOps: m, match: match, stats: &t, into: into, fallback: m.Mirror != nil && !fresh}
	queries := match.queries
	if r.fallback {
		queries = m.recall(ctx, match, &t, into)
	}
	for _, q := range queries {
		if more, err := r.part(ctx, q); err != nil || !more {
			return t, err
		}
	}
	if r.failed == nil {
		return t, nil
	}
	_, err := t.account(ctx, exchange.Reading{}, r.failed)
	return t, err
}

// liveReading reads parts of the market from the exchange.
type liveReading struct {
	*marketOps
	match    *matcher
	stats    *readStats
	into     sink
	fallback bool  // what can't be read is answered from what was read earlier
	away     bool  // the exchange is not asked any more
	failed   error // why the first part brought nothing
}

// part reads one, and reports whether another may follow.
func (r *liveReading) part(ctx context.Context, q exchange.MarketQuery) (more bool, _ error) {
	t := r.stats
	if r.away {
		r.fill(ctx, q, r.Now())
		return true, nil
	}
	if r.MaxRows > 0 && t.rows >= r.MaxRows {
		r.away = r.fallback
		r.fill(ctx, q, r.Now())
		more, err := t.account(ctx, exchange.Reading{Bounded: true}, nil)
		return more || r.away, err
	}
	q.Until = t.until
	if r.MaxRows > 0 {
		q.MaxRows = r.MaxRows - t.rows
	}
	began := r.Now()
	reading, kept, err := r.live(ctx, q, func(page []exchange.Offer) { r.take(ctx, q, page) })
	t.read(began)
	if r.away = r.fallback && !reading.End && ctx.Err() == nil && passes(err); r.away && kept {
		r.fill(ctx, q, began)
	}
	more, err = t.account(ctx, reading, err)
	if err != nil && r.away {
		r.failed, err = err, nil
	}
	return more || r.away, err
}

// passes reports whether an error of a reading says nothing against what was
// read earlier.
func passes(err error) bool {
	f, ok := fault.As(err)
	return err == nil || ok && (f.Code == fault.Unavailable || f.Code == fault.RateLimited)
}

func (r *liveReading) take(ctx context.Context, q exchange.MarketQuery, page []exchange.Offer) {
	t := r.stats
	for i := range page {
		// A row that another query asks for as well would be counted twice.
		if o := &page[i]; strings.HasPrefix(o.Digits, q.Prefix) {
			t.offer(r.match, o, r.into.row)
		}
	}
	t.rows += len(page)
	request.Report(ctx, request.Progress{
		Done: t.rows, Text: fmt.Sprintf("%s numbers read, %s fit", view.Count(t.rows), view.Count(t.Matched)),
	})
}

// searchResult are the kept rows of a search.
type searchResult = reading[exchange.Offer]

// find returns the best rows behind base, keeping at most keep (0 = all).
func (m *marketOps) find(ctx context.Context, match *matcher, in *SearchIn, base sortKey, keep int) (*searchResult, error) {
	show := in.Limit
	if keep == 0 {
		show = 0
	}
	top := newBest(in.order(), keep, show, base)
	t, err := m.read(ctx, match, in.Fresh, top)
	if err != nil {
		return nil, err
	}
	t.Matched, t.Unpriced = t.Matched-top.unpriced, top.unpriced
	if t.nothing() {
		t.why = m.explain(ctx, match, &t)
	}
	rows, more := top.ranked()
	return &searchResult{readStats: t, rows: rows, more: more}, nil
}
