package market

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"github.com/rs/zerolog"
	_ "modernc.org/sqlite" // the driver
)

// fileVersion is the layout of a file, kept as its user_version. A file of
// an older one is thrown away, one of a newer one is left alone.
const fileVersion = 5

// What a connection is opened with. A memory may be lost, so that a commit
// need not be on disk when it returns; a crash leaves what was committed
// before. The log is kept small after a large write.
const (
	fileReads  = "mode=ro&_pragma=busy_timeout(10000)&_dqs=0"
	fileWrites = "mode=rwc&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)" +
		"&_pragma=journal_size_limit(16777216)&_txlock=immediate&_dqs=0"
	fileReaders = 2
)

// File is a memory in an SQLite file. It is opened when it is first used, and
// made when something is to be remembered. Safe for concurrent use.
type File struct {
	path string
	log  zerolog.Logger

	mu             sync.Mutex
	reader, writer *sql.DB
	info           fs.FileInfo // of the file that is open
}

// NewFile returns the memory in a file that need not be there.
func NewFile(path string, log zerolog.Logger) *File {
	return &File{path: path, log: log}
}

// Path returns where the file is.
func (f *File) Path() string { return f.path }

// Read implements [Database].
func (f *File) Read(ctx context.Context, fn func(*sql.Tx) error) error {
	db, err := f.open(ctx, false)
	if err != nil {
		return err
	}
	t, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return f.damaged(ctx, err)
	}
	defer func() { _ = t.Rollback() }() // nothing was written
	return f.damaged(ctx, fn(t))
}

// Write implements [Database].
func (f *File) Write(ctx context.Context, fn func(*sql.Tx) error) error {
	db, err := f.open(ctx, true)
	if err != nil {
		return err
	}
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return f.damaged(ctx, err)
	}
	if err := fn(t); err != nil {
		return f.damaged(ctx, errors.Join(err, t.Rollback()))
	}
	return f.damaged(ctx, t.Commit())
}

// Close closes the file. It may be used again.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.close()
}

func (f *File) close() error {
	var errs []error
	for _, db := range []*sql.DB{f.reader, f.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	f.reader, f.writer, f.info = nil, nil, nil
	return errors.Join(errs...)
}

// open returns the connections for reading or writing, to the file that is
// there now.
func (f *File) open(ctx context.Context, write bool) (*sql.DB, error) {
	if err := ctx.Err(); err != nil {
		return nil, err // before it is made for nothing
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	gone := err != nil
	if f.info != nil && (gone || !os.SameFile(info, f.info)) {
		if err := f.close(); err != nil {
			return nil, err
		}
	}
	if f.info == nil && !gone {
		if gone, err = f.unmade(ctx); err != nil {
			return nil, err
		}
	}
	if gone {
		if !write {
			return nil, ErrNothing
		}
		if err := f.make(ctx); err != nil {
			return nil, err
		}
	}
	return f.connected(write)
}

func (f *File) connected(write bool) (*sql.DB, error) {
	var err error
	if f.info == nil {
		if f.info, err = os.Stat(f.path); err != nil {
			return nil, err
		}
	}
	at, parameters, most := &f.reader, fileReads, fileReaders
	if write {
		at, parameters, most = &f.writer, fileWrites, 1
	}
	if *at == nil {
		if *at, err = sql.Open("sqlite", f.address(parameters)); err != nil {
			return nil, err
		}
		(*at).SetMaxOpenConns(most)
	}
	return *at, nil
}

func (f *File) address(parameters string) string {
	escaped := url.URL{Path: filepath.ToSlash(f.path)}
	return "file:" + escaped.EscapedPath() + "?" + parameters
}

// unmade reports whether the tables of a file are still to be made. A file of
// an older layout is thrown away. One of a newer layout is an error: it holds what
// a newer program has learned for a year.
func (f *File) unmade(ctx context.Context) (bool, error) {
	db, err := sql.Open("sqlite", f.address(fileReads))
	if err != nil {
		return false, err
	}
	var version, tables int
	err = db.QueryRowContext(ctx, `SELECT user_version, (SELECT COUNT(*) FROM sqlite_master) FROM pragma_user_version`).Scan(&version, &tables)
	err = errors.Join(err, db.Close())
	switch {
	case err == nil && version == fileVersion:
		return false, nil
	case err == nil && tables == 0:
		return true, nil
	case err == nil && version > fileVersion:
		return false, fmt.Errorf("%s was written by a newer didops: its layout is %d, this program knows %d", f.path, version, fileVersion)
	case err == nil:
		err = fmt.Errorf("its layout is %d, this program knows %d", version, fileVersion)
	case !unusable(err):
		return false, err
	}
	return true, f.drop(err)
}

// make makes the file and its tables, or finds that another process has.
func (f *File) make(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	db, err := f.connected(true)
	if err != nil {
		return err
	}
	if err := tables(ctx, db); err != nil {
		return errors.Join(err, f.close()) // else it would pass for one that is made
	}
	return nil
}

// tables makes the tables where they are not there yet.
func tables(ctx context.Context, db *sql.DB) error {
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = t.Rollback() }() // of what was not committed
	var version int
	if err := t.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil || version == fileVersion {
		return err
	}
	if _, err := t.ExecContext(ctx, Schema+fmt.Sprintf("PRAGMA user_version = %d;", fileVersion)); err != nil {
		return fmt.Errorf("make the tables: %w", err)
	}
	return t.Commit()
}

// damaged throws a file away that the database can't read.
func (f *File) damaged(ctx context.Context, err error) error {
	if err != nil && unusable(err) {
		return errors.Join(err, f.Forget(ctx, "", err))
	}
	return err
}

// Forget implements [Database]. A damaged file is damaged for all scopes.
func (f *File) Forget(_ context.Context, _ string, why error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.drop(why)
}

func (f *File) drop(why error) error {
	errs := []error{f.close()}
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(f.path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	err := errors.Join(errs...)
	f.log.Warn().AnErr("cause", why).Err(err).Str("file", f.path).
		Msg("what was remembered of the market can't be used and is thrown away; it is read anew")
	return err
}
