package order

import (
	"context"
	"errors"
	"time"

	"didops/internal/fault"
)

// The kinds of work that a store is observed at.
const (
	ReadKind  = "read"  // a transaction that reads
	WriteKind = "write" // one that writes, to its commit
	HeadKind  = "head"  // the question whether something has changed
)

// observed is a store that tells how long its work took, and whether the
// store failed at it.
type observed struct {
	Store
	now  func() time.Time
	tell func(kind string, took time.Duration, failed error)
}

// Read implements [Store].
func (o observed) Read(ctx context.Context, fn func(Tx) error) error {
	return o.timed(ctx, ReadKind, func() error { return o.Store.Read(ctx, fn) })
}

// Write implements [Store].
func (o observed) Write(ctx context.Context, fn func(Tx) error) error {
	return o.timed(ctx, WriteKind, func() error { return o.Store.Write(ctx, fn) })
}

// Head implements [Store].
func (o observed) Head(ctx context.Context) (seq int64, err error) {
	err = o.timed(ctx, HeadKind, func() error {
		seq, err = o.Store.Head(ctx)
		return err
	})
	return seq, err
}

func (o observed) timed(ctx context.Context, kind string, work func() error) error {
	begun := o.now()
	err := work()
	failed := err
	if !ofStore(ctx, err) {
		failed = nil
	}
	o.tell(kind, o.now().Sub(begun), failed)
	return err
}

// ofStore reports whether an error is the store's own: not what a transaction
// found out, and not the end of who asked.
func ofStore(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrNone) || errors.Is(err, errTooLate) {
		return false
	}
	f, coded := fault.As(err)
	return !coded || f.Code == fault.Unavailable || f.Code == fault.Internal
}
