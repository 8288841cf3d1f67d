package store

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"didops/internal/order"
	"didops/internal/receipt"
	"didops/internal/transaction"
)

const (
	insertOrder = `INSERT INTO orders
	(id, rev, exchange, kind, state, requester, request_key, created_us, due_us, send_us, nudge_us, entry_seq, entry_hash, body)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING`
	updateOrder = `UPDATE orders SET rev = rev + 1, exchange = $3, kind = $4, state = $5, requester = $6,
	request_key = $7, created_us = $8, due_us = $9, send_us = $10, nudge_us = $11, entry_seq = $12, entry_hash = $13, body = $14
	WHERE id = $1 AND rev = $2`
	selectOrder       = `SELECT rev, body FROM orders WHERE id = $1`
	ordersOf          = `SELECT id, rev, body FROM orders WHERE exchange = $1`
	latestFirst       = ` ORDER BY created_us DESC, id DESC`
	ordersLatest      = ordersOf + latestFirst + ` LIMIT $2`
	ordersByRequester = ordersOf + ` AND requester = $3` + latestFirst + ` LIMIT $2`
	ordersByState     = ordersOf + ` AND state = $3` + latestFirst + ` LIMIT $2`
	ordersByBoth      = ordersOf + ` AND requester = $3 AND state = $4` + latestFirst + ` LIMIT $2`
	ordersByNumber    = ordersOf + ` AND id IN (SELECT order_id FROM lines WHERE exchange = $1 AND number = $3)` + latestFirst + ` LIMIT $2`
	ordersAsked       = ordersOf + ` AND requester = $2 AND created_us >= $3 AND created_us < $4`
	ordersSince       = ordersOf + ` AND created_us >= $3` + latestFirst + ` LIMIT $2`
	ordersByKey       = ordersOf + ` AND request_key = $2` + latestFirst
	countOpen         = `SELECT COUNT(*) FROM orders
	WHERE exchange = $1 AND requester = $2 AND state IN ('pending', 'executing', 'scheduled') AND kind <> 'drill'`
	// oneKept ends a statement that fails where it keeps no order.
	oneKept     = ` SELECT 1 / COUNT(*) FROM kept`
	selectLasts = `SELECT id, entry_seq, entry_hash FROM orders ORDER BY id`
)

// Orders returns the store of orders.
func (s *Store) Orders() order.Store {
	return orders{domain[order.Tx]{s, func(t *tx) order.Tx { return orderTx{passkeyTx{trailTx{t}}} }}}
}

// Receipts returns what receipts of orders are made of.
func (s *Store) Receipts() transaction.Reader[receipt.Tx] {
	return domain[receipt.Tx]{s, func(t *tx) receipt.Tx { return orderTx{passkeyTx{trailTx{t}}} }}
}

// Verification returns what the trail is checked by, together with the orders.
func (s *Store) Verification() transaction.Reader[order.VerifyTx] {
	return domain[order.VerifyTx]{s, func(t *tx) order.VerifyTx { return orderTx{passkeyTx{trailTx{t}}} }}
}

// orderTx is an [order.Tx] and an [order.VerifyTx].
type orderTx struct{ passkeyTx }

// Order implements [order.Tx].
func (t orderTx) Order(id string) (order.Record, error) {
	var rev int64
	var body string
	err := t.one("read order "+id, []any{&rev, &body}, selectOrder, id)
	if t.kept != nil && (err == nil || errors.Is(err, transaction.ErrNone)) {
		t.kept[id] = rev
	}
	if err != nil {
		return order.Record{}, err
	}
	return t.store.bodies.record(id, body, rev)
}

// Insert implements [order.Tx]. A line on a number that another order holds
// is a conflict with [ErrHeld].
func (t orderTx) Insert(r order.Record) error {
	return t.put(r, 1, t.is(r.ID, 0), insertOrder, 1, order.ErrTaken)
}

// Save implements [order.Tx]. A line on a number that another order holds is
// a conflict with [ErrHeld].
func (t orderTx) Save(r order.Record) error {
	return t.put(r, r.Rev+1, t.joins, updateOrder, r.Rev, order.ErrStale)
}

// is reports whether the transaction has seen that an order is of a revision, which
// nobody else can change before its end; 0 = that there is none.
func (t orderTx) is(id string, rev int64) bool {
	is, known := t.kept[id]
	return known && is == rev
}

// put keeps the order as revision next by a query about revision rev, or
// returns the error given where that concerns no row. Joined says that nothing of the
// transaction is kept then.
func (t orderTx) put(r order.Record, next int64, joined bool, query string, rev int64, none error) error {
	certain := t.is(r.ID, next-1)
	r.Rev = next
	body, err := t.store.bodies.encode(r)
	if err != nil {
		return err
	}
	args := append(append([]any{r.ID, rev}, orderColumns(r)...), body)
	if joined && len(r.Lines) <= rowsAtOnce {
		err = t.joined(r, query, args, certain, none)
	} else {
		err = t.apart(r, query, args, none)
	}
	for n := 0; err == nil && n < len(r.Lines); n++ {
		err = t.use(r, n)
	}
	if err == nil && certain {
		t.kept[r.ID] = next
	}
	if errors.Is(err, order.ErrStale) || errors.Is(err, ErrHeld) {
		t.void = err
	}
	return err
}

// apart keeps an order and its lines by a statement each.
func (t orderTx) apart(r order.Record, query string, args []any, none error) error {
	n, err := t.exec("keep order "+r.ID, query, args...)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("order %s: %w", r.ID, none)
	}
	return t.index(r)
}

// joined keeps an order, its lines and the entries of the trail that wait by one
// statement. Where it concerns no order, nothing of the transaction may be kept: the
// rest was. One that is certain to concern one may wait for the next statement, or for
// the commit.
func (t orderTx) joined(r order.Record, query string, args []any, certain bool, none error) error {
	text := `WITH kept AS (` + query + ` RETURNING 1)`
	var part string
	if len(r.Lines) > 0 {
		rows := make([][]any, len(r.Lines))
		for n := range r.Lines {
			rows[n] = t.lineRow(r, n)
		}
		part, args = values(insertLines, keepLines, args, rows)
		text += `, lined AS (` + part + `)`
	}
	if len(t.await) > 0 && len(t.await) <= rowsAtOnce {
		part, args = values(insertEntries, "", args, t.await)
		text += `, told AS (` + part + `)`
		t.await = nil
	}
	what := "keep order " + r.ID
	means := func(err error) error {
		switch {
		case unique(err):
			return held(r.Quote.Lines[refused(r, err)].Number, err)
		case lonely(err), dividedByZero(err):
			return fmt.Errorf("order %s: %w", r.ID, none)
		}
		return nil
	}
	if certain {
		t.late = append(t.late, change{what: what, query: text + oneKept, args: storable(args), means: means})
		return nil
	}
	var n int
	err := t.one(what, []any{&n}, text+` SELECT COUNT(*) FROM kept`, args...)
	if is := means(err); err != nil && is != nil {
		return is
	}
	if err == nil && n == 0 {
		return fmt.Errorf("order %s: %w", r.ID, none)
	}
	return err
}

// refused returns which line's number another order holds, by what PostgreSQL says
// of the row that a unique index refused: (exchange, number)=(…, 9711).
func refused(r order.Record, err error) int {
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok {
		for n, l := range r.Quote.Lines {
			if strings.Contains(answer.Detail, ", "+l.Number+")") {
				return n
			}
		}
	}
	return 0
}

// orderColumns are what queries look for orders by.
func orderColumns(r order.Record) []any {
	return []any{
		r.Exchange, r.Kind, string(r.State()), r.Requester.String(), r.Key, micros(r.Created), due(r), toSend(r), micros(r.NextNudge()), r.Entry, r.EntryHash,
	}
}

// Orders implements [order.Tx].
func (t orderTx) Orders(f order.Filter) ([]order.Record, error) {
	limit := f.Limit
	if limit == 0 {
		limit = 100
	}
	switch {
	case !f.Since.IsZero():
		return t.orders(ordersSince, f.Exchange, limit, f.Since.UnixMicro())
	case f.Number != "":
		return t.orders(ordersByNumber, f.Exchange, limit, f.Number)
	case f.Requester != "" && f.State != "":
		return t.orders(ordersByBoth, f.Exchange, limit, f.Requester, string(f.State))
	case f.Requester != "":
		return t.orders(ordersByRequester, f.Exchange, limit, f.Requester)
	case f.State != "":
		return t.orders(ordersByState, f.Exchange, limit, string(f.State))
	}
	return t.orders(ordersLatest, f.Exchange, limit)
}

// Asked implements [order.Tx].
func (t orderTx) Asked(exchange, requester string, from, until time.Time) ([]order.Record, error) {
	return t.orders(ordersAsked, exchange, requester, from.UnixMicro(), until.UnixMicro())
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
		r, err := parse(id, body, rev)
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
