package inventory

import (
	"time"

	"didops/internal/exchange"
)

// States of a number that rules know of; others are the exchange's own words.
const (
	Active           = exchange.Active
	PendingDocuments = exchange.PendingDocuments
)

// Number is an own number as a look found it, and what is known of it besides.
type Number struct {
	exchange.Number

	State    string    // [Active], [PendingDocuments], or the exchange's word
	Calls    string    // where calls go, without a password; "" = nowhere
	Messages string    // where messages go, likewise
	Routing  string    // digest of both in full, under the store's key
	BilledTo time.Time // paid until, UTC; zero when not known
	Since    time.Time // first day paid for, UTC; zero when not known
	Notes    string    // of the exchange

	First   time.Time // the look at which it came, or came back; zero when it was there at the first look of all
	Waiting time.Time // since which look it is [PendingDocuments]; zero while it is not
	Order   string    // the order that bought it; "" = none of ours, or it was there at the first look
	Gone    time.Time // the look that proved that it is gone; zero while it is there

	Labels
	Use *Use // nil = not known
}
