package store

import (
	"context"
	"errors"
	"time"

	"didops/internal/handle"
	"didops/internal/transaction"
)

const (
	keepHandle = `INSERT INTO handles (handle, state, expires_us) VALUES ($1, $2, $3)
	ON CONFLICT (handle) DO UPDATE SET expires_us = excluded.expires_us`
	selectHandle = `SELECT state FROM handles WHERE handle = $1 AND expires_us > $2`
	dropHandles  = `DELETE FROM handles WHERE expires_us <= $1`
	tooMany      = `SELECT expires_us FROM handles ORDER BY expires_us DESC LIMIT 1 OFFSET $1`
)

// mostHandles bounds what is kept, whoever goes on asking for more.
const mostHandles = 20_000

// Handles returns the store of what handles stand for. Its clock is
// [Config.Now].
func (s *Store) Handles() handle.Store { return handles{s} }

// handles is a [handle.Store].
type handles struct{ s *Store }

// Keep implements [handle.Store].
func (h handles) Keep(ctx context.Context, name string, state []byte, term time.Duration) error {
	return h.keep(ctx, name, state, term, mostHandles)
}

func (h handles) keep(ctx context.Context, name string, state []byte, term time.Duration, most int) error {
	return h.s.write(ctx, func(t *tx) error {
		now := h.s.clock()
		if _, err := t.exec("forget old handles", dropHandles, now.UnixMicro()); err != nil {
			return err
		}
		if _, err := t.exec("keep a handle", keepHandle, name, string(state), now.Add(term).UnixMicro()); err != nil {
			return err
		}
		var last int64
		err := t.one("count the handles", []any{&last}, tooMany, most)
		if errors.Is(err, transaction.ErrNone) {
			return nil
		}
		if err == nil {
			_, err = t.exec("forget handles", dropHandles, last)
		}
		return err
	})
}

// Kept implements [handle.Store].
func (h handles) Kept(ctx context.Context, name string) ([]byte, error) {
	var state string
	err := h.s.read(ctx, func(t *tx) error {
		return t.one("read a handle", []any{&state}, selectHandle, name, h.s.clock().UnixMicro())
	})
	return []byte(state), err
}
