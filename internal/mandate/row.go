package mandate

import (
	"time"

	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/transaction"
)

// Row is what the store keeps of a mandate besides the order that made it: by
// which it is found, and whether it was revoked.
type Row struct {
	ID       string // m- and letters or digits
	Exchange string
	Name     string
	Until    time.Time
	Created  time.Time

	Revoked   time.Time // zero = it was not
	RevokedBy identity.Party

	Tried int // number of the watch's last hit that it tried to buy
}

// Ended reports whether another mandate may have its name.
func (r Row) Ended(now time.Time) bool { return !r.Revoked.IsZero() || !now.Before(r.Until) }

// Use is one line of a purchase that was made by a mandate.
type Use struct {
	Order  string // id
	Line   int
	At     time.Time    // of the use
	Due    money.Amount // what it counts with: as quoted, or what it turned out to cost, if that is more
	Counts bool         // it may be carried out yet, was, or may have been; else it was not, and is let go
	Open   bool         // it waits to be sent, or is being sent
	Done   time.Time    // when it was known to be carried out, as [Tx] returns it; zero = it was not, or nobody knows
}

// Tx is what mandates need of a transaction. Its methods are not safe for
// concurrent use and use the context of the transaction.
type Tx interface {
	// Mandate returns the mandate of an exchange that was made last under a name,
	// or [transaction.ErrNone].
	Mandate(exchange, name string) (Row, error)
	// Mandates returns those of an exchange, latest first.
	Mandates(exchange string) ([]Row, error)
	// KeepMandate keeps a row, in place of the one with its id.
	KeepMandate(r Row) error
	// MandateUses returns the lines of purchases that were made by the mandate with
	// an id, in the order in which they were.
	MandateUses(id string) ([]Use, error)
}

// Store keeps mandates. It is implemented by internal/store. Safe for concurrent
// use, by several processes.
type Store = transaction.Store[Tx]
