package store

import "context"

// domain is the store as one domain sees it. The domain declares T, the
// interface of its transactions, in a package of its own, and a type of this
// package implements it. So a new domain is
//
//   - a file here with its queries, the type of its transactions, made of *tx,
//     and the accessor of [Store] that returns a domain of it;
//   - a migration for each database;
//
// and nothing of another's. What is to be recorded in the audit trail within
// the transaction embeds trailTx instead of *tx.
type domain[T any] struct {
	s  *Store
	as func(*tx) T
}

// Read implements [transaction.Store]. In fn, writing fails.
func (d domain[T]) Read(ctx context.Context, fn func(T) error) error {
	return d.s.read(ctx, func(t *tx) error { return fn(d.as(t)) })
}

// Write implements [transaction.Store]. It waits up to ten seconds for writers
// of other processes. In fn, neither Write nor Read of the same store may be
// called, by whatever domain. fn runs once.
func (d domain[T]) Write(ctx context.Context, fn func(T) error) error {
	return d.s.write(ctx, func(t *tx) error { return fn(d.as(t)) })
}
