package did

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/fault"
	"didops/internal/nearest"
	"didops/internal/untrusted"
	"didops/tools"
)

// market reads the exchange's market for search and overview, and keeps what
// was read.
type market struct {
	Config
	searches *shelf[*findings]
	surveys  *shelf[*survey]
}

const (
	searchesKept = 16
	surveysKept  = 8
)

func newMarket(c Config) *market {
	return &market{
		Config:   c,
		searches: newShelf[*findings](c.Cache, searchesKept, c.Now),
		surveys:  newShelf[*survey](c.Cache, surveysKept, c.Now),
	}
}

// tally says what a reading of the market came to.
type tally struct {
	Matched    int // rows that fit and can be bought
	Hidden     int // rows that fit but have no id to buy them by
	Unreadable int
	Complete   bool
	Reason     string
	final      bool // reading again at once would come to the same
	rows       int
	vendors    map[string]string // of the rows that fit but for the vendor: lower case to as shown
}

// vendorsKept bounds what is remembered to suggest vendors.
const vendorsKept = 500

// read streams every matching row that can be bought to take.
func (m *market) read(ctx context.Context, match *matcher, take func(*Offer)) (tally, error) {
	t := tally{Complete: true, final: true, vendors: map[string]string{}}
	var until time.Time
	if m.Deadline > 0 {
		until = m.Now().Add(m.Deadline)
	}
	for _, q := range match.queries {
		if m.MaxRows > 0 && t.rows >= m.MaxRows {
			t.stopped(Reading{Reason: fmt.Sprintf("only the first %s numbers were read", count(t.rows)), Bounded: true})
			break
		}
		reading, err := m.readOne(ctx, match, q, until, &t, take)
		if err != nil {
			return t, t.broken(ctx, err)
		}
		t.Unreadable += reading.Unreadable
		t.stopped(reading)
		if !reading.End {
			break
		}
	}
	return t, nil
}

func (m *market) readOne(ctx context.Context, match *matcher, q MarketQuery, until time.Time, t *tally, take func(*Offer)) (Reading, error) {
	q.Until = until
	if m.MaxRows > 0 {
		q.MaxRows = m.MaxRows - t.rows
	}
	return m.Exchange.Market(ctx, q, func(page []Offer) error {
		for i := range page {
			t.offer(match, &page[i], take)
		}
		t.rows += len(page)
		tools.Report(ctx, tools.Progress{
			Done: t.rows, Text: fmt.Sprintf("%s numbers read, %s fit", count(t.rows), count(t.Matched)),
		})
		return nil
	})
}

// stopped takes over why a reading is not complete.
func (t *tally) stopped(r Reading) {
	if r.Complete {
		return
	}
	t.Complete = false
	t.final = t.final && (r.Bounded || r.End)
	if t.Reason == "" {
		t.Reason = r.Reason
	} else if t.Reason != r.Reason {
		t.Reason += "; " + r.Reason
	}
}

// broken decides what an error means for rows that were already read: with
// some at hand the result is a part, without any there is none.
func (t *tally) broken(ctx context.Context, err error) error {
	if t.rows == 0 || ctx.Err() != nil {
		return err
	}
	reason := "the reading broke off"
	if f, ok := fault.As(err); ok {
		reason += ": " + f.Message
	}
	t.stopped(Reading{Reason: reason})
	return nil
}

func (t *tally) offer(match *matcher, o *Offer, take func(*Offer)) {
	if !match.match(&o.Number) {
		return
	}
	if o.Vendor != "" && len(t.vendors) < vendorsKept {
		t.vendors[strings.ToLower(o.Vendor)] = o.Vendor
	}
	if !match.sells(&o.Number) {
		return
	}
	if o.ID == "" {
		t.Hidden++
		return
	}
	t.Matched++
	take(o)
}

// checkVendor returns [fault.Invalid] where no row has the vendor but some
// have one of nearly the same name.
func (t *tally) checkVendor(vendor string) error {
	if vendor == "" || t.Matched+t.Hidden > 0 {
		return nil
	}
	if _, known := t.vendors[strings.ToLower(vendor)]; known {
		return nil
	}
	near := nearest.Words(vendor, t.sellers())
	if len(near) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "no number that fits is sold by %q", untrusted.Clean(vendor, 40)).
		WithField("vendor").WithHint("did you mean %s?", strings.Join(near, " or "))
}

func (t *tally) sellers() []string {
	names := make([]string, 0, len(t.vendors))
	for _, v := range t.vendors {
		names = append(names, v)
	}
	slices.Sort(names)
	return names
}

// findings are the kept rows of a search.
type findings struct {
	tally
	rows []ranked[Offer]
	more int // rows behind the kept ones
}

// find returns the best rows behind base, keeping at most keep (0 = all).
func (m *market) find(ctx context.Context, match *matcher, by string, base sortKey, keep int) (*findings, error) {
	key := sorter(by)
	top := best[Offer]{most: keep, after: base}
	t, err := m.read(ctx, match, func(o *Offer) { top.offer(key(&o.Number), o) })
	if err != nil {
		return nil, err
	}
	rows := top.settle()
	return &findings{tally: t, rows: rows, more: top.seen - len(rows)}, nil
}

// behind returns the index of the first kept row behind last.
func (f *findings) behind(last sortKey) int {
	if last.zero() {
		return 0
	}
	i, found := slices.BinarySearchFunc(f.rows, last, func(r ranked[Offer], k sortKey) int { return r.key.compare(k) })
	if found {
		i++
	}
	return i
}
