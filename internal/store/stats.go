package store

import (
	"time"

	"didops/internal/order"
)

// Stats implements [order.Tx].
func (t *tx) Stats(exchange string, now time.Time) (order.Stats, error) {
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
