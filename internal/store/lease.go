package store

import (
	"context"
	"errors"
	"time"

	"didops/internal/lease"
	"didops/internal/transaction"
)

// clockSlack is how far the clocks of two processes on one store may be apart,
// each of which may be off by so much from that of a database.
const clockSlack = 2 * skewTolerated

const (
	takeLease = `INSERT INTO leases (name, holder, until_us) VALUES ($1, $2, $3)
	ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_us = excluded.until_us
	WHERE leases.until_us <= $4 OR leases.until_us > $5 OR leases.holder = excluded.holder RETURNING holder`
	selectLease = `SELECT holder, until_us FROM leases WHERE name = $1`
	dropLease   = `DELETE FROM leases WHERE name = $1 AND holder = $2`
)

// Leases returns the store of leases. Its clock is [Config.Now].
func (s *Store) Leases() lease.Store { return leases{s} }

// leases is a [lease.Store].
type leases struct{ s *Store }

// Acquire implements [lease.Store]. A lease that runs for longer than it can
// have been taken for was taken by a clock that was ahead, and is nobody's.
func (l leases) Acquire(ctx context.Context, name, holder string, term time.Duration) (bool, error) {
	mine, far := false, false
	var until int64
	err := l.s.write(ctx, func(t *tx) error {
		now := l.s.clock()
		longest := now.Add(term + clockSlack).UnixMicro()
		var had, got string
		err := t.one("look at the lease "+name, []any{&had, &until}, selectLease, name)
		if err != nil && !errors.Is(err, transaction.ErrNone) {
			return err
		}
		err = t.one("take the lease "+name, []any{&got}, takeLease, name, holder,
			now.Add(term).UnixMicro(), now.UnixMicro(), longest)
		far = until > longest
		if mine = err == nil; errors.Is(err, transaction.ErrNone) {
			return nil
		}
		return err
	})
	if mine = mine && err == nil; mine && far {
		l.s.log.Warn().Str("lease", name).Time("until", moment(until)).Msg("a lease ran until a time that is far away, as after a clock was set back; it was taken over")
	}
	return mine, err
}

// Release implements [lease.Store].
func (l leases) Release(ctx context.Context, name, holder string) error {
	return l.s.write(ctx, func(t *tx) error {
		_, err := t.exec("give back the lease "+name, dropLease, name, holder)
		return err
	})
}
