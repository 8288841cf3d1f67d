package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"didops/internal/fault"
	"didops/internal/orders"
)

// What a connection is opened with. FULL makes a commit durable before it
// returns; fullfsync does so on macOS.
const (
	forReading = "mode=ro&_pragma=busy_timeout(10000)&_dqs=0"
	forWriting = "mode=rw&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=fullfsync(1)&_pragma=foreign_keys(1)&_txlock=immediate&_dqs=0"
)

// readers is how many may read at once in one process.
const readers = 4

// file is the opened file of a store.
type file struct {
	info   fs.FileInfo // of the file that is open
	reader *sql.DB
	writer *sql.DB // of one connection: writers of this process queue for it
}

// at reports whether the file is still the one at the path.
func (f *file) at(path string) bool {
	info, err := os.Stat(path)
	return err == nil && os.SameFile(info, f.info)
}

func (f *file) close() error { return errors.Join(f.reader.Close(), f.writer.Close()) }

// connect returns a pool of connections to an SQLite file, none of which is
// opened yet.
func connect(path, parameters string) (*sql.DB, error) {
	escaped := url.URL{Path: filepath.ToSlash(path)}
	return sql.Open("sqlite", "file:"+escaped.EscapedPath()+"?"+parameters)
}

// opened returns the open file, and opens it first if need be. Without create
// a missing store stays missing: [orders.ErrNone]. A file that was removed or
// replaced since is noticed.
func (s *Store) opened(ctx context.Context, create bool) (*file, error) {
	if f := s.file.Load(); f != nil && f.at(s.path) {
		return f, nil
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
	if f := s.file.Load(); f != nil && f.at(s.path) {
		return f, nil
	}
	if err := s.forget(); err != nil {
		s.log.Warn().Err(err).Msg("close the store that was removed or replaced")
	}
	f, err := s.open(ctx, create)
	if err != nil {
		return nil, err
	}
	s.file.Store(f)
	if s.closed.Load() { // Close may have come before there was a file to close
		return nil, errors.Join(errClosed, s.forget())
	}
	return f, nil
}

// forget closes the file, if one is open.
func (s *Store) forget() error {
	if f := s.file.Swap(nil); f != nil {
		return f.close()
	}
	return nil
}

// open opens the file and brings it up to date. The turn is held.
func (s *Store) open(ctx context.Context, create bool) (*file, error) {
	info, err := os.Stat(s.path)
	if missing(info, err) {
		if !create {
			return nil, orders.ErrNone
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
	if err := s.protect(info); err != nil {
		return nil, err
	}
	f := &file{info: info}
	if f.reader, err = connect(s.path, forReading); err != nil {
		return nil, unreachable(s.path, err)
	}
	if f.writer, err = connect(s.path, forWriting); err != nil {
		return nil, errors.Join(unreachable(s.path, err), f.reader.Close())
	}
	f.reader.SetMaxOpenConns(readers)
	f.writer.SetMaxOpenConns(1)
	if err := s.refresh(ctx, f); err != nil {
		return nil, errors.Join(s.failure(ctx, "open the store", err), f.close())
	}
	return f, nil
}

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
