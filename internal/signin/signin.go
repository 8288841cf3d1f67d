// Package signin keeps who is signed in on a page: bearer sessions, of which
// the store has the hashes.
//
// A token is 32 random bytes that only the browser has. Whoever reads the store
// can't use what is there. What somebody may do is no part of a session: that is
// looked up anew at each request, so a session of somebody who lost the right to
// it is of no use.
package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"didops/internal/transaction"
)

// ErrNone is returned for a token that is of no session, or not any more.
var ErrNone = transaction.ErrNone

// Session is one sign-in.
type Session struct {
	Person  string    // by the name under [[people]]
	By      string    // what the person signed in with: a subject of an issuer, or a passkey
	Expires time.Time // it ends then, used or not
}

// Store keeps sessions by the hashes of their tokens. It is implemented by
// internal/store. Safe for concurrent use, by several processes.
type Store interface {
	// KeepSession keeps a session. Those that are out of time are forgotten, and
	// of one person's many the oldest.
	KeepSession(ctx context.Context, hash string, s Session) error
	// KeptSession returns a session that is not out of time, or [ErrNone].
	KeptSession(ctx context.Context, hash string) (Session, error)
	// DropSession forgets a session, if there is one.
	DropSession(ctx context.Context, hash string) error
	// DropSessions forgets those of a person but for the one with the hash.
	DropSessions(ctx context.Context, person, but string) error
}

// Service begins and ends sessions. It is safe for concurrent use.
type Service struct {
	store Store
	term  time.Duration
	now   func() time.Time
}

// New returns a service whose sessions last for a term.
func New(s Store, term time.Duration, now func() time.Time) *Service { return &Service{s, term, now} }

// Begin keeps a session of a person and returns its token, 43 letters, digits,
// "-" and "_", and when it ends.
func (s *Service) Begin(ctx context.Context, person, by string) (token string, ends time.Time, err error) {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	token, ends = base64.RawURLEncoding.EncodeToString(random), s.now().Add(s.term)
	return token, ends, s.store.KeepSession(ctx, hash(token), Session{person, by, ends})
}

// Of returns the session of a token, or [ErrNone].
func (s *Service) Of(ctx context.Context, token string) (Session, error) {
	if token == "" {
		return Session{}, ErrNone
	}
	return s.store.KeptSession(ctx, hash(token))
}

// End ends the session of a token, if there is one.
func (s *Service) End(ctx context.Context, token string) error {
	return s.store.DropSession(ctx, hash(token))
}

// EndOthers ends the sessions of a person but for that of the token; "" = all.
func (s *Service) EndOthers(ctx context.Context, person, token string) error {
	return s.store.DropSessions(ctx, person, hash(token))
}

func hash(token string) string {
	sum := sha256.Sum256([]byte("didops page session v1\n" + token))
	return hex.EncodeToString(sum[:])
}
