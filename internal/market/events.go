package market

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// keepEvents puts what happened to numbers of a cell behind what is kept of
// it.
func (v *View) keepEvents(ctx context.Context, prefix string, events []event) error {
	weeks := map[int64]*chunk{}
	for i := range events {
		began := week(events[i].at)
		c := weeks[began]
		if c == nil {
			var err error
			if c, err = v.chunk(ctx, chunkKey{prefix, began}); err != nil {
				return err
			}
			weeks[began] = c
		}
		c.add(&events[i])
	}
	for began, c := range weeks {
		if _, err := v.tx.ExecContext(ctx, keepEvents, v.m.Scope, prefix, began, c.count, c.encode()); err != nil {
			return fmt.Errorf("keep what happened: %w", err)
		}
	}
	return nil
}

// chunkKey names the events of a cell in a week. The cell may have been divided
// since.
type chunkKey struct {
	prefix string
	week   int64
}

// chunk returns the events of a cell in a week; an empty one where there is
// none.
func (v *View) chunk(ctx context.Context, k chunkKey) (*chunk, error) {
	var value []byte
	err := v.tx.QueryRowContext(ctx, selectEvents, v.m.Scope, k.prefix, k.week).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return &chunk{week: k.week}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what happened: %w", err)
	}
	c, err := openChunk(value)
	if err == nil {
		c.week = k.week
	}
	return c, err
}

// happened calls fn for what happened since the week of a moment to numbers
// with one of these leading digits, and to others: cells by cells, and in a
// cell in the order in which it was written.
func (v *View) happened(ctx context.Context, prefixes []string, since int64, fn func(*chunk) error) error {
	var list []chunkKey
	err := each(ctx, v.tx, func(rows *sql.Rows) error {
		var k chunkKey
		err := rows.Scan(&k.prefix, &k.week)
		if err == nil && overlapsAny(prefixes, k.prefix) {
			list = append(list, k)
		}
		return err
	}, selectChunks, v.m.Scope, week(since))
	if err != nil {
		return fmt.Errorf("list what happened: %w", err)
	}
	for _, k := range list {
		c, err := v.chunk(ctx, k)
		if err != nil {
			return err
		}
		if err := fn(c); err != nil {
			return err
		}
	}
	return nil
}

// How much of what is too old goes in one transaction.
const (
	trimChunks = 100
	trimLooks  = 1000
)

// trimEvery is how often some of what is too old goes beside a reading.
const trimEvery = 24 * time.Hour

// trim forgets some of what is too old, once a day: no more than goes in one
// transaction, so that who waits for a reading does not wait for that.
func (m *Mirror) trim(ctx context.Context, t *sql.Tx) error {
	now := m.Now()
	if !m.trimsAt(now) {
		return nil
	}
	before := week(now.Add(-m.Keep).UnixMicro())
	for query, most := range map[string]int{dropEvents: trimChunks, dropWatched: trimLooks} {
		if _, err := t.ExecContext(ctx, query, m.Scope, before, most); err != nil {
			return fmt.Errorf("forget what is old: %w", err)
		}
	}
	return nil
}

func (m *Mirror) trimsAt(now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Keep <= 0 || now.Before(m.trims) && m.trims.Sub(now) <= trimEvery {
		return false
	}
	m.trims = now.Add(trimEvery)
	return true
}

// Trim forgets what happened longer ago than keep, by whole weeks: numbers that
// are gone since then, changes of terms, and when parts were looked at. Other
// writers come in between. It returns what the database does.
func (m *Mirror) Trim(ctx context.Context, keep time.Duration) error {
	before := week(m.Now().Add(-keep).UnixMicro())
	for _, step := range []struct {
		query string
		most  int64
	}{{dropEvents, trimChunks}, {dropWatched, trimLooks}} {
		for more := true; more; {
			err := m.write(ctx, func(t *sql.Tx) error {
				result, err := t.ExecContext(ctx, step.query, m.Scope, before, step.most)
				if err != nil {
					return fmt.Errorf("forget what is old: %w", err)
				}
				n, err := result.RowsAffected()
				more = n == step.most
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
