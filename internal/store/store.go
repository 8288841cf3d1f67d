// Package store keeps orders, their audit trail and what processes agree by
// in an SQLite file.
//
// The file is shared by every didops process of its user. Each opens it when
// it first needs it, takes a lock on a file beside it only while the store is
// made or brought up to date, and holds nothing between transactions. One
// writer runs at a time; readers see the last commit and never wait for a
// writer. A new store is built beside its place and moved there complete, so
// nobody ever meets half of one.
//
// Queries are written for PostgreSQL as well; what is particular to SQLite is
// in the migrations and in how the file is opened.
//
// The store holds routing in full, passwords included, so nobody but its user
// may read it: folders are made with mode 0700 and files with 0600.
package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/fault"
	"didops/internal/orders"
)

// Where [Config.Hook] is called: right before and right after each commit.
const (
	BeforeCommit = "before-commit"
	AfterCommit  = "after-commit"
)

// Config says where a store is and what it may use.
type Config struct {
	Path string           // of the SQLite file; required
	Now  func() time.Time // the clock; required
	Log  zerolog.Logger
	Hook func(point string) // called at every write, for tests; nil = not
}

// Store is an [orders.Store] in an SQLite file. Safe for concurrent use.
//
// Errors of the database are faults: unavailable where the file can't be
// reached, written or understood, internal where it is damaged. They name the
// folder and what to do about it. The error of a context that is done is
// returned as it is.
type Store struct {
	path   string
	clock  func() time.Time
	log    zerolog.Logger
	hook   func(string)
	turn   chan struct{} // held by who opens the file
	file   atomic.Pointer[file]
	closed atomic.Bool
}

var (
	_ orders.Store = (*Store)(nil)
	_ orders.Tx    = (*tx)(nil)

	errClosed   = errors.New("the store is closed")
	errReplaced = errors.New("the file was removed or replaced meanwhile")
)

// Open returns the store at a path. It touches no file: an unusable path
// shows at the first transaction.
func Open(c Config) (*Store, error) {
	if c.Path == "" {
		return nil, fault.New(fault.Invalid, "the store of orders has no path").WithField("store.url")
	}
	if c.Now == nil {
		return nil, errors.New("open the store: no clock is given")
	}
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return nil, unreachable(c.Path, err)
	}
	if c.Hook == nil {
		c.Hook = func(string) {}
	}
	return &Store{path: path, clock: c.Now, log: c.Log, hook: c.Hook, turn: make(chan struct{}, 1)}, nil
}

// Read implements [orders.Store]. In fn, writing fails.
func (s *Store) Read(ctx context.Context, fn func(orders.Tx) error) error {
	f, err := s.opened(ctx, false)
	if err != nil {
		return err
	}
	t, err := f.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s.failure(ctx, "begin to read", err)
	}
	defer func() { _ = t.Rollback() }()
	return fn(&tx{ctx: ctx, caller: ctx, sql: t, store: s})
}

// Write implements [orders.Store]. It waits up to ten seconds for writers of
// other processes. In fn, neither Write nor Read of the same store may be
// called. fn runs once.
func (s *Store) Write(ctx context.Context, fn func(orders.Tx) error) error {
	f, err := s.opened(ctx, true)
	if err != nil {
		return err
	}
	// A commit that has begun is not interrupted: whether it counts would not
	// be known.
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	t, err := f.writer.BeginTx(own, nil)
	if err != nil {
		return s.failure(ctx, "begin to write", err)
	}
	defer func() { _ = t.Rollback() }() // does nothing after Commit
	// Another process may have brought the store up to date since it was
	// opened, and this program would not know what it writes.
	if err := s.known(own, t); err != nil {
		return s.failure(ctx, "read the version of the store", err)
	}
	if err := fn(&tx{ctx: own, caller: ctx, sql: t, store: s}); err != nil {
		return err
	}
	if !stop() {
		return ctx.Err()
	}
	if !f.at(s.path) {
		return unreachable(s.path, errReplaced)
	}
	s.hook(BeforeCommit)
	if err := t.Commit(); err != nil {
		return s.failure(ctx, "commit", err)
	}
	s.hook(AfterCommit)
	return nil
}

// Head implements [orders.Store].
func (s *Store) Head(ctx context.Context) (int64, error) {
	f, err := s.opened(ctx, false)
	if errors.Is(err, orders.ErrNone) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	var seq int64
	err = f.reader.QueryRowContext(ctx, headQuery).Scan(&seq)
	return seq, s.failure(ctx, "read the number of the last audit entry", err)
}

// Close gives up the file. It waits for no transaction: one that runs goes on
// to its end, the next fails. Closing again does nothing.
func (s *Store) Close() error {
	s.closed.Store(true)
	return s.forget()
}
