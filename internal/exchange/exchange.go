// Package exchange says what an exchange of telephone numbers is to the
// operations: a [Reader] of what is for sale and of what is owned, and a
// [Writer] that buys, re-routes and gives up, one request a call.
//
// It holds the domain types of both and no rule of a particular exchange;
// those are in the packages below it, which implement the two interfaces.
package exchange

import (
	"context"
	"time"

	"didops/internal/money"
)

// Reader is what the operations need of the exchange in order to read.
// Implementations are safe for concurrent use.
//
// Both methods stream: they call take once for every page, in the order of
// the exchange, from one goroutine, and never twice with the same number
// within the reach of their memory, but for an offer that has an ID besides
// one that has none. The slice belongs to the
// implementation and is reused after take returns; the values in it may be
// kept. An error of take ends the reading and is returned as it is.
//
// A reading that breaks off after it has yielded a row is not an error: it
// returns Complete = false with the Reason. A reading that breaks off before
// the first row returns the error: Unauthorized (our credentials),
// RateLimited, Unavailable (down, time-out, no JSON), Refused (the exchange's
// own words), or the context's error.
type Reader interface {
	// Market reads the numbers for sale. The query narrows what the exchange
	// is asked for; rows that do not fit it may still come, so the caller
	// filters again.
	Market(ctx context.Context, q MarketQuery, take func([]Offer) error) (Reading, error)
	// Owned reads the numbers that the account has bought.
	Owned(ctx context.Context, q OwnedQuery, take func([]Owned) error) (Reading, error)
}

// MarketQuery is what the exchange itself can filter a market by. The zero
// query asks for everything.
type MarketQuery struct {
	Prefix  string // leading digits, no +
	Type    string // national, mobile, tollfree or unknown; "" = any
	Voice   bool   // true: only numbers with the feature; false: no matter
	SMS     bool
	Fax     bool
	Video   bool
	MaxRows int       // stop after this many rows; 0 = no bound
	Until   time.Time // stop then; zero = when the exchange client's own deadline ends
}

// OwnedQuery is what the exchange itself can filter purchased numbers by.
type OwnedQuery struct {
	Prefix  string    // leading digits, no +
	EachID  bool      // a number that is there under several ids comes once for each
	MaxRows int       // stop after this many rows; 0 = no bound
	Until   time.Time // stop then; zero = when the exchange client's own deadline ends
}

// Reading says what one reading came to.
type Reading struct {
	Rows       int    // rows taken, without repeated ones
	Unreadable int    // rows left out because they could not be understood
	End        bool   // the end was reached
	Complete   bool   // the end was reached and every row was understood
	Reason     string // why not, as a sentence to a person; "" when Complete
	Bounded    bool   // MaxRows alone ended it: reading again would end alike

	// Unread are the digits of rows left out, of those whose number is known, 50
	// at most: of all where there are as many as Unreadable.
	Unread []string
}

// Number is what market and purchased rows have in common. Texts of other
// parties are cleaned (no control or bidirectional characters, length
// capped) but not escaped.
type Number struct {
	ID             string // the exchange's id (i_did); "" where the row has none
	Digits         string // E.164 without +
	Country        string // ISO 3166-1 alpha-2, upper case; "" when not known
	CountryName    string // English name, or the exchange's where Country is ""
	Type           string // national, mobile, tollfree, unknown, or the exchange's own word
	Voice          bool
	SMS            bool
	Fax            bool
	Video          bool
	SetupFee       money.Amount // once; known of what is for sale
	MonthlyFee     money.Amount // per month; likewise
	Price1         money.Amount // per minute in the first interval
	PriceN         money.Amount // per minute in the following intervals
	SMSPrice       money.Amount // per message
	Interval1      *int         // seconds
	IntervalN      *int         // seconds
	Capacity       *int         // simultaneous calls
	Vendor         string
	Description    string
	NeedsDocuments bool // documents must be verified before the number works

	DocumentsUnstated bool // the exchange does not say; NeedsDocuments is false then
}

// Offer is a number for sale. Without an ID it can't be bought.
type Offer struct{ Number }

// Owned is a number that the account has bought.
type Owned struct {
	Number
	VendorID          string // the exchange's id of the seller; "" = not stated
	DocumentsVerified bool
	Contact           string // where calls go
	SMPPContact       string // where messages go; holds a password
	Notes             string
	Status            string    // in the exchange's words, lower case; "" = purchased, or not stated
	BilledTo          time.Time // paid until, UTC; zero when not known
	Since             time.Time // first day paid for, UTC; zero when not known
}
