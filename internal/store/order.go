package store

import (
	"errors"
	"fmt"

	"didops/internal/fault"
	"didops/internal/order"
)

// ErrHeld is in the chain of the fault by which [order.Tx] refuses a record
// with a line on whose number another open order has one. Nothing of the
// transaction may be kept after it.
var ErrHeld = errors.New("another open order holds the number")

// Order implements [order.Tx].
func (t *tx) Order(id string) (order.Record, error) {
	var rev int64
	var body string
	if err := t.one("read order "+id, []any{&rev, &body}, selectOrder, id); err != nil {
		return order.Record{}, err
	}
	return record(id, body, rev)
}

// Insert implements [order.Tx]. A line on a number that another order holds
// is a conflict with [ErrHeld].
func (t *tx) Insert(r order.Record) error { return t.put(r, 1, insertOrder, 1, order.ErrTaken) }

// Save implements [order.Tx]. A line on a number that another order holds is
// a conflict with [ErrHeld].
func (t *tx) Save(r order.Record) error {
	return t.put(r, r.Rev+1, updateOrder, r.Rev, order.ErrStale)
}

// put keeps the order as revision next by a query about revision rev, or
// returns the error given where that concerns no row.
func (t *tx) put(r order.Record, next int64, query string, rev int64, none error) error {
	r.Rev = next
	body, err := encode(r)
	if err != nil {
		return err
	}
	n, err := t.exec("keep order "+r.ID, query, r.ID, rev, r.Exchange, r.Kind, string(r.State()), r.Requester.String(),
		r.Key, micros(r.Created), due(r), r.Entry, r.EntryHash, body)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("order %s: %w", r.ID, none)
	}
	return t.index(r)
}

// index keeps what is asked about single lines of an order.
func (t *tx) index(r order.Record) error {
	for n, l := range r.Lines {
		q := r.Quote.Lines[n]
		_, err := t.exec("keep order "+r.ID, upsertLine, r.ID, n, r.Exchange, q.Number, string(l.State),
			number(r.Holds(n)), number(r.Reserved(n)), r.Kind, r.Day, q.DueNow.String(), number(r.Dialog), micros(l.NextLook))
		if unique(err) {
			return fault.New(fault.Conflict, "another open order is about number %s", q.Number).
				WithHint("Look at the open orders.").WithCause(errors.Join(ErrHeld, err))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Orders implements [order.Tx].
func (t *tx) Orders(f order.Filter) ([]order.Record, error) {
	limit := f.Limit
	if limit == 0 {
		limit = 100
	}
	switch {
	case f.Requester != "" && f.State != "":
		return t.orders(ordersByBoth, f.Exchange, limit, f.Requester, string(f.State))
	case f.Requester != "":
		return t.orders(ordersByRequester, f.Exchange, limit, f.Requester)
	case f.State != "":
		return t.orders(ordersByState, f.Exchange, limit, string(f.State))
	}
	return t.orders(ordersLatest, f.Exchange, limit)
}

// Requests implements [order.Tx].
func (t *tx) Requests(exchange, key string) ([]order.Record, error) {
	return t.orders(ordersByKey, exchange, key)
}

func (t *tx) orders(query string, args ...any) ([]order.Record, error) {
	var list []order.Record
	var id, body string
	var rev int64
	err := t.each("read orders", []any{&id, &rev, &body}, func() error {
		r, err := record(id, body, rev)
		list = append(list, r)
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return list, nil
}

// CountOpen implements [order.Tx].
func (t *tx) CountOpen(exchange, requester string) (int, error) {
	var n int
	err := t.one("count open orders", []any{&n}, countOpen, exchange, requester)
	return n, err
}

// Lasts implements [order.Tx]. take may not use the transaction.
func (t *tx) Lasts(take func(id string, seq int64, hash string) error) error {
	var id, hash string
	var seq int64
	return t.each("read orders", []any{&id, &seq, &hash}, func() error { return take(id, seq, hash) }, selectLasts)
}
