package market

import (
	"context"
	"database/sql"
	"time"
)

// Watched has a memory take all of the market for looked at on a day.
func (m *Mirror) Watched(ctx context.Context, at time.Time) error {
	return m.write(ctx, func(t *sql.Tx) error {
		return (&Recording{m: m, started: at}).observe(ctx, t)
	})
}

// Chunks returns how many values hold what happened, and how many events those
// are.
func (m *Mirror) Chunks(ctx context.Context) (chunks, events int, err error) {
	err = m.Look(ctx, func(v *View) error {
		return v.happened(ctx, []string{""}, 0, func(c *chunk) error {
			chunks++
			events += c.count
			return nil
		})
	})
	return chunks, events, err
}

// Holding returns how many rows are in cells that the process holds.
func (m *Mirror) Holding() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, c := range m.cells {
		n += c.rows
	}
	return n
}

// Started returns when the reading began.
func (r *Recording) Started() time.Time { return r.started }
