// Package store keeps orders, their audit trail and what processes agree by
// in an SQLite file or in a PostgreSQL database.
//
// Queries are the same for both. Each has its migrations, its way to be the
// only writer, and its errors; that is what an engine is.
//
// # SQLite
//
// The file is shared by every didops process of its user. Each opens it when
// it first needs it, takes a lock on a file beside it only while the store is
// made or brought up to date, and holds nothing between transactions. One
// writer runs at a time; readers see the last commit and never wait for a
// writer. Writers queue for their turn, and those of one process may share a commit
// (see turns). A new store is built beside its place and moved there complete, so
// nobody ever meets half of one.
//
// The store holds routing in full, passwords included, so nobody but its user
// may read it: folders are made with mode 0700 and files with 0600.
//
// # PostgreSQL
//
// The database is shared by didops processes of any machine. A write begins
// by taking a lock that only one transaction can have, so that limits of a
// day, the hash chain and the first decision are as exact as in a file. A
// process that hangs in the midst of a write loses its transaction after a few
// seconds, and one whose clock is off writes nothing. A commit whose answer
// was lost is asked for until it is known whether it counts.
package store

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/transaction"
)

// Where [Config.Hook] is called: right before and right after each commit.
const (
	BeforeCommit = "before-commit"
	AfterCommit  = "after-commit"
)

// Config says where a store is and what it may use.
type Config struct {
	Path string           // of the SQLite file; or
	URL  string           // of the PostgreSQL database: postgres://…
	Now  func() time.Time // the clock; required
	Skew time.Duration    // by which it may differ from that of the database; 0 = 5 seconds
	Log  zerolog.Logger
	Hook func(point string) // called at every write, for tests; nil = not

	// Observe is told of all work: its kind (see [didops/internal/transaction.ReadKind]), how
	// long it took, and the error where the store itself failed at it. It is
	// called from several goroutines; nil = nobody is told.
	Observe func(kind string, took time.Duration, failed error)
}

// Store is a database and hands out one accessor for each domain (see
// domain.go). Safe for concurrent use.
//
// Errors of the database are faults: unavailable where it can't be reached,
// written or understood or is damaged, unknown_outcome where nobody can tell
// whether a commit counts. They name the folder, or host and
// database, and what to do about it, and never hold a password. The error of
// a context that is done is returned as it is.
type Store struct {
	engine engine
	clock  func() time.Time
	log    zerolog.Logger
	hook   func(string)
	told   func(kind string, took time.Duration, failed error)
	turn   chan struct{} // held by who opens the database
	memory memoryTurns
	bodies bodies
	pools  atomic.Pointer[pools]
	closed atomic.Bool
	key    string // of the store that was opened first; "" = none was. Guarded by turn.
}

// engine is what differs between databases. It is safe for concurrent use.
type engine interface {
	// open opens the database and brings it up to date. Without create a
	// missing store stays missing: [didops/internal/transaction.ErrNone].
	open(ctx context.Context, create bool) (*pools, error)
	// begin makes sure that a transaction may write, tells it what it has learnt
	// on the way, and returns what the commit is told by.
	begin(ctx context.Context, t *tx) (token string, err error)
	// commit ends a transaction, and does before what that has left for its end. When
	// it returns nil, all of it counts.
	commit(ctx context.Context, p *pools, t *tx, token string) error
	// failure says what an error of the database means to whoever waits. what
	// is what was attempted.
	failure(ctx context.Context, what string, err error) error
	check(ctx context.Context) (Report, error)
	listen(ctx context.Context, news func(audit.News)) error
	// where names the place for people.
	where() string
	// anew says what a person does to begin without a store that is gone.
	anew() string
}

// pools are the connections to an opened database.
type pools struct {
	reader *sql.DB
	reads  sql.TxOptions
	writes sql.TxOptions
	writer *sql.DB       // of one connection: writers of this process queue for it
	turns  *turns        // for which they queue; nil = the database has its own
	within time.Duration // for a write, the wait for others included; 0 = as long as it takes
	same   func() bool   // whether the database is still what was opened
	key    string        // of the store, unlike that of any other
	secret []byte        // the same as it is used, where readers need not ask for it; nil = they do

	// stale reports an error of a connection that had died while nobody used
	// it; nil = none does.
	stale func(error) bool
}

// begin begins a transaction. It passes over the connections that died while
// nobody used them, as they do when a server is started again.
func (p *pools) begin(ctx context.Context, db *sql.DB, options *sql.TxOptions) (*sql.Tx, error) {
	var t *sql.Tx
	err := p.anew(func() (err error) {
		t, err = db.BeginTx(ctx, options)
		return err
	})
	return t, err
}

// anew does what changes nothing once more for each connection that has died.
func (p *pools) anew(do func() error) error {
	err := do()
	for range postgresReaders {
		if err == nil || p.stale == nil || !p.stale(err) {
			break
		}
		err = do()
	}
	return err
}

func (p *pools) close() error { return errors.Join(p.reader.Close(), p.writer.Close()) }

var (
	// ErrGone is in the error of a store that was there once.
	ErrGone = errors.New("the store that was here is gone")

	errClosed   = errors.New("the store is closed")
	errReplaced = errors.New("the file was removed or replaced meanwhile")
)

// Open returns the store at a place. It touches neither file nor network: an
// unusable place shows at the first transaction. A url that can't be read is
// Invalid.
func Open(c Config) (*Store, error) {
	if c.Now == nil {
		return nil, errors.New("open the store: no clock is given")
	}
	if c.Hook == nil {
		c.Hook = func(string) {}
	}
	if c.Observe == nil {
		c.Observe = func(string, time.Duration, error) {}
	}
	s := &Store{clock: c.Now, log: c.Log, hook: c.Hook, told: c.Observe, turn: make(chan struct{}, 1), memory: newMemoryTurns()}
	var err error
	switch {
	case c.URL != "":
		s.engine, err = newPostgres(c)
	case c.Path != "":
		s.engine, err = newSQLite(c)
	default:
		err = fault.New(fault.Invalid, "the store of orders has no place").WithField("store.url")
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// opened returns the open database, and opens it first if need be. Without
// create a missing store stays missing: [didops/internal/transaction.ErrNone]. One that was opened
// once and is gone, or has become another, is an error from then on: what it
// held is not held by an empty one.
func (s *Store) opened(ctx context.Context, create bool) (*pools, error) {
	if p := s.pools.Load(); p != nil && p.same() {
		return p, nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s.closed.Load() {
		return nil, errClosed
	}
	if p := s.pools.Load(); p != nil && p.same() {
		return p, nil
	}
	if err := s.forget(); err != nil {
		s.log.Warn().Err(err).Msg("close the store that was removed or replaced")
	}
	p, err := s.open(ctx, create)
	if err != nil {
		return nil, err
	}
	s.pools.Store(p)
	if s.closed.Load() { // Close may have come before there was something to close
		return nil, errors.Join(errClosed, s.forget())
	}
	return p, nil
}

// open opens the database, which must be the one that was opened first. Who
// calls it has the turn.
func (s *Store) open(ctx context.Context, create bool) (*pools, error) {
	p, err := s.engine.open(ctx, create && s.key == "")
	switch {
	case errors.Is(err, transaction.ErrNone) && s.key != "":
		return nil, vanished(s.engine, "is gone")
	case err != nil:
		return nil, err
	case s.key != "" && s.key != p.key:
		return nil, errors.Join(vanished(s.engine, "is another than it was"), p.close())
	}
	s.key = p.key
	return p, nil
}

// vanished is the fault of a store that is not there any more.
func vanished(e engine, is string) error {
	return fault.New(fault.Unavailable, "the store of orders in %s %s: it held what was ordered, and what was sent", e.where(), is).
		WithHint("Put it, or a backup of it, back in its place. To begin anew without it, %s.", e.anew()).WithCause(ErrGone)
}

// forget closes the database, if it is open.
func (s *Store) forget() error {
	if p := s.pools.Swap(nil); p != nil {
		return p.close()
	}
	return nil
}

// Prepare opens the store, makes it where it is missing and brings it up to
// date, so that nothing of that is left to the first order.
func (s *Store) Prepare(ctx context.Context) error {
	_, err := s.opened(ctx, true)
	return err
}

// Report is what a check of a store that can be used has found.
type Report struct {
	Place     string   // where orders are kept, for people
	Exchanges []string // that it has orders of
	Doubts    []Doubt
}

// Doubt is something that works and yet deserves a look.
type Doubt struct{ Finding, Remedy string }

// Check says whether orders can be kept there, without making or changing
// anything: a report, or a fault that names what is in the way. A store of an
// older version is fine, and so is one that is missing where it can be made.
func (s *Store) Check(ctx context.Context) (Report, error) { return s.engine.check(ctx) }

// Close gives up the database. It waits for no transaction: one that runs goes
// on to its end, the next fails. Closing again does nothing.
func (s *Store) Close() error {
	s.closed.Store(true)
	return s.forget()
}
