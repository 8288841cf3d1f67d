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
	// Behind returns the orders whose card does not show what they are, those
	// that changed longest ago first, at most so many: every one that was noted
	// and is not right, whatever became of it; and of those that were not noted,
	// the open ones and those to whose numbers something happened after the
	// entry numbered. Less than 0 leaves out what was not noted.
	Behind(ctx context.Context, after int64, most int) ([]Card, error)
	// Open returns the cards that were posted of orders that are not settled,
	// at most so many.
	Open(ctx context.Context, most int) ([]Card, error)
	// Card returns an order as its card is to show it at the moment, NotFound
	// for none.
	Card(ctx context.Context, id string) (Card, error)
	// Note keeps where the card of an order is to be that was not noted yet.
	// One that was stays as it is.
	Note(ctx context.Context, id, place string) error
	// Keep records what a card shows now, or that it is about to be posted.
	Keep(ctx context.Context, c Card) error
	// Doubt makes a card that was noted count as behind: somebody else may have
	// written it.
	Doubt(ctx context.Context, id string) error
	// Companions returns the orders whose message of the kind does not show what
	// they are, those that changed longest ago first, at most so many: of those
	// noted, the orders that are over or unknown and, if waiting, those that wait
	// for a decision or are scheduled. While an order is carried out it is in
	// none.
	Companions(ctx context.Context, kind Companion, waiting bool, most int) ([]Card, error)
	// Companion returns the message of the kind about an order; its order's only,
	// where none is noted.
	Companion(ctx context.Context, kind Companion, id string) (Card, error)
	// NoteCompanion keeps where a message of the kind about an order is, or is to
	// be, that was not noted yet, and reports whether it did. One that was
	// stays as it is.
	NoteCompanion(ctx context.Context, kind Companion, id, place string) (noted bool, err error)
	// KeepCompanion records what a message of the kind shows now, or that it is
	// about to be posted.
	KeepCompanion(ctx context.Context, kind Companion, c Card) error
	// DoubtCompanions makes the messages of the kind count as behind that are
	// about orders which wait for a decision.
	DoubtCompanions(ctx context.Context, kind Companion) error
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

// ClosedMark returns the reader whose mark is 1 while orders can't be shown
// in the place of a realm where they are decided, else 0. Who shows them keeps
// it; who says where an order is decided reads it.
func ClosedMark(realm string) string { return realm + " closed" }

// Card is an order and the message by which it is shown, or a companion of that.
type Card struct {
	Order    Order
	Question *Question // while it is pending: what who may decide it is asked
	Entry    int64     // the order's last entry: what the card is to show
	Shown    int64     // the order's last entry when the message was written; 0 = it was not, or that is in doubt
	Place    string    // channel; "" = none is noted
	Message  string    // id of the message; "" = none is known
	Tried    bool      // a message may have been posted whose id is not known

	// Requester is who asked for the order, by the id in each realm where that is
	// known: the one it was asked from and those that [[people]] joins to it. Own
	// reports whether that person also had the last word on it.
	Requester map[string]string
	Own       bool

	// While it waits: who is asked to decide it, and to whom it went because
	// nobody did. None is everybody who may decide, and nobody.
	Turn, Later []Called

	Asker map[string]string // who asked its requester back last, like Requester
}

// Companion is a kind of message about an order that stands beside its card.
type Companion string

// The companions.
const (
	RequestNote Companion = "request" // says where it was asked for that it was, and then what became of it
	OutcomeNote Companion = "outcome" // tells who asked for it what became of it
)

// CardStore keeps by which messages orders are shown. It is implemented by
// internal/store. Safe for concurrent use, by several processes.
type CardStore = transaction.Store[CardTx]

// CardTx is what the feed needs of a transaction. Its methods are not safe for
// concurrent use and use the context of the transaction.
type CardTx interface {
	// Order returns the order with the id, or [ErrNone].
	Order(id string) (Record, error)
	// Behind returns the cards of the exchange that do not show what their
	// orders are, least recently changed first: those noted that have no
	// message or were made of an earlier entry than the order's last; and, for
	// an entry of 0 or more, those not noted of orders that are open, or that
	// were carried out or tried after it.
	Behind(exchange string, after int64, most int) ([]CardRow, error)
	// OpenCards returns the cards with a message of the orders of the exchange
	// that are pending, executing, scheduled or unknown.
	OpenCards(exchange string, most int) ([]CardRow, error)
	// Card returns the card of an order, the zero CardRow for one not noted.
	Card(order string) (CardRow, error)
	// NoteCard keeps a card unless its order has one.
	NoteCard(c CardRow) error
	// SaveCard keeps a card in place of the one of its order.
	SaveCard(c CardRow) error
	// DoubtCard makes the card of an order, if there is one, made of no entry.
	DoubtCard(order string) error

	// Companions returns the companions of the kind that were made of an earlier
	// entry than the last of their orders, which are those of the exchange that
	// are not executing and, unless waiting, neither pending nor scheduled.
	Companions(exchange string, kind Companion, waiting bool, most int) ([]CardRow, error)
	// Companion returns the companion of an order, the zero CardRow for one not
	// noted.
	Companion(kind Companion, order string) (CardRow, error)
	// NoteCompanion keeps a companion unless its order has one of the kind, and
	// reports whether it did.
	NoteCompanion(kind Companion, c CardRow) (bool, error)
	// SaveCompanion keeps a companion in place of the one of its order.
	SaveCompanion(kind Companion, c CardRow) error
	// DoubtCompanions makes the companions of pending orders made of no entry.
	DoubtCompanions(exchange string, kind Companion) error
}

// CardRow is where an order is shown by a message that is kept up to date.
type CardRow struct {
	Order   string
	Place   string // channel; "" = none is noted
	Message string // id of the message; "" = none is known
	Shown   int64  // the order's last entry when the message was written
	Tried   bool   // a message may have been posted whose id is not known
}
