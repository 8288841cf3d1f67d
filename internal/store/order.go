package store

import (
	"fmt"

	"didops/internal/order"
	"didops/internal/transaction"
)

const (
	insertOrder = `INSERT INTO orders
	(id, rev, exchange, kind, state, requester, request_key, created_us, due_us, entry_seq, entry_hash, body)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING`
	updateOrder = `UPDATE orders SET rev = rev + 1, exchange = $3, kind = $4, state = $5, requester = $6,
	request_key = $7, created_us = $8, due_us = $9, entry_seq = $10, entry_hash = $11, body = $12
	WHERE id = $1 AND rev = $2`
	selectOrder       = `SELECT rev, body FROM orders WHERE id = $1`
	ordersOf          = `SELECT id, rev, body FROM orders WHERE exchange = $1`
	latestFirst       = ` ORDER BY created_us DESC, id DESC`
	ordersLatest      = ordersOf + latestFirst + ` LIMIT $2`
	ordersByRequester = ordersOf + ` AND requester = $3` + latestFirst + ` LIMIT $2`
	ordersByState     = ordersOf + ` AND state = $3` + latestFirst + ` LIMIT $2`
	ordersByBoth      = ordersOf + ` AND requester = $3 AND state = $4` + latestFirst + ` LIMIT $2`
	ordersByKey       = ordersOf + ` AND request_key = $2` + latestFirst
	countOpen         = `SELECT COUNT(*) FROM orders
	WHERE exchange = $1 AND requester = $2 AND state IN ('pending', 'executing')`
	selectLasts = `SELECT id, entry_seq, entry_hash FROM orders ORDER BY id`
)

// Orders returns the store of orders.
func (s *Store) Orders() order.Store {
	return domain[order.Tx]{s, func(t *tx) order.Tx { return orderTx{trailTx{t}} }}
}

// Verification returns what the trail is checked by, together with the orders.
func (s *Store) Verification() transaction.Reader[order.VerifyTx] {
	return domain[order.VerifyTx]{s, func(t *tx) order.VerifyTx { return orderTx{trailTx{t}} }}
}

// orderTx is an [order.Tx] and an [order.VerifyTx].
type orderTx struct{ trailTx }

// Order implements [order.Tx].
func (t orderTx) Order(id string) (order.Record, error) {
	var rev int64
	var body string
	if err := t.one("read order "+id, []any{&rev, &body}, selectOrder, id); err != nil {
		return order.Record{}, err
	}
	return record(id, body, rev)
}

// Insert implements [order.Tx]. A line on a number that another order holds
// is a conflict with [ErrHeld].
func (t orderTx) Insert(r order.Record) error { return t.put(r, 1, insertOrder, 1, order.ErrTaken) }

// Save implements [order.Tx]. A line on a number that another order holds is
// a conflict with [ErrHeld].
func (t orderTx) Save(r order.Record) error {
	return t.put(r, r.Rev+1, updateOrder, r.Rev, order.ErrStale)
}

// put keeps the order as revision next by a query about revision rev, or
// returns the error given where that concerns no row.
func (t orderTx) put(r order.Record, next int64, query string, rev int64, none error) error {
	r.Rev = next
	body, err := encode(r)
	if err != nil {
		return err
	}
	n, err := t.exec("keep order "+r.ID, query, append(append([]any{r.ID, rev}, orderColumns(r)...), body)...)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("order %s: %w", r.ID, none)
	}
	return t.index(r)
}

// orderColumns are what queries look for orders by.
func orderColumns(r order.Record) []any {
	return []any{
		r.Exchange, r.Kind, string(r.State()), r.Requester.String(), r.Key, micros(r.Created), due(r), r.Entry, r.EntryHash,
	}
}

// Orders implements [order.Tx].
func (t orderTx) Orders(f order.Filter) ([]order.Record, error) {
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
func (t orderTx) Requests(exchange, key string) ([]order.Record, error) {
	return t.orders(ordersByKey, exchange, key)
}

func (t orderTx) orders(query string, args ...any) ([]order.Record, error) {
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
func (t orderTx) CountOpen(exchange, requester string) (int, error) {
	var n int
	err := t.one("count open orders", []any{&n}, countOpen, exchange, requester)
	return n, err
}

// Lasts implements [order.VerifyTx]. take may not use the transaction.
func (t orderTx) Lasts(take func(id string, seq int64, hash string) error) error {
	var id, hash string
	var seq int64
	return t.each("read orders", []any{&id, &seq, &hash}, func() error { return take(id, seq, hash) }, selectLasts)
}
