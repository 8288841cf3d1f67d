package store

import (
	"time"

	"didops/internal/orders"
	"didops/tools"
)

// Standing implements [orders.Tx].
func (t *tx) Standing(exchange string, now time.Time) (orders.Standing, error) {
	const what = "count the orders"
	s := orders.Standing{Orders: map[tools.State]int{}, Oldest: map[tools.State]time.Time{}}
	var state string
	var count int
	var us int64
	err := t.each(what, []any{&state, &count, &us}, func() error {
		s.Orders[tools.State(state)], s.Oldest[tools.State(state)] = count, moment(us)
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
