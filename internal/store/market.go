package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"didops/internal/market"
	"didops/internal/transaction"
)

const (
	// memoryLock is the advisory lock of the one transaction that may change what
	// is remembered of the market. It is none of those that orders wait for.
	memoryLock = turnLock + 2
	// memoryWithin bounds such a transaction, the wait for others included.
	memoryWithin = time.Minute
	// memoryReaders is how many may read it at once in one process, and
	// memoryWriters how many may write it or wait to: the connections that are
	// left are for who reads orders.
	memoryReaders = 4
	memoryWriters = 1
)

// memoryTurns are held by who reads or writes the memory.
type memoryTurns struct{ read, write chan struct{} }

func newMemoryTurns() memoryTurns {
	return memoryTurns{make(chan struct{}, memoryReaders), make(chan struct{}, memoryWriters)}
}

// Memory returns where a market is remembered in a PostgreSQL store, in tables
// beside the orders. Orders wait for nothing that is done there: it has a
// lock of its own, and takes few connections of those that read. What it holds can
// be thrown away at any time, so that no commit is asked for whose answer was
// lost. Its errors are those of the store.
func (s *Store) Memory() market.Database { return memory{s} }

// memory is a [market.Database].
type memory struct{ s *Store }

// Read implements [market.Database].
func (m memory) Read(ctx context.Context, fn func(*sql.Tx) error) error {
	return m.do(ctx, false, "read the memory of the market", fn)
}

// Write implements [market.Database].
func (m memory) Write(ctx context.Context, fn func(*sql.Tx) error) error {
	return m.do(ctx, true, "write the memory of the market", func(t *sql.Tx) error {
		if _, err := t.ExecContext(ctx, takeTurn, int64(memoryLock)); err != nil {
			return err
		}
		return fn(t)
	})
}

func (m memory) do(ctx context.Context, write bool, what string, fn func(*sql.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, memoryWithin)
	defer cancel()
	p, err := m.s.opened(ctx, write)
	if errors.Is(err, transaction.ErrNone) {
		return market.ErrNothing
	}
	if err != nil {
		return err
	}
	options, turns := &p.reads, m.s.memory.read
	if write {
		options, turns = &p.writes, m.s.memory.write
	}
	select {
	case turns <- struct{}{}:
		defer func() { <-turns }()
	case <-ctx.Done():
		return m.s.engine.failure(ctx, what, ctx.Err())
	}
	t, err := p.begin(ctx, p.reader, options)
	if err != nil {
		return m.s.engine.failure(ctx, what, err)
	}
	defer func() { _ = t.Rollback() }() // does nothing after Commit
	if err := fn(t); err != nil {
		return m.failure(ctx, what, err)
	}
	if !write {
		return nil
	}
	return m.failure(ctx, what, t.Commit())
}

// failure says what an error means. What market says itself stays as it is.
func (m memory) failure(ctx context.Context, what string, err error) error {
	var answer *pgconn.PgError
	if err == nil || errors.As(err, &answer) || ctx.Err() != nil {
		return m.s.engine.failure(ctx, what, err)
	}
	return err
}

// Forget implements [market.Database].
func (m memory) Forget(ctx context.Context, scope string, why error) error {
	m.s.log.Warn().AnErr("cause", why).Msg("what was remembered of the market can't be used and is thrown away; it is read anew")
	return m.Write(ctx, func(t *sql.Tx) error {
		for _, table := range market.Tables() {
			if _, err := t.ExecContext(ctx, `DELETE FROM `+table+` WHERE scope = $1`, scope); err != nil { //nolint:gosec // the names are ours
				return fmt.Errorf("empty %s: %w", table, err)
			}
		}
		return nil
	})
}

// MemorySize returns how many bytes the memory takes in the database; 0 where there
// is none.
func (s *Store) MemorySize(ctx context.Context) (int64, error) {
	var size int64
	err := memory{s}.Read(ctx, func(t *sql.Tx) error {
		for _, table := range market.Tables() {
			var n int64
			if err := t.QueryRowContext(ctx, `SELECT pg_total_relation_size($1::regclass)`, table).Scan(&n); err != nil {
				return err
			}
			size += n
		}
		return nil
	})
	if errors.Is(err, market.ErrNothing) {
		return 0, nil
	}
	return size, err
}
