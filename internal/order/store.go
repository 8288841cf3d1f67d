package order

import (
	"context"
	"errors"
	"time"

	"didops/internal/audit"
	"didops/internal/money"
)

// ErrNone is returned for what is not in the store.
var ErrNone = errors.New("not in the store")

// ErrStale is returned by [Tx.Save] when the record was changed by somebody
// else since it was read. Within [Store.Write], which lets one writer in at a
// time, it means a fault of the program.
var ErrStale = errors.New("changed meanwhile")

// ErrTaken is returned by [Tx.Insert] when the id is in use.
var ErrTaken = errors.New("the id is taken")

// Store keeps orders, the audit trail and what processes agree by. It is
// implemented by internal/store. Safe for concurrent use, by several
// processes.
type Store interface {
	// Read runs fn on one consistent state. Where there is no store yet it
	// creates none and returns [ErrNone] without calling fn.
	Read(ctx context.Context, fn func(Tx) error) error
	// Write runs fn in a transaction that no other writer, of any process,
	// runs beside. When it returns nil, what fn did is on disk; when fn or the
	// commit fails, nothing of it is, but for [fault.UnknownOutcome]: then
	// nobody can tell. fn may run more than once.
	Write(ctx context.Context, fn func(Tx) error) error
	// Head returns the number of the latest audit entry, 0 for none. It is
	// cheap: whoever waits asks it several times a second.
	Head(ctx context.Context) (int64, error)
}

// Listener is what a [Store] may be besides: one that tells of changes, so
// that nobody has to ask for them.
type Listener interface {
	// Listen calls news, from one goroutine, as soon as it listens and after
	// each commit, of any process, that added to the audit trail. It returns
	// when ctx ends or it can't listen any more, after which changes may have
	// been missed; where the store never tells, [errors.ErrUnsupported] at once.
	Listen(ctx context.Context, news func()) error
}

// Tx is one transaction. Its methods are not safe for concurrent use and use
// the context of the transaction.
type Tx interface {
	// Key returns the random key of the store, made when it was created.
	Key() ([]byte, error)

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
	// NextDue returns the earliest moment at which Due will have an order, or
	// [ErrNone].
	NextDue(exchange string) (time.Time, error)
	// Stats returns how the orders of the exchange stand, all but Head.
	Stats(exchange string, now time.Time) (Stats, error)
	// Looked makes every line that is still to be looked at due at once.
	Looked(exchange string, now time.Time) error
	// Day returns what counts on a UTC day (see [Record.Reserved]).
	Day(exchange, day string) ([]Reservation, error)

	// Append adds an entry to the audit trail. It sets Seq and Prev, and
	// returns the entry's number and hash.
	Append(e audit.Entry) (int64, string, error)
	// Entries calls take with the text and hash of every entry, from the
	// first. In take the transaction may not be used.
	Entries(take func(audit.Kept) error) error
	// Lasts calls take with every order's id and its last entry. In take the
	// transaction may not be used.
	Lasts(take func(id string, seq int64, hash string) error) error

	// Since returns the entries after the one numbered, at most so many.
	Since(seq int64, most int) ([]audit.Kept, error)
	// Behind returns the cards of the exchange that do not show what their
	// orders are: those of open orders that have none yet, and those made of an
	// earlier entry than the order's last; least recently changed first.
	Behind(exchange string, most int) ([]CardRow, error)
	// SaveCard keeps a card in place of the one of its order.
	SaveCard(c CardRow) error
	// Mark returns how far a reader of the trail has come, 0 at first.
	Mark(reader string) (int64, error)
	// SetMark keeps how far a reader of the trail has come.
	SetMark(reader string, seq int64) error

	// Lease takes or keeps a lease until a moment; false if another holds it
	// at now.
	Lease(name, holder string, now, until time.Time) (bool, error)
	// Release gives a lease back.
	Release(name, holder string) error

	// IssuePrompt keeps an invitation.
	IssuePrompt(i Prompt) error
	// Prompt returns the invitation with that hash, or [ErrNone].
	Prompt(hash string) (Prompt, error)
	// UsePrompt marks the invitation as used; [ErrNone] if there is none.
	UsePrompt(hash string) error
}

// Filter chooses orders.
type Filter struct {
	Exchange  string
	Requester string // surface:id; "" = any
	State     State  // "" = any
	Limit     int    // 0 = 100
}

// CardRow is where an order is shown by a message that is kept up to date.
type CardRow struct {
	Order   string
	Place   string // channel; "" = it has no message yet
	Message string // id of the message
	Shown   int64  // the order's last entry when the message was written
}

// Reservation is a line that counts on a day.
type Reservation struct {
	Kind   string // purchase, update, unsubscribe
	Due    money.Amount
	Dialog bool // the order was approved in a dialog
}

// Prompt lets one answer of one caller in.
type Prompt struct {
	Hash      string // of the handle
	Order     string
	Principal string // surface:id
	Call      string // hash of operation and arguments
	Expires   time.Time
	Used      bool
}
