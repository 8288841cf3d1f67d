package audit

import (
	"context"

	"didops/internal/proof"
	"didops/internal/transaction"
)

// Appender is what a transaction of any domain embeds whose doings are
// recorded: the entry is kept together with what it tells of, or not at all.
type Appender interface {
	// Append adds an entry to the trail. It sets Seq and Prev, and returns the
	// entry's number and hash.
	Append(e Entry) (seq int64, hash string, err error)
}

// Walker is what a check of the whole trail needs of a transaction.
type Walker interface {
	// Entries calls take with every entry, from the first, and stops at its
	// first error. In take the transaction may not be used.
	Entries(take func(Kept) error) error
	// Nodes returns what is kept of the tree over them; see [proof.Source].
	Nodes(level int, from, to int64) ([]proof.Node, error)
}

// LogTx is what heads and proofs of the trail need of a transaction, which shows
// it as it was at one moment.
type LogTx interface {
	proof.Source
	// Size returns how many entries there are.
	Size() (int64, error)
	// Entry returns the entry with a number, or [transaction.ErrNone].
	Entry(seq int64) (Kept, error)
}

// Tx is a transaction of the trail. Its methods are not safe for concurrent
// use and use the context of the transaction.
type Tx interface {
	Appender
	Walker
	LogTx
	KeyTx
	// KeepNodes keeps nodes of the tree that are not kept yet.
	KeepNodes(list []proof.Node) error
	// Since returns the entries after the one numbered, at most so many.
	Since(seq int64, most int) ([]Kept, error)
	// Mark returns how far a reader of the trail has come, 0 at first.
	Mark(reader string) (int64, error)
	// SetMark keeps how far a reader of the trail has come.
	SetMark(reader string, seq int64) error
}

// Store keeps the trail. It is implemented by internal/store. Safe for
// concurrent use, by several processes.
type Store interface {
	transaction.Store[Tx]
	// Head returns the number of the latest entry, 0 for none. It is cheap:
	// whoever waits asks it some twenty times a second.
	Head(ctx context.Context) (int64, error)
}

// Listener is what a [Store] may be besides: one that tells of changes, so
// that nobody has to ask for them.
type Listener interface {
	// Listen calls news, from one goroutine, as soon as it listens and after
	// each commit, of any process, for each entry that it added to the trail. It
	// returns when ctx ends or it can't listen any more, after which changes may
	// have been missed; where the store never tells, [errors.ErrUnsupported] at once.
	Listen(ctx context.Context, news func(News)) error
}

// News are of an entry that was added. Zero: something may have been, before the
// store was listened to.
type News struct {
	Seq   int64
	Order string // "" = about none
}
