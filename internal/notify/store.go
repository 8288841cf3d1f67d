package notify

import (
	"time"

	"didops/internal/audit"
	"didops/internal/transaction"
)

// Store keeps what is to be told to whom. It is implemented by internal/store.
// Safe for concurrent use, by several processes.
type Store = transaction.Store[Tx]

// Tx is what telling needs of a transaction. Its methods are not safe for
// concurrent use and use the context of the transaction.
type Tx interface {
	// Since returns the entries of the trail after the one numbered, at most so
	// many.
	Since(seq int64, most int) ([]audit.Kept, error)

	// Numbers returns the numbers of an order, by digits, in the order of its
	// lines; none of one that there is not.
	Numbers(order string) ([]string, error)

	// Receivers returns those of an exchange, by their names.
	Receivers(exchange string) ([]Receiver, error)
	// Receiver returns one, or [transaction.ErrNone].
	Receiver(exchange, name string) (Receiver, error)
	// SaveReceiver keeps a receiver, in place of the one of its name.
	SaveReceiver(r Receiver) error
	// DropReceiver forgets a receiver, and what it was to be told.
	DropReceiver(exchange, name string) error

	// Add keeps a delivery. One that is there stays as it is.
	Add(d Delivery) error
	// Due returns the deliveries to a receiver that may be tried at a moment, the
	// longest due first, at most so many: of each subject the first that has not
	// ended, if it is due, or due after far, which no clock that was right can
	// have said.
	Due(exchange, receiver string, now, far time.Time, most int) ([]Delivery, error)
	// Next returns when the first of those that have not ended, and are the first
	// of their subject, is due; zero = there is none.
	Next(exchange, receiver string) (time.Time, error)
	// SaveDelivery keeps what became of a delivery that had so many tries and had
	// not ended, and reports whether it is so still.
	SaveDelivery(d Delivery, tries int) (bool, error)
	// Hasten makes all that waits for a receiver due at a moment.
	Hasten(exchange, receiver string, now time.Time) error
	// Forget removes the deliveries of an exchange made before a moment.
	Forget(exchange string, before time.Time) error
	// Counts returns how the deliveries to each receiver of an exchange stand.
	Counts(exchange string) (map[string]Count, error)
}

// Receiver is how far one is told.
type Receiver struct {
	Exchange string // whose events they are
	Name     string
	Settings string // changes when its settings do
	Mark     int64  // of the last entry that was taken over

	Seen    time.Time // when a process last was at it
	Told    time.Time // when it last said yes; zero = never
	Failing time.Time // since when it has not, though it was tried; zero = it has
	Note    string    // what was wrong the last time
	Closed  time.Time // when it said that it wants no more; zero = it has not
}

// Delivery is an event that a receiver is to be told, or was.
type Delivery struct {
	Exchange string
	Receiver string
	Seq      int64 // of the entry
	Subject  string
	Made     time.Time // when it was taken over
	Due      time.Time // not before
	Tries    int
	Ended    time.Time // zero = it waits
	Done     bool      // of one that ended: the receiver said yes
	Note     string    // what was wrong at the last try
}

// Count is how deliveries stand.
type Count struct {
	Waiting int
	Oldest  time.Time // when the first of those was made; zero = none waits
	Failed  int       // that are given up, of those that are still kept
}
