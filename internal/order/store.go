package order

import (
	"errors"
	"time"

	"didops/internal/audit"
	"didops/internal/mandate"
	"didops/internal/money"
	"didops/internal/passkey"
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
	passkey.Tx
	mandate.Tx

	// Order returns the order with the id, or [ErrNone].
	Order(id string) (Record, error)
	// Insert keeps a new record as revision 1. It fails with [ErrTaken], after
	// which the transaction may go on. That no other order holds a number is
	// for the caller to make sure (see Holder): the store's own refusal ends
	// the transaction, and may be told at its end only.
	Insert(r Record) error
	// Save keeps the record in place of the revision that it has, or fails
	// with [ErrStale], after which nothing of the transaction is kept.
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
	// CountOpen returns how many orders of the requester are pending, executing
	// or scheduled.
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
	// ToSend returns the ids of the scheduled orders of the exchange of which a
	// line is due at that moment, those due first first.
	ToSend(exchange string, at time.Time) ([]string, error)
	// NextToSend returns the first order that ToSend will have, and from when on,
	// or [ErrNone].
	NextToSend(exchange string) (id string, at time.Time, err error)
	// Stats returns how the orders of the exchange stand, all but Head.
	Stats(exchange string, now time.Time) (Stats, error)
	// Looked makes every line that is still to be looked at due at once.
	Looked(exchange string, now time.Time) error
	// Asked returns the orders of a requester (surface:id) that were created
	// from one moment on and before another.
	Asked(exchange, requester string, from, until time.Time) ([]Record, error)
	// Claims returns what counts of the orders that were approved from one moment
	// on and before another, with what is alike counted together, in no order.
	Claims(exchange string, from, until time.Time) ([]Claim, error)
	// Acts returns the lines that came to be done at or after a moment and are so
	// still, oldest first.
	Acts(exchange string, since time.Time) ([]Act, error)
	// Underway returns the lines of the exchange's approved orders that may still be
	// carried out, or may have been, but for those of one order, in no order.
	Underway(exchange, but string) ([]Underway, error)
	// Requesters returns by what names (surface:id) somebody of a surface has asked
	// for orders.
	Requesters(exchange, realm string) ([]string, error)
	// OwnLook returns which look at the own numbers is the latest whole one.
	OwnLook(exchange string) (OwnLook, error)
	// OwnFees calls take with what every own number costs by that look, and with
	// those that are gone. take may not use the transaction; its error ends it.
	OwnFees(exchange string, take func(OwnFee) error) error
	// Day returns what counts on a UTC day (see [Record.Reserved]). Lines that are
	// alike may be told together.
	Day(exchange, day string) ([]Reservation, error)
}

// Filter chooses orders.
type Filter struct {
	Exchange  string
	Requester string    // surface:id; "" = any
	State     State     // "" = any
	Number    string    // digits of a line's; "" = any. With it those of every requester and state
	Since     time.Time // created at or after; zero = at any time. With it those of every requester, state and number
	Limit     int       // 0 = 100
}

// Past is a line that was carried out, or may have been.
type Past struct {
	Order     string // id
	Operation string // did_purchase …
	State     LineState
}

// Reservation is what lines that are alike count on a day.
type Reservation struct {
	Operation string       // did_purchase …
	Due       money.Amount // of each, see [Record.Due]
	Dialog    bool         // their orders were approved in a dialog
	Lines     int          // how many there are
}

// due is what all of them come to.
func (r Reservation) due() money.Amount { return r.Due.Times(int64(r.Lines)) }
