package order

import (
	"context"
	"time"

	"didops/internal/audit"
)

// Feed lets a surface show every order by a message that it keeps up to
// date, and announce every transition once, whatever is restarted meanwhile.
// It is implemented by internal/order. Safe for concurrent use, by several
// processes; who holds a [Feed.Lease] is the only one at it.
type Feed interface {
	// Behind returns the orders whose card is missing or older than they are,
	// those that changed longest ago first, at most so many. An order that
	// was over before it had a card gets none.
	Behind(ctx context.Context, most int) ([]Card, error)
	// Keep records what a card shows now.
	Keep(ctx context.Context, p Card) error
	// News returns what happened after the entry numbered, oldest first, at
	// most so many, and the number of the last entry that it covers.
	News(ctx context.Context, after int64, most int) ([]audit.Event, int64, error)
	// Mark returns how far a reader of the news has come, 0 at first.
	Mark(ctx context.Context, reader string) (int64, error)
	// SetMark keeps how far a reader has come.
	SetMark(ctx context.Context, reader string, entry int64) error
	// Head returns the number and the hash of the latest entry of the audit
	// trail; 0 and "" for none.
	Head(ctx context.Context) (int64, string, error)
	// Changed waits until there is an entry after the one numbered, at the
	// longest until ctx ends. It may return early.
	Changed(ctx context.Context, after int64)
	// Lease takes or keeps the lease of that name for so long; false if
	// another process has it.
	Lease(ctx context.Context, name string, long time.Duration) (bool, error)
	// Release gives a lease back.
	Release(ctx context.Context, name string) error
}

// Card is an order and the message by which it is shown.
type Card struct {
	Order    Order
	Question *Question // while it is pending: what who may decide it is asked
	Entry    int64     // the order's last entry: what the card is to show
	Place    string    // channel; "" = there is no message yet
	Message  string    // id of the message
}
