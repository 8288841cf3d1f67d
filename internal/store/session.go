package store

import (
	"context"
	"errors"
	"time"

	"didops/internal/transaction"
)

const (
	selectSession = `SELECT used_us FROM sessions WHERE id = $1`
	useSession    = `INSERT INTO sessions (id, used_us) VALUES ($1, $2)
	ON CONFLICT (id) DO UPDATE SET used_us = excluded.used_us WHERE sessions.used_us < excluded.used_us`
	dropSessions = `DELETE FROM sessions WHERE used_us < $1`
)

// keepSessions is how long after its last use a session is kept. It is longer
// than any session lives.
const keepSessions = 60 * 24 * time.Hour

// Sessions is what is kept of the sessions of clients: when each was used last.
// It is safe for concurrent use, by several processes.
type Sessions struct{ s *Store }

// Sessions returns the store of sessions.
func (s *Store) Sessions() Sessions { return Sessions{s} }

// Used returns when a session was used last, as far as that was kept; the zero
// time where nothing was.
func (k Sessions) Used(ctx context.Context, id string) (time.Time, error) {
	var used int64
	err := k.s.read(ctx, func(t *tx) error {
		return t.one("read a session", []any{&used}, selectSession, id)
	})
	if errors.Is(err, transaction.ErrNone) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return moment(used), nil
}

// Use keeps that a session was used at the time given, unless a later use is
// known. Those that have not been used for long are forgotten.
func (k Sessions) Use(ctx context.Context, id string, at time.Time) error {
	return k.s.write(ctx, func(t *tx) error {
		if _, err := t.exec("forget old sessions", dropSessions, at.Add(-keepSessions).UnixMicro()); err != nil {
			return err
		}
		_, err := t.exec("keep the use of a session", useSession, id, at.UnixMicro())
		return err
	})
}
