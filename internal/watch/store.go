package watch

import (
	"errors"
	"time"

	"didops/internal/audit"
	"didops/internal/transaction"
)

// Store keeps watches and what they found. It is implemented by internal/store.
// Safe for concurrent use, by several processes.
type Store = transaction.Store[Tx]

// ErrUnreadable marks what is kept of a watch and can't be read: it is damaged, or
// of a newer version.
var ErrUnreadable = errors.New("what is kept of the watch can't be read")

// Tx is what watches need of a transaction. Its methods are not safe for
// concurrent use and use the context of the transaction.
type Tx interface {
	audit.Appender

	// Heads returns the watches of an exchange by their names, without the numbers
	// that they know; those that
	// can't be read say so (see [Watch.Unreadable]).
	Heads(exchange string) ([]Watch, error)
	// Watches returns the same with the numbers that they know.
	Watches(exchange string) ([]Watch, error)
	// Watch returns the watch with the id, or [transaction.ErrNone], or an error
	// that wraps [ErrUnreadable].
	Watch(id string) (Watch, error)
	// Insert keeps a new watch.
	Insert(w Watch) error
	// Save keeps a watch in place of the one with its id.
	Save(w Watch) error
	// Remove removes a watch and its hits, and reports whether it was there.
	Remove(id string) (bool, error)

	// Hits returns the hits of a watch, latest first, at most so many. Those that
	// can't be read are an error that wraps [ErrUnreadable], as they are of Untold.
	Hits(watch string, most int) ([]Hit, error)
	// Untold returns the hits of a watch that are still to be told (see
	// [Hit.Waiting]), in the order in which they were found.
	Untold(watch string) ([]Hit, error)
	// SaveHit keeps a hit, in place of the one with its number in the watch (Seq).
	SaveHit(h Hit) error
	// EndHits marks the hits of a watch on one of the numbers, of those that are
	// not ended, as ended at a moment.
	EndHits(watch string, numbers []string, at time.Time) error
	// Forget removes the hits of a watch up to the one numbered, but for those
	// that are still to be told, unless these too.
	Forget(watch string, upTo int, waiting bool) error
	// Counts returns, by watch, how many hits there are of an exchange's watches.
	Counts(exchange string) (map[string]Count, error)
}

// Count is how many hits a watch has.
type Count struct {
	Told    int
	Waiting int // still to be told
}
