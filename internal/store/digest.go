package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"didops/internal/digest"
	"didops/internal/fault"
	"didops/internal/transaction"
)

const (
	selectDigest = `SELECT body FROM digests WHERE exchange = $1`
	upsertDigest = `INSERT INTO digests (exchange, body) VALUES ($1, $2) ON CONFLICT (exchange) DO UPDATE SET body = excluded.body`
	selectTold   = `SELECT item, told_us FROM digest_told WHERE exchange = $1`
	insertTold   = `INSERT INTO digest_told (exchange, item, told_us) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	deleteTold   = `DELETE FROM digest_told WHERE exchange = $1 AND item = $2`
)

// Digests returns the store of the morning pages.
func (s *Store) Digests() digest.Store {
	return domain[digest.Tx]{s, func(t *tx) digest.Tx { return digestTx{t} }}
}

// digestTx is a [digest.Tx].
type digestTx struct{ *tx }

// State implements [digest.Tx].
func (t digestTx) State(exchange string) (digest.State, error) {
	var body string
	var st digest.State
	err := t.one("read how far the morning page is", []any{&body}, selectDigest, exchange)
	if errors.Is(err, transaction.ErrNone) {
		return st, nil
	}
	if err == nil {
		err = strictly(body, &st)
		if err != nil {
			return digest.State{}, fault.New(fault.Unavailable, "how far the morning page is can't be read: it is damaged, or of a newer didops").
				WithHint("update didops").WithCause(err)
		}
	}
	return st, err
}

// SaveState implements [digest.Tx].
func (t digestTx) SaveState(exchange string, st digest.State) error {
	body, err := json.Marshal(st) //nolint:musttag // under the names that it has in Go
	if err != nil {
		return fmt.Errorf("write how far the morning page is: %w", err)
	}
	_, err = t.exec("keep how far the morning page is", upsertDigest, exchange, string(body))
	return err
}

// Told implements [digest.Tx].
func (t digestTx) Told(exchange string) (map[string]time.Time, error) {
	told := map[string]time.Time{}
	var item string
	var at int64
	err := t.each("read what morning pages told", []any{&item, &at}, func() error {
		told[item] = moment(at)
		return nil
	}, selectTold, exchange)
	return told, err
}

// Tell implements [digest.Tx].
func (t digestTx) Tell(exchange string, keys []string, at time.Time) error {
	for _, key := range keys {
		if _, err := t.exec("keep what a morning page tells", insertTold, exchange, key, micros(at)); err != nil {
			return err
		}
	}
	return nil
}

// Forget implements [digest.Tx].
func (t digestTx) Forget(exchange string, keys []string) error {
	for _, key := range keys {
		if _, err := t.exec("forget what a morning page told", deleteTold, exchange, key); err != nil {
			return err
		}
	}
	return nil
}
