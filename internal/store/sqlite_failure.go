package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"didops/internal/fault"
)

// failure implements engine.
func (s *sqlite) failure(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, ok := fault.As(err); ok {
		return err
	}
	err = fmt.Errorf("%s: %w", what, err)
	if errors.Is(err, errReplaced) {
		return unreachable(s.path, err)
	}
	folder := s.where()
	if errors.Is(err, errTogether) {
		return fault.New(fault.Unavailable, "the store of orders in %s did not keep it", folder).
			WithHint("Nothing of it was kept. Try again; what went wrong is told by what failed with it.").WithCause(err)
	}
	if cramped(err) {
		return fullDisk(folder, err)
	}
	switch code(err) {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		e := fault.New(fault.Unavailable, "the store of orders in %s is busy", folder).
			WithHint("Try again; if this stays, look for a didops process that hangs.").
			WithCause(err)
		e.RetryAfter = time.Second
		return e
	case codes.SQLITE_NOTADB, codes.SQLITE_CORRUPT:
		return fault.New(fault.Unavailable, "the store of orders in %s is damaged, or no store", folder).
			WithHint("Put a backup of it in its place, or name another file with store.url.").
			WithCause(err)
	case codes.SQLITE_FULL:
		return fullDisk(folder, err)
	case codes.SQLITE_IOERR, codes.SQLITE_READONLY, codes.SQLITE_CANTOPEN, codes.SQLITE_PERM:
		return unreachable(s.path, err)
	}
	return err
}

func fullDisk(folder string, err error) *fault.Error {
	return fault.New(fault.Unavailable, "there is no room left for the store of orders in %s", folder).
		WithHint("Make room on that disk. Until then orders can be looked at, and nothing can be ordered.").
		WithCause(err)
}

// cramped reports whether there was no room for the shared memory of a file.
func cramped(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && (e.Code() == codes.SQLITE_IOERR_SHMSIZE || e.Code() == codes.SQLITE_IOERR_SHMOPEN)
}

// code returns the primary result code of SQLite, 0 for another error.
func code(err error) int {
	var e *driver.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xFF
}
