package store

import (
	"time"

	"didops/internal/order"
	"didops/internal/transaction"
)

const selectMoved = `SELECT number, operation, state FROM lines
	WHERE exchange = $1 AND moved_us >= $2 AND moved_us <= $3 AND moved_us > 0 ORDER BY moved_us, order_id, n`

// Moves returns the store of what orders moved.
func (s *Store) Moves() transaction.Reader[order.MovesTx] {
	return domain[order.MovesTx]{s, func(t *tx) order.MovesTx { return movesTx{t} }}
}

// movesTx is an [order.MovesTx].
type movesTx struct{ *tx }

// Moved implements [order.MovesTx]. What a clock has kept that was ahead by
// more than clocks may be is left out.
func (t movesTx) Moved(exchange string, since time.Time) ([]order.Move, error) {
	var list []order.Move
	var number, operation, state string
	err := t.each("read what was moved", []any{&number, &operation, &state}, func() error {
		list = append(list, order.Move{Number: number, Operation: operation, State: order.LineState(state)})
		return nil
	}, selectMoved, exchange, micros(since), t.store.clock().Add(clockSlack).UnixMicro())
	return list, err
}

// movedAt is when a line came into a state, for a query: that it is kept now
// tells it of a state that is another than the one before (see keepLines).
func (t orderTx) movedAt(state order.LineState) int64 {
	switch state {
	case order.LineSending, order.LineDone, order.LineUnknown:
		return t.store.clock().UnixMicro()
	case order.LineWaiting, order.LineFailed, order.LineSkipped, order.LineChanged:
	}
	return 0
}
