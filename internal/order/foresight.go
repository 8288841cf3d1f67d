package order

import (
	"context"
	"time"

	"didops/internal/request"
	"didops/internal/risk"
)

// Foresight is what a transaction is going to ask of the store, as far as that is
// known before it begins. It changes nothing but how long that takes: what is asked
// and was not foreseen is answered as well, and what is foreseen need not be asked.
type Foresight struct {
	Exchange  string
	Due       time.Time // for Tx.Due; zero = not
	Orders    []string  // ids, for Tx.Order
	Request   string    // a request key, for Tx.Requests; "" = not
	Held      []string  // numbers, for Tx.Holder
	Past      []string  // numbers, for Tx.History
	Day       string    // for Tx.Day; "" = not
	Requester string    // surface:id, for Tx.Requesters and Tx.CountOpen; "" = not

	// Joins says that a write may be committed together with others like it, whose
	// changes it sees before they are committed. Nothing that it reads is remembered
	// longer than the transaction, unless that is committed.
	Joins bool
}

// Foreseer is what a [Store] may be besides: one on a server, which answers what is
// foreseen together with the beginning of a transaction.
type Foreseer interface {
	// ReadForeseen is Read.
	ReadForeseen(ctx context.Context, f Foresight, fn func(Tx) error) error
	// WriteForeseen is Write. What it answers was read when no other writer ran any more.
	WriteForeseen(ctx context.Context, f Foresight, fn func(Tx) error) error
}

// reading runs fn on a consistent state; without a store it is [ErrNone].
func (e *Engine) reading(ctx context.Context, f Foresight, fn func(Tx) error) error {
	f.Exchange = e.Exchange
	read := e.Store.Read
	if s, ok := e.Store.(Foreseer); ok {
		read = func(ctx context.Context, fn func(Tx) error) error { return s.ReadForeseen(ctx, f, fn) }
	}
	return read(ctx, fn)
}

// writing runs fn in a transaction and tells whoever waits.
func (e *Engine) writing(ctx context.Context, f Foresight, fn func(Tx) error) error {
	// What was seen of the trail by who verifies passkeys is remembered at once.
	f.Exchange, f.Joins = e.Exchange, e.Passkeys == nil
	write := e.Store.Write
	if s, ok := e.Store.(Foreseer); ok {
		write = func(ctx context.Context, fn func(Tx) error) error { return s.WriteForeseen(ctx, f, fn) }
	}
	id := request.ID(ctx)
	var about []string
	err := write(ctx, func(tx Tx) error { return fn(traced{tx, id, &about}) })
	e.changes.wrote(err, about...)
	return err
}

// theOrder foresees that an order is read.
func theOrder(id string) Foresight { return Foresight{Orders: []string{normal(id)}} }

// admission foresees what a request is let in by, or answered by. Its key is known
// once it was looked at before.
func (e *Engine) admission(r Record, id IdempotencyKey) Foresight {
	f := Foresight{Request: r.Key, Held: id.Numbers}
	if r.Risk == risk.Spend {
		f.Past = id.Numbers
	}
	if e.Policy().MaxOpenOrders > 0 {
		f.Requester = r.Requester.String()
	}
	return f
}
