package did

import (
	"context"
	"fmt"
	"strings"

	"didops/internal/cache"
	"didops/internal/exchange"
	"didops/internal/request"
	"didops/internal/view"
)

// marketOps reads the exchange's market for search and overview, and keeps what
// was read.
type marketOps struct {
	Config
	searches *cache.Flight[string, *searchResult]
	surveys  *cache.Flight[string, *marketStats]
	pages    *pages[exchange.Offer]
	sellers  sellers
}

const (
	searchesKept = 16
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

// read streams every matching row that can be bought to take.
func (m *marketOps) read(ctx context.Context, match *matcher, take func(*exchange.Offer)) (readStats, error) {
	t := newReadStats(m.Config)
	for _, q := range match.queries {
		if m.MaxRows > 0 && t.rows >= m.MaxRows {
			_, err := t.account(ctx, exchange.Reading{Bounded: true}, nil)
			return t, err
		}
		reading, err := m.readOne(ctx, match, q, &t, take)
		if more, err := t.account(ctx, reading, err); err != nil || !more {
			return t, err
		}
	}
	return t, nil
}

func (m *marketOps) readOne(ctx context.Context, match *matcher, q exchange.MarketQuery, t *readStats, take func(*exchange.Offer)) (exchange.Reading, error) {
	q.Until = t.until
	if m.MaxRows > 0 {
		q.MaxRows = m.MaxRows - t.rows
	}
	return m.Reader.Market(ctx, q, func(page []exchange.Offer) error {
		for i := range page {
			// A row that another query asks for as well would be counted twice.
			if o := &page[i]; strings.HasPrefix(o.Digits, q.Prefix) {
				t.offer(match, o, take)
			}
		}
		t.rows += len(page)
		request.Report(ctx, request.Progress{
			Done: t.rows, Text: fmt.Sprintf("%s numbers read, %s fit", view.Count(t.rows), view.Count(t.Matched)),
		})
		return nil
	})
}

// searchResult are the kept rows of a search.
type searchResult = reading[exchange.Offer]

// find returns the best rows behind base, keeping at most keep (0 = all).
func (m *marketOps) find(ctx context.Context, match *matcher, by string, base sortKey, keep int) (*searchResult, error) {
	key := sorter(by)
	top := topN[exchange.Offer]{most: keep, after: base}
	t, err := m.read(ctx, match, func(o *exchange.Offer) { top.offer(key(&o.Number), o) })
	if err != nil {
		return nil, err
	}
	if t.nothing() {
		t.why = m.explain(ctx, match, &t)
	}
	rows := top.sorted()
	return &searchResult{readStats: t, rows: rows, more: top.seen - len(rows)}, nil
}
