package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"didops/internal/handle"
	"didops/internal/transaction"
)

const (
	keepResult = `INSERT INTO results (id, owner, body, expires_us) VALUES ($1, $2, $3, $4)
	ON CONFLICT (id, owner) DO UPDATE SET expires_us = excluded.expires_us`
	selectResult     = `SELECT body FROM results WHERE id = $1 AND owner = $2 AND expires_us > $3`
	dropResults      = `DELETE FROM results WHERE expires_us <= $1`
	dropOwnResults   = `DELETE FROM results WHERE owner = $1 AND expires_us <= $2`
	tooManyResults   = `SELECT expires_us FROM results ORDER BY expires_us DESC LIMIT 1 OFFSET $1`
	tooManyOfAnOwner = `SELECT expires_us FROM results WHERE owner = $1 ORDER BY expires_us DESC LIMIT 1 OFFSET $2`
)

// How many results are kept, of one owner and of all. With [handle.MaxResult]
// they bound what anybody can fill the store with.
const (
	mostOwnResults = 16
	mostResults    = 256
)

// Results returns the store of results. Its clock is [Config.Now].
func (s *Store) Results() handle.Results { return results{s} }

// results is a [handle.Results].
type results struct{ s *Store }

// KeepResult implements [handle.Results].
func (h results) KeepResult(ctx context.Context, id, owner string, body []byte, term time.Duration) error {
	if len(body) > handle.MaxResult {
		return fmt.Errorf("%d bytes: %w", len(body), handle.ErrTooLarge)
	}
	return h.s.write(ctx, func(t *tx) error {
		now := h.s.clock()
		if _, err := t.exec("forget old results", dropResults, now.UnixMicro()); err != nil {
			return err
		}
		if _, err := t.exec("keep a result", keepResult, id, owner, body, now.Add(term).UnixMicro()); err != nil {
			return err
		}
		var last int64
		err := t.one("count the results of an owner", []any{&last}, tooManyOfAnOwner, owner, mostOwnResults)
		if err == nil {
			_, err = t.exec("forget results of an owner", dropOwnResults, owner, last)
		}
		if err != nil && !errors.Is(err, transaction.ErrNone) {
			return err
		}
		err = t.one("count the results", []any{&last}, tooManyResults, mostResults)
		if err == nil {
			_, err = t.exec("forget results", dropResults, last)
		}
		if errors.Is(err, transaction.ErrNone) {
			return nil
		}
		return err
	})
}

// KeptResult implements [handle.Results].
func (h results) KeptResult(ctx context.Context, id, owner string) ([]byte, error) {
	var body []byte
	err := h.s.read(ctx, func(t *tx) error {
		return t.one("read a result", []any{&body}, selectResult, id, owner, h.s.clock().UnixMicro())
	})
	return body, err
}
