package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/transaction"
)

// What a connection is opened with. FULL makes a commit durable before it
// returns; fullfsync does so on macOS.
const (
	forReading = "mode=ro&_pragma=busy_timeout(10000)&_dqs=0"
	forWriting = "mode=rw&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=fullfsync(1)&_pragma=foreign_keys(1)&_txlock=immediate&_dqs=0"
)

// alone is how a file is read where there is no room for the memory that its
// readers and writers share: by one connection, in whose own memory that is.
const alone = "mode=rw&_pragma=locking_mode(EXCLUSIVE)&_pragma=busy_timeout(10000)&_dqs=0"

// aloneFor is how long a store is read alone before its shared memory is tried
// again.
const aloneFor = 5 * time.Second

// readers is how many may read at once in one process.
const readers = 4

// sqlite is the engine of a store in a file.
type sqlite struct {
	path  string
	clock func() time.Time
	log   zerolog.Logger
	turns *turns // the same however often it is opened
}

func newSQLite(c Config) (*sqlite, error) {
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return nil, unreachable(c.Path, err)
	}
	return &sqlite{path: path, clock: c.Now, log: c.Log, turns: newTurns(path+".turn", c.Now)}, nil
}

// connect returns a pool of connections to an SQLite file, none of which is
// opened yet.
func connect(path, parameters string) (*sql.DB, error) {
	escaped := url.URL{Path: filepath.ToSlash(path)}
	return open("file:" + escaped.EscapedPath() + "?" + parameters)
}

// open implements engine.
func (s *sqlite) open(ctx context.Context, create bool) (*pools, error) {
	info, err := os.Stat(s.path)
	if missing(info, err) {
		if err := s.absent(ctx); err != nil {
			return nil, err
		}
		if !create {
			return nil, transaction.ErrNone
		}
		if err := s.build(ctx); err != nil {
			return nil, err
		}
		info, err = os.Stat(s.path)
	}
	if err != nil {
		return nil, unreachable(s.path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, unreachable(s.path, errors.New("not a file"))
	}
	p := &pools{reads: sql.TxOptions{ReadOnly: true}, same: func() bool {
		now, err := os.Stat(s.path)
		return err == nil && os.SameFile(now, info)
	}}
	if p.reader, err = connect(s.path, forReading); err != nil {
		return nil, unreachable(s.path, err)
	}
	if p.writer, err = connect(s.path, forWriting); err != nil {
		return nil, errors.Join(unreachable(s.path, err), p.reader.Close())
	}
	p.turns = s.turns
	p.reader.SetMaxOpenConns(readers)
	p.writer.SetMaxOpenConns(1)
	err = s.refresh(ctx, p)
	if cramped(err) {
		err = s.readAlone(ctx, p)
	}
	if err == nil {
		p.key, err = keyOf(ctx, p.reader)
	}
	if err != nil {
		return nil, errors.Join(s.failure(ctx, "open the store", err), p.close())
	}
	if err := s.protect(info); err != nil {
		return nil, errors.Join(err, p.close())
	}
	s.known(ctx)
	return p, nil
}

// readAlone has the pools read without shared memory. The connection is given
// up after each use, because it keeps everybody else out.
func (s *sqlite) readAlone(ctx context.Context, p *pools) error {
	reader, err := connect(s.path, alone)
	if err != nil {
		return err
	}
	reader.SetMaxOpenConns(1)
	reader.SetMaxIdleConns(-1)
	err = errors.Join(p.reader.Close(), s.refresh(ctx, &pools{reader: reader, writer: p.writer}))
	same, until := p.same, s.clock().Add(aloneFor)
	p.reader, p.same = reader, func() bool { return same() && s.clock().Before(until) }
	return err
}

// begin implements engine. Another process may have brought the store up to
// date since it was opened, and this program would not know what it writes.
func (s *sqlite) begin(ctx context.Context, t *tx) (string, error) {
	have, err := current(ctx, t.sql)
	if err != nil || have == version {
		return "", err
	}
	return "", tooNew(s.where(), have)
}

// commit implements engine.
func (s *sqlite) commit(ctx context.Context, _ *pools, t *tx, _ string) error {
	return s.failure(ctx, "commit", t.sql.Commit())
}

// listen implements engine.
func (s *sqlite) listen(context.Context, func(audit.News)) error { return errors.ErrUnsupported }

// where implements engine.
func (s *sqlite) where() string { return filepath.Dir(s.path) }

// missing reports whether there is no store yet: an empty file is none.
func missing(info fs.FileInfo, err error) bool {
	return errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().IsRegular() && info.Size() == 0
}

// unreachable is the fault of a file that can't be opened, read or written.
func unreachable(path string, err error) *fault.Error {
	return fault.New(fault.Unavailable, "the store of orders in %s can't be used", filepath.Dir(path)).
		WithHint("See that the folder exists and that it and the files in it belong to the user who runs didops, or name another place with store.url.").
		WithCause(err)
}
