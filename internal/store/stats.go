package store

import (
	"time"

	"didops/internal/order"
)

const (
	countStates  = `SELECT state, COUNT(*), MIN(created_us) FROM orders WHERE exchange = $1 GROUP BY state`
	selectExpiry = `SELECT COALESCE(MIN(due_us), 0) FROM orders
	WHERE exchange = $1 AND state = 'pending' AND due_us > 0`
	countDue = `SELECT COUNT(*), COALESCE(MIN(due_us), 0) FROM orders
	WHERE exchange = $1 AND due_us > 0 AND due_us <= $2`
)

// Stats implements [order.Tx].
func (t orderTx) Stats(exchange string, now time.Time) (order.Stats, error) {
	const what = "count the orders"
	s := order.Stats{Orders: map[order.State]int{}, Oldest: map[order.State]time.Time{}}
	var state string
	var count int
	var us int64
	err := t.each(what, []any{&state, &count, &us}, func() error {
		s.Orders[order.State(state)], s.Oldest[order.State(state)] = count, moment(us)
		return nil
	}, countStates, exchange)
	if err != nil {
		return s, err
	}
	if err := t.one(what, []any{&us}, selectExpiry, exchange); err != nil {
		return s, err
	}
	s.Expires = moment(us)
	err = t.one(what, []any{&s.Due, &us}, countDue, exchange, now.UnixMicro())
	s.Since = moment(us)
	return s, err
}
