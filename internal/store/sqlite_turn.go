package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

const (
	// courtesy is how long a writer waits for the turn that others have by a lock.
	// One that has it for longer hangs, or is slow; SQLite knows whether it writes.
	courtesy = time.Second

	// mostTogether and longestTogether are how many writes one commit keeps at most,
	// and how long after its first one another may begin.
	mostTogether    = 16
	longestTogether = 20 * time.Millisecond
)

// errTogether is in the error of a write that was to be committed together with one
// that ended the transaction.
var errTogether = errors.New("another write that was to be committed with it has failed")

// turns is how the writers of a file queue.
//
// Those of other processes wait for a lock of the operating system, which wakes the
// next one at once: SQLite has who finds another at work sleep and try again, longer
// each time, while nobody writes. It is a courtesy among writers and keeps nothing
// whole: where no such lock can be had, or somebody does not give it back, SQLite's
// own has everybody wait.
//
// Those of this process wait for each other, and who comes next may go on with the
// transaction of who was before, so that one commit, and one wait for the disk, keeps
// what both have written. Each writes behind a savepoint of its own: one that fails
// leaves no trace and the others alone. Nobody hears that something is kept before the
// commit. It is safe for concurrent use.
type turns struct {
	path  string // of the file that is locked, which holds nothing
	clock func() time.Time

	mu    sync.Mutex
	taken bool
	stuck bool // somebody gave up waiting for the lock, which was asked for and can't be told
	queue []*waiter
}

// waiter is who waits for the turn of this process.
type waiter struct {
	joins bool
	comes chan *together // nil: a turn of its own. It has room for one.
}

// together are writes that one transaction keeps.
type together struct {
	sql   *sql.Tx   // nil: it has not begun
	end   func()    // of the turn
	until time.Time // others may join; zero: nobody has
	size  int
	done  chan struct{} // closed when err is known
	err   error         // nil: all of it counts
}

func newTurns(path string, clock func() time.Time) *turns { return &turns{path: path, clock: clock} }

// take waits for the turn. It returns what ends it, or, to who joins others, the
// writes that it is to go on with, whose turn it is.
func (t *turns) take(ctx context.Context, joins bool) (*together, func(), error) {
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return nil, t.locked(ctx), nil
	}
	w := &waiter{joins: joins, comes: make(chan *together, 1)}
	t.queue = append(t.queue, w)
	t.mu.Unlock()
	select {
	case g := <-w.comes:
		return t.come(ctx, g)
	case <-ctx.Done():
	}
	t.mu.Lock()
	n := len(t.queue)
	t.queue = slices.DeleteFunc(t.queue, func(other *waiter) bool { return other == w })
	gone := len(t.queue) < n
	t.mu.Unlock()
	if gone {
		return nil, nil, ctx.Err()
	}
	return t.come(ctx, <-w.comes) // it was its turn already
}

func (t *turns) come(ctx context.Context, g *together) (*together, func(), error) {
	if g != nil {
		return g, nil, nil
	}
	return nil, t.locked(ctx), nil
}

// locked waits for the lock, and returns what ends the turn.
func (t *turns) locked(ctx context.Context) func() {
	lock := t.lock(ctx)
	return func() {
		if lock != nil {
			_ = lock.Close() // it gives it back whatever it returns
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		if len(t.queue) == 0 {
			t.taken = false
			return
		}
		t.next(nil)
	}
}

// next has who waits first come. t.mu is held.
func (t *turns) next(g *together) {
	w := t.queue[0]
	t.queue = t.queue[1:]
	w.comes <- g
}

// pass lets who waits first go on with the writes, if it may. Who has passed them
// on must not touch them any more, but waits until they are done.
func (t *turns) pass(g *together) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock()
	if g.until.IsZero() {
		g.until = now.Add(longestTogether)
	}
	if len(t.queue) == 0 || !t.queue[0].joins || g.size >= mostTogether || now.After(g.until) {
		return false
	}
	g.size++
	t.next(g)
	return true
}

// lock returns the lock, or nil where it can't be had.
func (t *turns) lock(ctx context.Context) *lockedfile.File {
	t.mu.Lock()
	stuck := t.stuck
	t.mu.Unlock()
	if stuck {
		return nil
	}
	done := askForLock(t.path)
	timer := time.NewTimer(courtesy)
	defer timer.Stop()
	select {
	case l := <-done:
		return l.file // nil with an error: SQLite says what is wrong with the folder, if it minds
	case <-timer.C:
	case <-ctx.Done():
	}
	t.setStuck(true)
	go func() {
		giveBack(done)
		t.setStuck(false)
	}()
	return nil
}

func (t *turns) setStuck(stuck bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stuck = stuck
}
