package store

import (
	"context"
	"errors"
	"time"

	"didops/internal/lease"
	"didops/internal/transaction"
)

const (
	takeLease = `INSERT INTO leases (name, holder, until_us) VALUES ($1, $2, $3)
	ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_us = excluded.until_us
	WHERE leases.until_us <= $4 OR leases.holder = excluded.holder RETURNING holder`
	dropLease = `DELETE FROM leases WHERE name = $1 AND holder = $2`
)

// Leases returns the store of leases. Its clock is [Config.Now].
func (s *Store) Leases() lease.Store { return leases{s} }

// leases is a [lease.Store].
type leases struct{ s *Store }

// Acquire implements [lease.Store].
func (l leases) Acquire(ctx context.Context, name, holder string, term time.Duration) (bool, error) {
	mine := false
	err := l.s.write(ctx, func(t *tx) error {
		now := l.s.clock()
		var got string
		err := t.one("take the lease "+name, []any{&got}, takeLease, name, holder, now.Add(term).UnixMicro(), now.UnixMicro())
		if mine = err == nil; errors.Is(err, transaction.ErrNone) {
			return nil
		}
		return err
	})
	return mine && err == nil, err
}

// Release implements [lease.Store].
func (l leases) Release(ctx context.Context, name, holder string) error {
	return l.s.write(ctx, func(t *tx) error {
		_, err := t.exec("give back the lease "+name, dropLease, name, holder)
		return err
	})
}
