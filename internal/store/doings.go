package store

import (
	"time"

	"didops/internal/order"
	"didops/internal/transaction"
)

// The lines that did something since a moment, and their orders, each once
// however many lines it has: a body holds the quote of all of them.
const (
	whereDoings  = ` FROM lines WHERE exchange = $1 AND moved_us >= $2 AND moved_us <= $3 AND moved_us > 0`
	selectDoings = `SELECT number, operation, state, moved_us, order_id, n` + whereDoings + ` ORDER BY moved_us, order_id, n`
	selectDoers  = `SELECT id, body FROM orders WHERE id IN (SELECT order_id` + whereDoings + `)`
)

// Doings returns the store of what orders did to numbers.
func (s *Store) Doings() transaction.Reader[order.DoingsTx] {
	return domain[order.DoingsTx]{s, func(t *tx) order.DoingsTx { return doingsTx{t} }}
}

// doingsTx is an [order.DoingsTx].
type doingsTx struct{ *tx }

// Doings implements [order.DoingsTx]. What a clock has kept that was ahead by
// more than clocks may be is left out.
func (t doingsTx) Doings(exchange string, since time.Time) ([]order.Doing, error) {
	args := []any{exchange, micros(since), t.store.clock().Add(clockSlack).UnixMicro()}
	var id, body string
	lines := map[string][]order.Line{} // by order; one that can't be read has none
	err := t.each("read whose orders did something", []any{&id, &body}, func() error {
		r, _ := decode(body)
		lines[id] = r.Quote.Lines
		return nil
	}, selectDoers, args...)
	if err != nil {
		return nil, err
	}
	var list []order.Doing
	var d order.Doing
	var us int64
	var n int
	err = t.each("read what orders did", []any{&d.Number, &d.Operation, &d.State, &us, &d.Order, &n}, func() error {
		d.At, d.Terms = moment(us), nil
		if of := lines[d.Order]; n < len(of) {
			d.Terms = of[n].Terms
		}
		list = append(list, d)
		return nil
	}, selectDoings, args...)
	return list, err
}
