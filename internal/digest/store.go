package digest

import (
	"time"

	"didops/internal/digest/daily"
	"didops/internal/transaction"
)

// Store keeps which page was made last and what was told. It is implemented by
// internal/store. Safe for concurrent use, by several processes.
type Store = transaction.Store[Tx]

// Tx is what the morning page needs of a transaction. Its methods are not safe
// for concurrent use and use the context of the transaction.
type Tx interface {
	// State returns how far the pages of an exchange are; the zero State where none
	// was begun.
	State(exchange string) (State, error)
	// SaveState keeps it.
	SaveState(exchange string, s State) error
	// Told returns the keys that were told, with when.
	Told(exchange string) (map[string]time.Time, error)
	// Tell keeps keys as told at a moment; one that is kept stays as it is.
	Tell(exchange string, keys []string, at time.Time) error
	// Forget removes keys.
	Forget(exchange string, keys []string) error
}

// State is how far the pages are.
type State struct {
	Rev  int64       // counts the pages made
	At   time.Time   // when the last was made, or would have been had there been something to tell; zero = pages were not begun
	Mark int64       // the last change that was on a page
	Page *daily.Page // what is to be sent; nil = nothing is

	Begun  time.Time // when Page was first handed out to be sent; zero = it was not
	Tries  int       // in a row that failed
	Next   time.Time // not before
	Closed string    // why it can't be sent; "" = it can, or was not tried

	Sent    time.Time // when the last page was sent; zero = none was
	Message string    // its id in the chat
}

// doubted reports whether a page may have been sent, and nobody knows. No other
// is made before that is known.
func (s *State) doubted() bool { return s.Page != nil && !s.Begun.IsZero() }
