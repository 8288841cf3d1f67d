package digest

import (
	"context"
	"time"

	"didops/internal/digest/daily"
	"didops/internal/inventory"
	"didops/internal/money"
)

// Sources is where a page has from what it tells. Functions are safe for
// concurrent use; nil ones have nothing.
type Sources struct {
	// Own returns the own numbers as of a look that is young, needed.
	Own func(ctx context.Context) (inventory.Own, error)
	// Changes returns what changed of them, needed.
	Changes func(ctx context.Context, q inventory.Query) ([]inventory.Change, error)
	// Orders returns those that wait for a decision, are scheduled or unknown, and
	// those that ran out of time, or came to nothing after they were scheduled, since
	// a moment.
	Orders func(ctx context.Context, since time.Time) ([]Order, error)
	// Cheaper returns, of some numbers, the cheapest offer of the same kind.
	Cheaper func(ctx context.Context, numbers []inventory.Number) ([]Offer, error)
	// Found returns what watches found since a moment and is still there.
	Found func(ctx context.Context, since time.Time) ([]Hit, error)
	// Mandates returns those that are in force, and others by which something was
	// bought since a moment, each with what was.
	Mandates func(ctx context.Context, since time.Time) ([]Mandate, error)
}

// OrderState is how an order stands that is told of.
type OrderState string

// The states of orders that are told of.
const (
	OrderPending   OrderState = "pending"
	OrderAsked     OrderState = daily.AskedBack // it waits for its requester
	OrderExpired   OrderState = "expired"
	OrderUnknown   OrderState = "unknown"
	OrderScheduled OrderState = "scheduled"
	OrderUnsigned  OrderState = "unsigned" // scheduled, and not sent without a passkey that rules want by now
	OrderKept      OrderState = "kept"     // it was scheduled, and a number of it is still ours
)

// Order is an order that may be told of.
type Order struct {
	ID      string
	Kind    string
	State   OrderState
	Since   time.Time // when it came to stand so
	Due     time.Time // of a scheduled one: when its first number is sent
	Numbers []string  // digits; of a scheduled one those that are still to be sent
	Fee     money.Amount
}

// Offer is a number for sale that costs less than an own one of its kind.
type Offer struct {
	Number string // digits of the own number
	Offer  string // digits of the other
	Fee    money.Amount
}

// Hit is what a watch found.
type Hit struct {
	Key    string // no other hit has it
	Watch  string // its name, the owner's words
	Number string // digits
	Fee    money.Amount
	At     time.Time
}

// Mandate is standing authority to buy.
type Mandate struct {
	ID, Name string
	Until    time.Time
	Ended    bool         // nothing is bought by it any more: it ran out, or was revoked
	Numbers  int          // that may still be bought
	Budget   money.Amount // for these
	Bought   []Bought
}

// Bought is a number that was bought by a mandate.
type Bought struct {
	Order string // id
	Line  int
	Due   money.Amount
	At    time.Time
}
