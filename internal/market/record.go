package market

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/exchange"
)

// batchRows is how many rows a recording holds before it puts them into the
// memory.
const batchRows = 50_000

// Recording puts a reading of the exchange into the memory. It is for one
// goroutine.
type Recording struct {
	m       *Mirror
	asked   question
	started time.Time
	until   time.Time // when it has to end; zero: not bounded
	sample  bool      // it was to read a few rows only
	batch   table
	rows    int
	watched *watched
	misfits int // rows that were not asked for
	unkept  int // rows that can't be kept
	changes Changes
	err     error
}

// Record begins to record a reading that begins now.
func (m *Mirror) Record(q exchange.MarketQuery) *Recording {
	return &Recording{m: m, asked: asked(q), started: m.Now(), until: q.Until}
}

// RecordSample is Record, of a reading that ends after a few rows: that there are
// more says nothing of how large the part is.
func (m *Mirror) RecordSample(q exchange.MarketQuery) *Recording {
	r := m.Record(q)
	r.sample = true
	return r
}

// large reports whether the part was too much for one reading, so that smaller
// ones get on where this would end alike: it brought the most rows that it was
// allowed, or as many as there was time for. One that broke off says nothing of
// it.
func (r *Recording) large(got exchange.Reading) bool {
	late := !r.until.IsZero() && !r.m.Now().Before(r.until)
	return !got.End && !r.sample && r.rows >= worthAPart && (got.Bounded || late)
}

// Take takes a page. What goes wrong is told at the end: the reading goes on
// without a memory.
func (r *Recording) Take(ctx context.Context, page []exchange.Offer) {
	if r.err != nil {
		return
	}
	for i := range page {
		r.rows++
		if !r.batch.add(&page[i], r.started.UnixMicro()) {
			r.unkept++
			continue
		}
		if !r.asked.fits(&r.batch, r.batch.len()-1) {
			r.misfits++
		}
	}
	if r.batch.len() >= r.m.BatchRows {
		r.err = r.m.write(ctx, func(t *sql.Tx) error { return r.flush(ctx, t, nil) })
	}
}

// End puts the rest into the memory, and what the reading came to. It returns
// the first error of the recording; then an earlier part of it may be there.
func (r *Recording) End(ctx context.Context, got exchange.Reading) (Changes, error) {
	if r.err != nil {
		return r.changes, r.err
	}
	r.err = r.m.write(ctx, func(t *sql.Tx) error {
		var p *proof
		if got.End && r.trusted() {
			p = r.proves(r.m.Now())
			p.unread = unreadOf(got)
		}
		if err := r.flush(ctx, t, p); err != nil {
			return err
		}
		return r.account(ctx, t, got, p != nil)
	})
	return r.changes, r.err
}

// proves is what the reading says where it came to its end at a moment.
func (r *Recording) proves(ended time.Time) *proof {
	return &proof{question: r.asked, started: r.started.UnixMicro(), ended: ended.UnixMicro()}
}

// Renew puts all offers of one number, by a reading that began at a moment, in
// place of what is known of it. None are those of a number that is gone.
func (m *Mirror) Renew(ctx context.Context, digits string, offers []exchange.Offer, began time.Time) error {
	r := &Recording{m: m, asked: question{prefix: digits, one: true}, started: began}
	for i := range offers {
		if !r.batch.add(&offers[i], began.UnixMicro()) {
			return nil // what can't be kept says nothing
		}
	}
	return m.write(ctx, func(t *sql.Tx) error { return r.flush(ctx, t, r.proves(began)) })
}

// trusted reports whether what did not come is not there. An exchange that
// brings another type or other features than it was asked for may leave out
// some that it was asked for.
func (r *Recording) trusted() bool {
	return r.unkept == 0 && (r.misfits == 0 || r.asked.kind == "" && r.asked.features == 0)
}

// account keeps what the reading came to, but for one that asked for next to
// nothing: its rows say all.
func (r *Recording) account(ctx context.Context, t *sql.Tx, got exchange.Reading, whole bool) error {
	if r.asked.deep() {
		return nil
	}
	scope, q, now := r.m.Scope, r.asked, r.m.Now()
	if _, err := t.ExecContext(ctx, dropReadings, scope, now.Add(-readingsFor).UnixMicro(), now.Add(-largeFor).UnixMicro()); err != nil {
		return fmt.Errorf("forget old readings: %w", err)
	}
	if err := r.m.trim(ctx, t); err != nil {
		return err
	}
	var err error
	switch {
	case whole:
		if err := r.observe(ctx, t); err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, keepReading, scope, q.prefix, q.kind, int64(q.features),
			r.started.UnixMicro(), now.UnixMicro(), got.Rows, got.Unreadable, strings.Join(unreadOf(got).digits, " "), ahead(now))
	case r.large(got):
		_, err = t.ExecContext(ctx, keepLarge, scope, q.prefix, q.kind, int64(q.features), now.UnixMicro())
	}
	if err != nil {
		return fmt.Errorf("keep what a reading came to: %w", err)
	}
	return nil
}

// write runs one transaction.
func (m *Mirror) write(ctx context.Context, fn func(*sql.Tx) error) error {
	return m.understood(ctx, m.db.Write(ctx, fn))
}

// longest bounds a reading. It is less than [readingsFor], so that what later
// ones have said meanwhile is still known.
const longest = 24 * time.Hour

// errTooLong is the error of a reading that took too long.
var errTooLong = errors.New("a reading of the market took longer than a day")

// flush merges the batch into the cells. Where the reading is through, it is
// concluded from what it should have brought and did not.
func (r *Recording) flush(ctx context.Context, t *sql.Tx, p *proof) error {
	if r.m.Now().Sub(r.started) >= longest {
		return errTooLong
	}
	v, err := r.m.view(ctx, t)
	if err != nil {
		return err
	}
	if len(v.heads) == 0 {
		v.heads = []head{{}}
	}
	var gen int64
	if err := t.QueryRowContext(ctx, nextGeneration, r.m.Scope).Scan(&gen); err != nil {
		return fmt.Errorf("count the generations: %w", err)
	}
	// Not the number of a cell of a memory that was thrown away, which another
	// process may hold.
	gen = max(gen, r.m.Now().UnixMicro())
	if r.watched, err = v.watched(ctx); err != nil {
		return err
	}
	prefixes := make([]string, len(v.heads))
	for i, h := range v.heads {
		prefixes[i] = h.prefix
	}
	parts := make([][]int, len(prefixes))
	for _, i := range r.batch.order() {
		c := cellOf(prefixes, r.batch.digits[i])
		if c < 0 {
			return errors.Join(errCorrupt, errors.New("the cells leave a number out"))
		}
		parts[c] = append(parts[c], i)
	}
	changes := Changes{}
	for i, h := range v.heads {
		if len(parts[i]) == 0 && (p == nil || !overlaps(h.prefix, r.asked.prefix)) {
			continue
		}
		c, err := r.mergeCell(ctx, v, h, gen, parts[i], p)
		if err != nil {
			return err
		}
		changes.Add(c)
	}
	r.changes.Add(changes)
	r.batch = table{}
	return nil
}

// notGone leaves out the rows that are not known and that a reading which began
// later, and is through, should have brought. Where that one did not ask for
// all numbers of its part they stay, and are astray; when it began is returned
// of those that left their type. Where rows of it could not be understood, they
// stay and are missed.
func (r *Recording) notGone(v *View, fresh []int) ([]int, map[int]int64) {
	if r.asked.one {
		return fresh, nil // of one number nobody knows more than who has just looked for it
	}
	var later []*reading
	for i := range v.readings {
		if at := v.readings[i].started; at > r.started.UnixMicro() && at <= ahead(r.m.Now()) {
			later = append(later, &v.readings[i])
		}
	}
	if len(later) == 0 {
		return fresh, nil
	}
	left := map[int]int64{}
	return slices.DeleteFunc(slices.Clone(fresh), func(i int) bool {
		for _, q := range later {
			switch {
			case !q.fits(&r.batch, i):
			case q.may(r.batch.digits[i]):
				r.batch.miss(i, absence{q.started, inDoubt})
			case !q.narrows():
				return true
			default:
				r.batch.flags[i] |= flagAstray
				if q.features == 0 {
					r.batch.flags[i] |= flagLeft
					left[i] = max(left[i], q.started)
				}
			}
		}
		return false
	}), left
}

// astrayFor is how long a number is waited for that went astray: by then its
// part has been read as a whole, or nobody asks for it.
const astrayFor = 30 * 24 * time.Hour

// lapsing is since when a number that went astray has to have been seen.
func (r *Recording) lapsing() int64 { return r.started.Add(-astrayFor).UnixMicro() }

// mergeCell rewrites one cell, or several where it is divided.
func (r *Recording) mergeCell(ctx context.Context, v *View, h head, gen int64, fresh []int, p *proof) (Changes, error) {
	m := merger{old: &table{}, fresh: &r.batch, latest: ahead(r.m.Now()), watched: r.watched.before(&r.batch, r.started.UnixMicro())}
	fresh, m.left = r.notGone(v, fresh)
	if h.rows > 0 {
		c, err := v.cell(ctx, h)
		if err != nil {
			return Changes{}, err
		}
		rest, err := v.cold(ctx, c)
		if err != nil {
			return Changes{}, err
		}
		rest = rest.until(m.latest)
		if value, ok := r.renewed(c, rest, fresh, p); ok {
			return Changes{}, v.keepCold(ctx, h.prefix, value)
		}
		m.old = c.table(rest)
	}
	at := all(m.merge(fresh).len())
	if p != nil {
		at = m.conclude(p)
	}
	at = m.lapse(at, r.lapsing(), r.started.UnixMicro())
	if len(fresh) == 0 && m.changes == (Changes{}) && len(m.events) == 0 && len(at) == m.out.len() {
		return m.changes, nil
	}
	if err := r.keep(ctx, v, &m, h, gen, at); err != nil {
		return m.changes, err
	}
	return m.changes, v.keepEvents(ctx, h.prefix, m.events)
}

// keep writes rows in place of those of a cell.
func (r *Recording) keep(ctx context.Context, v *View, m *merger, h head, gen int64, at []int) error {
	if len(at) > r.m.CellRows {
		if _, err := v.tx.ExecContext(ctx, dropCell, r.m.Scope, h.prefix); err != nil {
			return fmt.Errorf("replace a cell: %w", err)
		}
	}
	var err error
	m.out.divide(h.prefix, at, r.m.CellRows, func(prefix string, at []int) {
		if err != nil {
			return
		}
		hot, cold := m.out.encode(at)
		if _, err = v.tx.ExecContext(ctx, keepCell, r.m.Scope, prefix, gen, len(at), hot, cold); err != nil {
			err = fmt.Errorf("keep a cell: %w", err)
		}
	})
	return err
}

// keepCold puts a new cold value in place of that of a cell; nil: it stays.
func (v *View) keepCold(ctx context.Context, prefix string, value []byte) error {
	if value == nil {
		return nil
	}
	if _, err := v.tx.ExecContext(ctx, keepCold, v.m.Scope, prefix, value); err != nil {
		return fmt.Errorf("renew a cell: %w", err)
	}
	return nil
}

func all(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}
