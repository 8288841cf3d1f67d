package store

import (
	"time"

	"didops/internal/order"
)

const (
	selectToNudge = `SELECT id FROM orders
	WHERE exchange = $1 AND nudge_us > 0 AND nudge_us <= $2 ORDER BY nudge_us, id`
	selectNextNudge = `SELECT nudge_us FROM orders
	WHERE exchange = $1 AND nudge_us > 0 ORDER BY nudge_us LIMIT 1`
)

// Nudges returns the store of the orders that somebody is to be reminded of.
func (s *Store) Nudges() order.NudgeStore {
	return domain[order.NudgeTx]{s, func(t *tx) order.NudgeTx { return orderTx{passkeyTx{trailTx{t}}} }}
}

// ToNudge implements [order.NudgeTx].
func (t orderTx) ToNudge(exchange string, at time.Time) ([]string, error) {
	return t.ids("read whom to remind", selectToNudge, exchange, at.UnixMicro())
}

// NextNudge implements [order.NudgeTx].
func (t orderTx) NextNudge(exchange string) (time.Time, error) {
	var us int64
	err := t.one("read when to remind", []any{&us}, selectNextNudge, exchange)
	return moment(us), err
}
