package market

import (
	"context"
	"math"
	"strings"
	"time"

	"didops/internal/exchange"
	"didops/internal/phone"
)

// Part is a piece of the market that is read in one go.
type Part struct {
	Query exchange.MarketQuery // leading digits, type and features
	Rows  int                  // remembered below its leading digits
	AsOf  time.Time            // of the oldest of what was read of it, whenever; zero: some of it never was
}

// Due divides what of a question was not read since a moment into parts, in the
// order of their numbers. A part is as large as it can be with at most so many
// rows, and takes in what was read since where that is cheaper than to go around
// it. One that was never read, and is too much for one go, is divided by
// dialling codes: nothing is known of how many rows are behind which digit.
func (v *View) Due(ctx context.Context, q exchange.MarketQuery, since time.Time, most int) ([]Part, error) {
	return v.stale(ctx, q, since, divider{v: v, q: q, most: most, around: worthAPart})
}

// stale divides what was not read since a moment.
func (v *View) stale(ctx context.Context, q exchange.MarketQuery, since time.Time, d divider) ([]Part, error) {
	ever := planner{since: 1, large: map[string]bool{}}
	ever.take(v.readings, asked(q), v.m.Now())
	fresh := planner{since: since.UnixMicro(), large: ever.large}
	fresh.take(v.readings, asked(q), v.m.Now())
	d.large = ever.large
	err := d.divide(ctx, q.Prefix, ever, fresh)
	return d.parts, err
}

// divider divides what is missing.
type divider struct {
	v    *View
	q    exchange.MarketQuery
	most int
	// around is how many rows that were read since make it worth to ask for one
	// more part; 0 = none are read again.
	around int
	large  map[string]bool
	parts  []Part
}

// divide adds the parts of a prefix. ever and fresh are by what was read of it
// at any time, and since the moment.
func (d *divider) divide(ctx context.Context, prefix string, ever, fresh planner) error {
	ever, fresh = ever.about(prefix), fresh.about(prefix)
	if fresh.covering(prefix) != nil {
		return nil
	}
	rows, err := d.v.Count(ctx, prefix)
	if err != nil {
		return err
	}
	whole := Part{Query: d.q, Rows: rows, AsOf: ever.asOf(prefix)}
	whole.Query.Prefix = prefix
	fits := d.fits(&whole)
	if len(prefix) >= deepest || fits && !fresh.within(prefix) {
		d.parts = append(d.parts, whole)
		return nil
	}
	before := len(d.parts)
	for _, below := range digitsBelow(prefix) {
		if err := d.divide(ctx, below, ever, fresh); err != nil {
			return err
		}
	}
	stale := 0
	for _, p := range d.parts[before:] {
		stale += p.Rows
	}
	if parts := len(d.parts) - before; fits && d.around > 0 && parts > 1+(rows-stale)/d.around {
		d.parts = append(d.parts[:before], whole)
	}
	return nil
}

// fits reports whether a part can be read in one go.
func (d *divider) fits(p *Part) bool {
	prefix := p.Query.Prefix
	untold := p.AsOf.IsZero() && d.large[""] && phone.BeforeCode(prefix)
	return p.Rows <= d.most && !d.large[prefix] && !untold
}

// digitsBelow are the prefixes of one more digit. No number begins with 0
// (E.164, section 6).
func digitsBelow(prefix string) []string {
	var list []string
	for digit := '0'; digit <= '9'; digit++ {
		if prefix != "" || digit != '0' {
			list = append(list, prefix+string(digit))
		}
	}
	return list
}

// about returns the planner of the readings that hold some of a prefix.
func (p *planner) about(prefix string) planner {
	out := planner{since: p.since, large: p.large}
	for _, r := range p.fresh {
		if overlaps(r.prefix, prefix) {
			out.fresh = append(out.fresh, r)
		}
	}
	return out
}

// asOf returns the time of the oldest of the readings that hold all numbers of
// a prefix, zero where none do.
func (p *planner) asOf(prefix string) time.Time {
	if r := p.covering(prefix); r != nil {
		return time.UnixMicro(r.started).UTC()
	}
	if len(prefix) >= deepest || !p.within(prefix) {
		return time.Time{}
	}
	var oldest time.Time
	for _, below := range digitsBelow(prefix) {
		part := p.about(below)
		at := part.asOf(below)
		if at.IsZero() {
			return at
		}
		if oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}

// Count returns how many rows are remembered whose numbers begin with a
// prefix.
func (v *View) Count(ctx context.Context, prefix string) (int, error) {
	n := 0
	for _, h := range v.heads {
		switch {
		case h.rows == 0 || !overlaps(h.prefix, prefix):
		case strings.HasPrefix(h.prefix, prefix):
			n += h.rows
		default:
			c, err := v.counted(ctx, h)
			if err != nil {
				return 0, err
			}
			c.within(prefix, func(from, to int) { n += to - from })
		}
	}
	return n, nil
}

// counted returns a cell, which is read once in a view.
func (v *View) counted(ctx context.Context, h head) (*Cell, error) {
	if c := v.counts[h.prefix]; c != nil {
		return c, nil
	}
	c, err := v.cell(ctx, h)
	if err == nil {
		if v.counts == nil {
			v.counts = map[string]*Cell{}
		}
		v.counts[h.prefix] = c
	}
	return c, err
}

// Age is how old a memory is.
type Age struct {
	Rows     int       // remembered
	Fresh    int       // of those, that were read since the moment that is asked about
	Readings int       // that came to their end, one for each question
	Oldest   time.Time // when the oldest of them began; zero where there are none
	Newest   time.Time // and the newest
	Whole    bool      // every part of the market was read, whenever
}

// Age says how much of the memory was read since a moment.
func (v *View) Age(ctx context.Context, since time.Time) (Age, error) {
	a := Age{Rows: v.Rows()}
	for i := range v.readings {
		if v.readings[i].started == 0 || v.readings[i].started > ahead(v.m.Now()) {
			continue
		}
		at := time.UnixMicro(v.readings[i].started).UTC()
		a.Readings++
		if a.Oldest.IsZero() || at.Before(a.Oldest) {
			a.Oldest = at
		}
		if at.After(a.Newest) {
			a.Newest = at
		}
	}
	stale, err := v.stale(ctx, exchange.MarketQuery{}, since, divider{v: v, most: math.MaxInt})
	a.Fresh, a.Whole = a.Rows, true
	for _, p := range stale {
		a.Fresh -= p.Rows
		a.Whole = a.Whole && !p.AsOf.IsZero()
	}
	return a, err
}
