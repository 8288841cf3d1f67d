package order

import (
	"errors"
	"time"

	"didops/internal/audit"
	"didops/internal/money"
	"didops/internal/transaction"
)

// ErrNone is returned for what is not in the store.
var ErrNone = transaction.ErrNone

// ErrStale is returned by [Tx.Save] when the record was changed by somebody
// else since it was read. Within a write, which lets one writer in at a time,
// it means a fault of the program.
var ErrStale = errors.New("changed meanwhile")

// ErrTaken is returned by [Tx.Insert] when the id is in use.
var ErrTaken = errors.New("the id is taken")

// Store keeps orders. It is implemented by internal/store. Safe for
// concurrent use, by several processes.
type Store = transaction.Store[Tx]

// Keyed is a transaction that knows the key of the store.
type Keyed interface {
	// Key returns the random key of the store, made when it was created.
	Key() ([]byte, error)
}

// Tx is what placing, deciding, executing and reconciling orders need of a
// transaction. Its methods are not safe for concurrent use and use the context
// of the transaction.
type Tx interface {
	Keyed
	audit.Appender

	// Order returns the order with the id, or [ErrNone].
	Order(id string) (Record, error)
	// Insert keeps a new record as revision 1. It fails with [ErrTaken], after
	// which the transaction may go on. That no other order holds a number is
	// for the caller to make sure (see Holder): the store's own refusal ends
	// the transaction.
	Insert(r Record) error
	// Save keeps the record in place of the revision that it has, or fails
	// with [ErrStale].
	Save(r Record) error

	// Requests returns the orders of the exchange with that request key,
	// latest first.
	Requests(exchange, key string) ([]Record, error)
	// Holder returns the id of the order that holds the number, or [ErrNone].
	Holder(exchange, number string) (string, error)
	// DoneSince reports whether a line of one of the numbers was done or is
	// unknown in an order, other than the one named, that was created at or
	// after the moment.
	DoneSince(exchange string, numbers []string, since time.Time, but string) (bool, error)
	// History returns the lines of the number that are done or unknown, those of
	// the order that was created last first.
	History(exchange, number string) ([]Past, error)
	// CountOpen returns how many orders of the requester are pending or
	// executing.
	CountOpen(exchange string, requester string) (int, error)
	// Orders returns the latest orders first.
	Orders(f Filter) ([]Record, error)
	// Due returns the ids of the orders of the exchange for which something
	// is to be done by itself at that moment, oldest first: pending ones out
	// of time, executing ones whose runner has given no sign of life, and
	// those with a line to look at.
	Due(exchange string, now time.Time) ([]string, error)
	// Ahead returns the ids of the orders of the exchange that are executing and
	// due later than claim, and of those with a line to look at later than look:
	// such times come from a clock that was ahead.
	Ahead(exchange string, claim, look time.Time) ([]string, error)
	// NextDue returns the earliest moment at which Due will have an order, or
	// [ErrNone].
	NextDue(exchange string) (time.Time, error)
	// Stats returns how the orders of the exchange stand, all but Head.
	Stats(exchange string, now time.Time) (Stats, error)
	// Looked makes every line that is still to be looked at due at once.
	Looked(exchange string, now time.Time) error
	// Day returns what counts on a UTC day (see [Record.Reserved]).
	Day(exchange, day string) ([]Reservation, error)
}

// Filter chooses orders.
type Filter struct {
	Exchange  string
	Requester string // surface:id; "" = any
	State     State  // "" = any
	Limit     int    // 0 = 100
}

// Past is a line that was carried out, or may have been.
type Past struct {
	Order     string // id
	Operation string // did_purchase …
	State     LineState
}

// Reservation is a line that counts on a day.
type Reservation struct {
	Operation string       // did_purchase …
	Due       money.Amount // see [Record.Due]
	Dialog    bool         // the order was approved in a dialog
}
