package tools

import (
	"context"
	"time"
)

// Board lets a surface show every order by a message that it keeps up to
// date, and announce every transition once, whatever is restarted meanwhile.
// It is implemented by internal/orders. Safe for concurrent use, by several
// processes; who holds a [Board.Lease] is the only one at it.
type Board interface {
	// Behind returns the orders whose card is missing or older than they are,
	// those that changed longest ago first, at most so many. An order that
	// was over before it had a card gets none.
	Behind(ctx context.Context, most int) ([]Posted, error)
	// Keep records what a card shows now.
	Keep(ctx context.Context, p Posted) error
	// News returns what happened after the entry numbered, oldest first, at
	// most so many, and the number of the last entry that it covers.
	News(ctx context.Context, after int64, most int) ([]News, int64, error)
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

// Posted is an order and the message by which it is shown.
type Posted struct {
	Order   Order
	Entry   int64  // the order's last entry: what the card is to show
	Place   string // channel; "" = there is no message yet
	Message string // id of the message
}

// News is one entry of the audit trail, in words for people.
type News struct {
	Entry int64
	Hash  string
	At    time.Time
	Order string // "" = it is about none
	Event string // requested, approved, sent, settled …
	Text  string // one sentence: who, what, which number, what came of it
}
