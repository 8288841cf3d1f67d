package store

import (
	"context"
	"os"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// courtesy is how long a writer waits for the turn that others have by a lock. One
// that has it for longer hangs, or is slow; SQLite knows whether it writes.
const courtesy = time.Second

// turns is how the writers of a file queue. SQLite has who finds another at work
// sleep and try again, longer each time, while nobody writes; a lock of the operating
// system wakes the next one at once. It is a courtesy among writers and keeps nothing
// whole: where no such lock can be had, or somebody does not give it back, SQLite's own
// has everybody wait as before.
type turns struct {
	path  string        // of the file that is locked, which holds nothing
	mine  chan struct{} // held by the writer of this process
	stuck atomic.Bool   // somebody gave up waiting for the lock, which was asked for and can't be told
}

func newTurns(path string) *turns { return &turns{path: path, mine: make(chan struct{}, 1)} }

// take waits for the turn and returns what ends it.
func (t *turns) take(ctx context.Context) (end func(), err error) {
	select {
	case t.mine <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	lock := t.lock(ctx)
	return func() {
		if lock != nil {
			_ = lock.Close() // closing it gives it back whatever it returns
		}
		<-t.mine
	}, nil
}

// lock returns the lock, or nil where it can't be had.
func (t *turns) lock(ctx context.Context) *lockedfile.File {
	if t.stuck.Load() {
		return nil
	}
	done := make(chan *lockedfile.File, 1)
	go func() {
		f, err := lockedfile.OpenFile(t.path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			f = nil // SQLite says what is wrong with the folder, if it minds
		}
		done <- f
	}()
	timer := time.NewTimer(courtesy)
	defer timer.Stop()
	select {
	case f := <-done:
		return f
	case <-timer.C:
	case <-ctx.Done():
	}
	t.stuck.Store(true)
	go func() {
		if f := <-done; f != nil {
			_ = f.Close()
		}
		t.stuck.Store(false)
	}()
	return nil
}
