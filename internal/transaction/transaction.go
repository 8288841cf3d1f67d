// Package transaction is the unit of work as a domain declares it: a domain
// names, as an interface T, what it needs to do within a transaction, and is
// handed a [Store] of T. It sees nothing of what other domains keep beside it,
// and knows no database.
package transaction

import (
	"context"
	"errors"
)

// ErrNone is returned for what is not in the store, and by [Reader.Read] where
// there is no store yet.
var ErrNone = errors.New("not in the store")

// Reader reads by transactions of the type T. It is safe for concurrent use,
// by several processes.
type Reader[T any] interface {
	// Read runs fn on one consistent state. Where there is no store yet it
	// creates none and returns [ErrNone] without calling fn.
	Read(ctx context.Context, fn func(T) error) error
}

// Store reads and writes by transactions of the type T. It is safe for
// concurrent use, by several processes.
type Store[T any] interface {
	Reader[T]
	// Write runs fn in a transaction that no other writer, of any process and
	// any domain, runs beside. When it returns nil, what fn did is on disk; when
	// fn or the commit fails, nothing of it is, but for [didops/internal/fault.UnknownOutcome]:
	// then nobody can tell. fn may run more than once.
	Write(ctx context.Context, fn func(T) error) error
}

// The kinds of work that a store is observed at.
const (
	ReadKind  = "read"  // a transaction that reads
	WriteKind = "write" // one that writes, to its commit
	HeadKind  = "head"  // the question whether something has changed
)
