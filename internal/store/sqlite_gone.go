package store

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// once is what the lock beside a store holds from when the store is complete: a
// lock that is empty is only one, for a process that is killed while it makes
// the first store leaves it so.
const once = `A store of orders of didops was made beside this file. As long as this file is here
and the store is not, didops begins no empty one in its place.
`

// leftovers returns the names of the files that tell of a store which is not in
// its place: the log, which would be taken for that of another there, and the
// lock. Beside a store that is about to be made for the first time the lock
// tells nothing.
func (s *sqlite) leftovers() []string {
	ends := []string{"-wal", "-shm"}
	if _, err := os.Lstat(s.path + ".new"); err != nil {
		ends = append(ends, ".lock")
	}
	var names []string
	for _, end := range ends {
		if info, err := os.Lstat(s.path + end); err == nil && info.Size() > 0 {
			names = append(names, filepath.Base(s.path)+end)
		}
	}
	return names
}

// absent returns why a store that is not in its place must not be begun: there
// was one. It asks who makes one to have finished before it says so.
func (s *sqlite) absent(ctx context.Context) error {
	if len(s.leftovers()) == 0 {
		return nil
	}
	if _, err := os.Lstat(s.path + ".lock"); err != nil {
		return s.lost() // nobody makes one, and to look changes nothing
	}
	return s.exclusive(ctx, func(*lockedfile.File) error { return s.lost() })
}

// lost is absent of who has the lock.
func (s *sqlite) lost() error {
	if info, err := os.Stat(s.path); !missing(info, err) || len(s.leftovers()) == 0 {
		return nil
	}
	return vanished(s, "is gone")
}

// anew implements engine.
func (s *sqlite) anew() string {
	left := strings.Join(s.leftovers(), ", ")
	if left == "" {
		return "stop every didops that uses it and start it again"
	}
	return "stop every didops that uses it, remove " + left + " from that folder, and start it again"
}

// remember notes in the lock, which the caller holds, that there is a store.
func remember(lock *lockedfile.File) error {
	if _, err := lock.WriteAt([]byte(once), 0); err != nil {
		return err
	}
	return lock.Sync()
}

// known makes sure that a store which is in its place would be missed. One that
// was put there, such as a backup, has no lock yet. Where that can't be noted
// the store is of use all the same.
func (s *sqlite) known(ctx context.Context) {
	if info, err := os.Lstat(s.path + ".lock"); err == nil && info.Size() > 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := s.exclusive(ctx, remember); err != nil {
		s.log.Debug().Err(err).Msg("the lock beside the store of orders can't be written")
	}
}
