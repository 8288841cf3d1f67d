package order

import (
	"context"
	"time"

	"didops/internal/transaction"
)

// DoingsTx is what knowing what orders did to numbers needs of a transaction. It
// is not safe for concurrent use.
type DoingsTx interface {
	// Doings returns the lines of the exchange that came to be sent, done or
	// unknown at or after a moment and are so still, in the order in which they
	// did, with their terms. Those of an order that can't be read have none.
	Doings(exchange string, since time.Time) ([]Doing, error)
}

// DoingsStore reads what orders did. It is implemented by internal/store. Safe
// for concurrent use, by several processes.
type DoingsStore = transaction.Reader[DoingsTx]

// Doing is what an order did to a number, may have done, or is doing.
type Doing struct {
	Number    string // digits
	Order     string // id
	Operation string // did_purchase …
	Kind      string // purchase, unsubscribe, update
	State     LineState
	At        time.Time // when it came to stand so
	Terms     []Fact    // what was asked of the exchange and of us
}

// Term returns the value of a term, "" where there is none.
func (d *Doing) Term(name string) string { return find(d.Terms, name).Value }

// Doings returns what orders of this exchange, of whatever process on the store,
// did to numbers since a moment, oldest first. It is one read of the store, by an
// index; where there is no store there is nothing. Errors are those of the store.
func (e *Engine) Doings(ctx context.Context, since time.Time) ([]Doing, error) {
	if e.Config.Doings == nil {
		return nil, nil
	}
	var list []Doing
	err := present(e.Config.Doings.Read(ctx, func(tx DoingsTx) (err error) {
		list, err = tx.Doings(e.Exchange, since)
		return err
	}))
	for i := range list {
		if h, known := e.handlers[list[i].Operation]; known {
			list[i].Kind = h.Kind
		}
	}
	return list, err
}
