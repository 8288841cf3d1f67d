package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"didops/internal/failpoint"
	"didops/internal/fault"
)

// patience is how long to wait for a process that makes or migrates the
// store.
const patience = 10 * time.Second

// build makes a new store: complete beside its place, then moved there.
func (s *sqlite) build(ctx context.Context) error {
	if err := makeFolder(filepath.Dir(s.path)); err != nil {
		return unreachable(s.path, err)
	}
	return s.exclusive(ctx, func(lock *lockedfile.File) error {
		if info, err := os.Stat(s.path); !missing(info, err) {
			return nil // another process was first
		}
		if err := s.lost(); err != nil {
			return err
		}
		fresh := s.path + ".new"
		if err := s.buildAt(ctx, fresh); err != nil {
			return s.failure(ctx, "make the store", err)
		}
		if err := remember(lock); err != nil {
			return unreachable(s.path, err)
		}
		failpoint.Here("built")
		if err := os.Rename(fresh, s.path); err != nil {
			return unreachable(s.path, err)
		}
		failpoint.Here("moved")
		s.log.Debug().Str("folder", filepath.Dir(s.path)).Msg("made a new store of orders")
		return syncFolder(filepath.Dir(s.path))
	})
}

// buildAt makes a complete store at a path where nobody looks for one, in
// place of what a process that was killed may have left there.
func (s *sqlite) buildAt(ctx context.Context, path string) error {
	for _, end := range []string{"", "-journal", "-wal", "-shm"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return unreachable(s.path, err)
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return unreachable(s.path, err)
	}
	if err := f.Close(); err != nil {
		return unreachable(s.path, err)
	}
	db, err := connect(path, forWriting)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if err := errors.Join(upgradeSQLite(ctx, db), db.Close()); err != nil {
		return err
	}
	// Closing folds the log into the file; what is moved must be all of it.
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		return unreachable(s.path, errors.New("the log of the new store stayed behind"))
	}
	return nil
}

// exclusive runs fn while no other process makes or migrates the store. It
// returns the error of fn, which gets the lock.
func (s *sqlite) exclusive(ctx context.Context, fn func(*lockedfile.File) error) error {
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	done := askForLock(s.path + ".lock")
	select {
	case l := <-done:
		if l.err != nil {
			return unreachable(s.path, l.err)
		}
		defer func() { _ = l.file.Close() }()
		return fn(l.file)
	case <-wait.Done():
	}
	go giveBack(done)
	if err := ctx.Err(); err != nil {
		return err
	}
	e := fault.New(fault.Unavailable, "another process is making the store of orders in %s ready", filepath.Dir(s.path)).
		WithHint("Try again; if this stays, look for a didops process that hangs.")
	e.RetryAfter = patience
	return e
}

// lockAsked is what comes of asking for a lock.
type lockAsked struct {
	file *lockedfile.File
	err  error
}

// askForLock asks for the lock on a file, which can't be told to stop waiting: who gives
// up calls giveBack.
func askForLock(path string) <-chan lockAsked {
	done := make(chan lockAsked, 1)
	go func() {
		f, err := lockedfile.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		done <- lockAsked{f, err}
	}()
	return done
}

// giveBack waits for a lock that nobody wants any more, and gives it back.
func giveBack(done <-chan lockAsked) {
	if l := <-done; l.err == nil {
		_ = l.file.Close()
	}
}

// makeFolder makes a folder and those above it, on disk when it returns.
func makeFolder(folder string) error {
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) || filepath.Dir(folder) == folder {
		return err
	}
	if err := makeFolder(filepath.Dir(folder)); err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(folder))
}

// syncFolder puts on disk what was made in a folder. Windows has no such
// call, and a folder that may be written but not read is left to the system.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(folder)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	} else if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// protect takes a store that others may read away from them. Only what is known
// to be one may be changed so: another file is somebody else's.
func (s *sqlite) protect(info fs.FileInfo) error {
	if !exposed(info) {
		return nil
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		err := os.Chmod(s.path+end, 0o600)
		if err != nil && (end == "" || !errors.Is(err, fs.ErrNotExist)) {
			return others(s.path, err)
		}
	}
	s.log.Warn().Str("file", s.path).Str("mode", info.Mode().Perm().String()).
		Msg("others could read the store of orders; now only its user can")
	return nil
}

// exposed reports whether others than the owner may read or write the file.
// Windows keeps no such bits.
func exposed(info fs.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0
}

func others(path string, err error) *fault.Error {
	return fault.New(fault.Unavailable, "others can read the store of orders in %s, which holds passwords", filepath.Dir(path)).
		WithHint("Give it the mode 0600 and the user who runs didops.").
		WithCause(err)
}
