package inventory

import (
	"time"

	"didops/internal/audit"
	"didops/internal/transaction"
)

// Store keeps own numbers, their changes, labels and use. It is implemented by
// internal/store. Safe for concurrent use, by several processes.
type Store = transaction.Store[Tx]

// Head is how the memory of an exchange's own numbers stands.
type Head struct {
	First  time.Time // the first whole look; zero = there was none
	At     time.Time // the last one
	Clock  time.Time // what the clock said when that began to read
	Rev    int64     // counts the looks that were kept
	Seq    int64     // of the last change
	Own    int       // numbers that are there
	Missed int       // of those, not shown by the last look
}

// Row is a number as it is kept.
type Row struct {
	Number  string // digits
	Body    string // what the look said, packed
	First   time.Time
	Waiting time.Time
	Gone    time.Time
	Order   string
	Missed  time.Time // what the clock said when it was missed first; zero = it was shown
}

// Kept are labels with when they were set last, which they were even where they
// are empty.
type Kept struct {
	Labels
	At time.Time
}

// Tx is what the inventory needs of a transaction. Its methods are not safe for
// concurrent use and use the context of the transaction, which may not be used
// in a take. A take ends a reading by its error.
type Tx interface {
	audit.Appender

	// AppendAll adds entries to the trail as Append does each, in their order and in
	// few statements.
	AppendAll(list []audit.Entry) error

	// Key returns the random key of the store.
	Key() ([]byte, error)

	// Head returns how the memory stands; the zero Head where there was no look.
	Head(exchange string) (Head, error)
	// SaveHead keeps how it stands.
	SaveHead(exchange string, h Head) error

	// Rows calls take with every number by its digits, with those that went where
	// gone is set. The row is used again.
	Rows(exchange string, gone bool, take func(*Row) error) error
	// Has reports whether the number is kept, gone or not.
	Has(exchange, number string) (bool, error)
	// SaveRow keeps a number in place of what was kept of it.
	SaveRow(exchange string, r *Row) error

	// Changes calls take with the changes of a number, of all numbers for "", the
	// latest first.
	Changes(exchange, number string, take func(*Change) error) error
	// Fees calls take with those changes alone that are of the kinds new, gone
	// and fee, likewise.
	Fees(exchange string, take func(*Change) error) error
	// Explains reports whether a change of the number is of the order's doing.
	Explains(exchange, number, order string) (bool, error)
	// AddChange keeps a change.
	AddChange(exchange string, c *Change) error

	// Labels calls take with the labels of every number that some were set of.
	Labels(exchange string, take func(number string, k Kept) error) error
	// LabelsOf returns those of a number; the zero Kept where none were ever set.
	LabelsOf(exchange, number string) (Kept, error)
	// SaveLabels keeps the labels of numbers, by their digits, in few statements.
	SaveLabels(exchange string, of map[string]Kept) error

	// Histories returns how far the histories were read; the zero Histories for never.
	Histories(exchange string) (Histories, error)
	// SaveHistories keeps how far they were read.
	SaveHistories(exchange string, h Histories) error

	// Used calls take with what is known of the use of every number, without its
	// days. The use may be kept.
	Used(exchange string, take func(number string, u *Use) error) error
	// UseOf returns what is known of a number's use with its days; nil = nothing.
	UseOf(exchange, number string) (*Use, error)
	// SaveUse keeps what is known of a number's use in place of what was known. Of
	// its days, those from one date to another are written anew, and those before
	// its first are removed.
	SaveUse(exchange, number string, u *Use, from, to time.Time) error
}
