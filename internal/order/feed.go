package order

import (
	"context"

	"didops/internal/audit"
	"didops/internal/transaction"
)

// Feed lets a surface show every order by a message that it keeps up to
// date, and announce every transition once, whatever is restarted meanwhile.
// It is implemented by internal/order. Safe for concurrent use, by several
// processes: by a lease they agree who of them is at it.
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
}

// Card is an order and the message by which it is shown.
type Card struct {
	Order    Order
	Question *Question // while it is pending: what who may decide it is asked
	Entry    int64     // the order's last entry: what the card is to show
	Place    string    // channel; "" = there is no message yet
	Message  string    // id of the message
}

// CardStore keeps by which messages orders are shown. It is implemented by
// internal/store. Safe for concurrent use, by several processes.
type CardStore = transaction.Store[CardTx]

// CardTx is what the feed needs of a transaction. Its methods are not safe for
// concurrent use and use the context of the transaction.
type CardTx interface {
	// Order returns the order with the id, or [ErrNone].
	Order(id string) (Record, error)
	// Behind returns the cards of the exchange that do not show what their
	// orders are: those of open orders that have none yet, and those made of an
	// earlier entry than the order's last; least recently changed first.
	Behind(exchange string, most int) ([]CardRow, error)
	// SaveCard keeps a card in place of the one of its order.
	SaveCard(c CardRow) error
}

// CardRow is where an order is shown by a message that is kept up to date.
type CardRow struct {
	Order   string
	Place   string // channel; "" = it has no message yet
	Message string // id of the message
	Shown   int64  // the order's last entry when the message was written
}
