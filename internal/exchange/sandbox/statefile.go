package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
)

// schema is the state file's. Times are microseconds since 1970.
const schema = `
CREATE TABLE holdings (
	market TEXT NOT NULL, number TEXT NOT NULL, i_did INTEGER NOT NULL, buyer TEXT NOT NULL,
	facts TEXT NOT NULL, contact TEXT NOT NULL, smpp_contact TEXT NOT NULL, account INTEGER NOT NULL,
	bought_us INTEGER NOT NULL, verified INTEGER NOT NULL,
	UNIQUE (market, number)) STRICT;
CREATE TABLE ledger (
	seq INTEGER PRIMARY KEY AUTOINCREMENT, market TEXT NOT NULL, operation TEXT NOT NULL,
	i_did INTEGER NOT NULL, number TEXT NOT NULL, buyer TEXT NOT NULL, contact TEXT NOT NULL,
	smpp_contact TEXT NOT NULL, account INTEGER NOT NULL, at_us INTEGER NOT NULL) STRICT;
CREATE TABLE control (generation INTEGER NOT NULL) STRICT;
INSERT INTO control VALUES (1);`

// schemaMessages is what version 2 adds.
const schemaMessages = `
CREATE TABLE messages (
	seq INTEGER PRIMARY KEY AUTOINCREMENT, market TEXT NOT NULL, buyer TEXT NOT NULL,
	i_vendor INTEGER NOT NULL, subject TEXT NOT NULL, message TEXT NOT NULL, at_us INTEGER NOT NULL) STRICT;
PRAGMA user_version = 2;`

// pragmas apply to every connection. NORMAL may lose the last purchases at a
// loss of power, not at a crash of the program, and that is enough here.
const pragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_txlock=immediate&_dqs=0"

// open makes db ready and says whether there is a state at all. Without
// create a missing file stays missing. A file that was removed or replaced
// since is noticed. The lock is held.
func (s *state) open(ctx context.Context, create bool) (bool, error) {
	if s.done {
		return false, errClosed
	}
	if s.path == "" {
		return s.openMemory(ctx, create)
	}
	info, err := os.Stat(s.path)
	switch {
	case err == nil && s.db != nil && os.SameFile(info, s.file):
		return true, nil
	case err == nil:
	case !errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("open the sandbox state: %w", err)
	case !create:
		return false, s.forget()
	default:
		if info, err = createState(s.path); err != nil {
			return false, err
		}
	}
	if err := s.forget(); err != nil {
		return false, err
	}
	path, err := filepath.Abs(s.path)
	if err != nil {
		return false, fmt.Errorf("open the sandbox state: %w", err)
	}
	escaped := url.URL{Path: filepath.ToSlash(path)}
	if s.db, err = openSQLite(ctx, "file:"+escaped.EscapedPath()+"?"+pragmas); err != nil {
		return false, fmt.Errorf("open the sandbox state %s: %w", s.path, err)
	}
	s.file = info
	return true, nil
}

func (s *state) openMemory(ctx context.Context, create bool) (bool, error) {
	if s.db != nil || !create {
		return s.db != nil, nil
	}
	var err error
	s.db, err = openSQLite(ctx, "file::memory:?"+pragmas)
	return err == nil, err
}

// createState makes the folder and an empty file that only the user can read.
func createState(path string) (fs.FileInfo, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("create the folder of the sandbox state: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create the sandbox state: %w", err)
	}
	defer func() { _ = f.Close() }()
	return f.Stat()
}

// openSQLite opens the database and brings its schema up to date, although
// other processes may be doing the same.
func openSQLite(ctx context.Context, dsn string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	db.SetConnMaxLifetime(0)
	// The switch to WAL does not wait for others, so it is tried again.
	for try := 0; ; try++ {
		if err = migrate(ctx, db); !busy(err) || try == 200 {
			break
		}
		if err = pause(ctx, 25*time.Millisecond); err != nil {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	var version int
	if err := tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return err
	}
	steps := []string{schema, schemaMessages}
	switch {
	case version == len(steps):
		return nil
	case version < len(steps):
		for _, step := range steps[version:] {
			if _, err := tx.ExecContext(ctx, step); err != nil {
				return err
			}
		}
		return tx.Commit()
	}
	return fmt.Errorf("state version %d is not known to this program", version)
}

// busy says whether another connection was in the way (SQLITE_BUSY, LOCKED).
func busy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code()&0xFF == 5 || e.Code()&0xFF == 6)
}

// pause waits, or returns the context's error when that is done before.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// forget closes the database. The lock is held.
func (s *state) forget() error {
	if s.db == nil {
		return nil
	}
	err := s.db.Close()
	s.db, s.file, s.seen = nil, nil, nil
	return err
}

func (s *state) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	return s.forget()
}

// CheckState says whether purchases can be kept at path, without creating
// the file or its folder: nil, or an error that names what is in the way.
// "" (in memory) is always good.
func CheckState(path string) error {
	if path == "" {
		return nil
	}
	if f, err := os.OpenFile(path, os.O_RDWR, 0); err == nil {
		return f.Close()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the sandbox state can't be written: %w", err)
	}
	dir := filepath.Dir(path)
	for {
		info, err := os.Stat(dir)
		if errors.Is(err, fs.ErrNotExist) && filepath.Dir(dir) != dir {
			dir = filepath.Dir(dir)
			continue
		}
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("%s is not a folder", dir)
		}
		if err != nil {
			return fmt.Errorf("the sandbox state can't be written: %w", err)
		}
		break
	}
	f, err := os.CreateTemp(dir, ".didops-*")
	if err != nil {
		return fmt.Errorf("the folder of the sandbox state is not writable: %w", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
