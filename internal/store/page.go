package store

import (
	"context"

	"didops/internal/signin"
)

const (
	insertPageSession = `INSERT INTO page_sessions (hash, person, signed_in_by, expires_us) VALUES ($1, $2, $3, $4)`
	selectPageSession = `SELECT person, signed_in_by, expires_us FROM page_sessions WHERE hash = $1 AND expires_us > $2`
	dropPageSession   = `DELETE FROM page_sessions WHERE hash = $1`
	dropPagePerson    = `DELETE FROM page_sessions WHERE person = $1 AND hash <> $2`
	dropPageSessions  = `DELETE FROM page_sessions WHERE expires_us <= $1`
	dropPageMany      = `DELETE FROM page_sessions WHERE hash IN
	(SELECT hash FROM page_sessions WHERE person = $1 ORDER BY expires_us DESC, hash LIMIT 1000 OFFSET $2)`
)

// mostPageSessions is how many sessions of one person are kept.
const mostPageSessions = 20

// PageSessions returns the store of who is signed in on the page. Its clock is
// [Config.Now].
func (s *Store) PageSessions() signin.Store { return pageSessions{s} }

// pageSessions is a [signin.Store].
type pageSessions struct{ s *Store }

// KeepSession implements [signin.Store].
func (k pageSessions) KeepSession(ctx context.Context, hash string, s signin.Session) error {
	return k.s.write(ctx, func(t *tx) error {
		if _, err := t.exec("forget old sign-ins", dropPageSessions, k.s.clock().UnixMicro()); err != nil {
			return err
		}
		if _, err := t.exec("forget sign-ins", dropPageMany, s.Person, mostPageSessions-1); err != nil {
			return err
		}
		_, err := t.exec("keep a sign-in", insertPageSession, hash, s.Person, s.By, s.Expires.UnixMicro())
		return err
	})
}

// KeptSession implements [signin.Store].
func (k pageSessions) KeptSession(ctx context.Context, hash string) (signin.Session, error) {
	var s signin.Session
	var expires int64
	err := k.s.read(ctx, func(t *tx) error {
		return t.one("read a sign-in", []any{&s.Person, &s.By, &expires}, selectPageSession, hash, k.s.clock().UnixMicro())
	})
	s.Expires = moment(expires)
	return s, err
}

// DropSession implements [signin.Store].
func (k pageSessions) DropSession(ctx context.Context, hash string) error {
	return k.drop(ctx, dropPageSession, hash)
}

// DropSessions implements [signin.Store].
func (k pageSessions) DropSessions(ctx context.Context, person, but string) error {
	return k.drop(ctx, dropPagePerson, person, but)
}

func (k pageSessions) drop(ctx context.Context, query string, args ...any) error {
	return k.s.write(ctx, func(t *tx) error {
		_, err := t.exec("end sign-ins", query, args...)
		return err
	})
}
