package market

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"didops/internal/exchange"
)

// Config says what a memory is of.
type Config struct {
	Scope string           // names exchange and account: others have another market
	Now   func() time.Time // the clock; required
	Hold  bool             // keep what was read of the file in the process, some 40 bytes a number: for a server
	Keep  time.Duration    // how long what happened is kept, by whole weeks; 0 = for ever

	CellRows  int // most rows of a cell, up to 65,000; 0 = as many as was measured to be good
	BatchRows int // rows of a recording that are held before they are kept; likewise
}

// Mirror is the memory of a market. Safe for concurrent use.
//
// Its errors are those of the database; a caller goes on without a memory.
// What can't be understood is thrown away before the error is returned.
type Mirror struct {
	Config
	db Database

	mu    sync.Mutex
	cells map[string]*Cell   // as they were last read, by prefix; nil where they are not held
	asked map[question]noted // what was asked for in this process
	trims time.Time          // when some of what is too old goes next
}

// New returns the memory that is kept in a database.
func New(db Database, c Config) *Mirror {
	c.CellRows, c.BatchRows = cmp.Or(c.CellRows, cellMost), cmp.Or(c.BatchRows, batchRows)
	m := &Mirror{Config: c, db: db, asked: map[question]noted{}}
	if c.Hold {
		m.cells = map[string]*Cell{}
	}
	return m
}

// View is one state of the memory. It is valid until the function that it is
// given to returns, and for one goroutine.
type View struct {
	m        *Mirror
	tx       *sql.Tx
	heads    []head
	readings []reading
	counts   map[string]*Cell // that rows were counted in
}

// head is what a cell is told by without being read.
type head struct {
	prefix string
	gen    int64
	rows   int
}

// Look runs fn on one state of the memory. It returns [ErrNothing] where there
// is none yet.
func (m *Mirror) Look(ctx context.Context, fn func(*View) error) error {
	err := m.db.Read(ctx, func(t *sql.Tx) error {
		v, err := m.view(ctx, t)
		if err != nil {
			return err
		}
		return fn(v)
	})
	return m.understood(ctx, err)
}

// Clear forgets the whole market, where there is something to forget.
func (m *Mirror) Clear(ctx context.Context) error {
	err := m.Look(ctx, func(*View) error { return nil })
	if errors.Is(err, ErrNothing) {
		return nil
	}
	if err != nil {
		return err
	}
	return m.write(ctx, func(t *sql.Tx) error {
		for _, drop := range clearing() {
			if _, err := t.ExecContext(ctx, drop, m.Scope); err != nil {
				return fmt.Errorf("forget the market: %w", err)
			}
		}
		return nil
	})
}

// understood throws the memory away where it can't be understood.
func (m *Mirror) understood(ctx context.Context, err error) error {
	if errors.Is(err, errCorrupt) {
		return errors.Join(err, m.db.Forget(ctx, m.Scope, err))
	}
	return err
}

func (m *Mirror) view(ctx context.Context, t *sql.Tx) (*View, error) {
	v := &View{m: m, tx: t}
	err := each(ctx, t, func(rows *sql.Rows) error {
		var h head
		err := rows.Scan(&h.prefix, &h.gen, &h.rows)
		v.heads = append(v.heads, h)
		return err
	}, selectHeads, m.Scope)
	if err != nil {
		return nil, fmt.Errorf("list the cells: %w", err)
	}
	m.release(v.heads)
	err = each(ctx, t, func(rows *sql.Rows) error {
		var r reading
		var digits string
		err := rows.Scan(&r.prefix, &r.kind, &r.features, &r.started, &r.ended, &r.rows, &r.count, &digits, &r.large)
		r.digits = strings.Fields(digits)
		v.readings = append(v.readings, r)
		return err
	}, selectReadings, m.Scope)
	if err != nil {
		return nil, fmt.Errorf("list the readings: %w", err)
	}
	return v, nil
}

func each(ctx context.Context, t *sql.Tx, row func(*sql.Rows) error, query string, args ...any) (err error) {
	rows, err := t.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Now is the time of the clock that the memory goes by.
func (v *View) Now() time.Time { return v.m.Now() }

// Plan says how a question is answered by what was read since a moment.
func (v *View) Plan(q exchange.MarketQuery, since time.Time) Plan {
	return plan(v.readings, q, since, v.m.Now())
}

// Rows returns how many rows are remembered.
func (v *View) Rows() int {
	n := 0
	for _, h := range v.heads {
		n += h.rows
	}
	return n
}

// Ref is a row that was found.
type Ref struct {
	Cell *Cell
	At   int
}

// Visit calls take for each cell that holds numbers with one of these leading
// digits, in the order of the numbers. The prefixes are not within one another. A
// cell is valid until take returns.
func (v *View) Visit(ctx context.Context, prefixes []string, take func(*Cell) error) error {
	var hot blob
	for _, h := range v.heads {
		if h.rows == 0 || !overlapsAny(prefixes, h.prefix) {
			continue
		}
		c, err := v.cellIn(ctx, h, &hot)
		if err != nil {
			return err
		}
		if err := take(c); err != nil {
			return err
		}
	}
	return nil
}

// Between returns those of the rows of a cell that were brought by readings which
// began at a moment or later, and before another.
func (v *View) Between(ctx context.Context, c *Cell, rows []int, from, to time.Time) ([]int, error) {
	rest, err := v.cold(ctx, c)
	if err != nil {
		return nil, err
	}
	var out []int
	for _, i := range rows {
		if seen := rest.seen.at(i); seen >= from.UnixMicro() && seen < to.UnixMicro() {
			out = append(out, i)
		}
	}
	return out, nil
}

// IDs returns the ids to buy numbers by, which are given as digits without +; of
// those that are in this view and can be bought.
func (v *View) IDs(ctx context.Context, numbers []string) (map[string]string, error) {
	prefixes := make([]string, len(v.heads))
	for i, h := range v.heads {
		prefixes[i] = h.prefix
	}
	within := map[int][]uint64{}
	for _, digits := range numbers {
		if n, ok := numberOf(digits); ok {
			at := cellOf(prefixes, n)
			within[at] = append(within[at], n)
		}
	}
	ids := map[string]string{}
	for at, list := range within {
		if at < 0 {
			continue
		}
		c, err := v.cell(ctx, v.heads[at])
		if err != nil {
			return nil, err
		}
		rest, err := v.ids(ctx, c)
		if err != nil {
			return nil, err
		}
		for _, n := range list {
			key := n << 1
			if i := sort.Search(c.rows, func(i int) bool { return c.key(i) >= key }); i < c.rows && c.key(i) == key {
				ids[digitsOf(n)] = strconv.FormatUint(rest.id(i), 10)
			}
		}
	}
	return ids, nil
}

// Came returns since when rows of a cell have been there; zero where the first
// reading of their part has found them there, and nobody knows.
func (v *View) Came(ctx context.Context, c *Cell, rows []int) ([]time.Time, error) {
	rest, err := v.ids(ctx, c)
	if err != nil {
		return nil, err
	}
	out := make([]time.Time, len(rows))
	for n, i := range rows {
		if first, found := stayed(rest.stay.at(i)); !found {
			out[n] = time.UnixMicro(first).UTC()
		}
	}
	return out, nil
}

// Generation tells one state of the memory from others: it differs once the
// rows of a cell have changed, and what is answered of them.
func (v *View) Generation() string {
	sum := fnv.New64a()
	for _, h := range v.heads {
		_, _ = fmt.Fprintln(sum, h.prefix, h.gen)
	}
	return strconv.FormatUint(sum.Sum64(), 36)
}

func overlapsAny(prefixes []string, with string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return overlaps(p, with) })
}

func overlaps(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

// cell returns a cell as it is now.
func (v *View) cell(ctx context.Context, h head) (*Cell, error) { return v.cellIn(ctx, h, &blob{}) }

// blob is a value that is read into memory that is there already.
type blob []byte

// Scan implements [sql.Scanner].
func (b *blob) Scan(value any) error {
	from, ok := value.([]byte)
	if !ok {
		return fmt.Errorf("a value of the memory is %T: %w", value, errCorrupt)
	}
	*b = append((*b)[:0], from...)
	return nil
}

// cellIn is cell; where none are held it is valid until the next is read into
// the same.
func (v *View) cellIn(ctx context.Context, h head, hot *blob) (*Cell, error) {
	if c := v.m.held(h); c != nil {
		return c, nil
	}
	if v.m.Hold {
		hot = &blob{}
	}
	if err := v.tx.QueryRowContext(ctx, selectHot, v.m.Scope, h.prefix).Scan(hot); err != nil {
		return nil, fmt.Errorf("read a cell: %w", err)
	}
	c, err := decode(h.prefix, h.gen, *hot)
	if err == nil {
		v.m.hold(c)
	}
	return c, err
}

func (m *Mirror) held(h head) *Cell {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.cells[h.prefix]; c != nil && c.gen == h.gen {
		return c
	}
	return nil
}

func (m *Mirror) hold(c *Cell) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cells != nil {
		m.cells[c.Prefix] = c
	}
}

// release lets cells go that are no more, as those that were divided.
func (m *Mirror) release(heads []head) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.cells, func(prefix string, _ *Cell) bool {
		_, there := slices.BinarySearchFunc(heads, prefix, func(h head, p string) int { return cmp.Compare(h.prefix, p) })
		return !there
	})
}

// Offers returns the rows that were found in this view, in the order given, with their ids.
func (v *View) Offers(ctx context.Context, refs []Ref) ([]exchange.Offer, error) {
	rest := map[*Cell]*cold{}
	out := make([]exchange.Offer, len(refs))
	for i, r := range refs {
		c := rest[r.Cell]
		if c == nil {
			var err error
			if c, err = v.ids(ctx, r.Cell); err != nil {
				return nil, err
			}
			rest[r.Cell] = c
		}
		out[i] = r.Cell.Offer(r.At)
		if r.Cell.Purchasable(r.At) {
			out[i].ID = fmt.Sprint(c.id(r.At))
		}
	}
	return out, nil
}

// cold returns the other value of a cell, as it is now: when rows were seen last
// is no part of the generation.
func (v *View) cold(ctx context.Context, c *Cell) (*cold, error) {
	var value []byte
	if err := v.tx.QueryRowContext(ctx, selectCold, v.m.Scope, c.Prefix).Scan(&value); err != nil {
		return nil, fmt.Errorf("read the ids of a cell: %w", err)
	}
	rest, err := decodeCold(c.rows, value)
	if err == nil && v.m.Hold {
		c.rest.Store(rest)
	}
	return rest, err
}

// ids returns the other value of a cell, of which ids and when numbers came are
// up to date.
func (v *View) ids(ctx context.Context, c *Cell) (*cold, error) {
	if rest := c.rest.Load(); rest != nil {
		return rest, nil
	}
	return v.cold(ctx, c)
}
