package store

import (
	"time"

	"didops/internal/order"
)

const (
	ordersToLook = ordersOf + ` AND id IN
	(SELECT order_id FROM lines WHERE exchange = $1 AND look_us > $2 AND look_us > 0)`
	selectDue = `SELECT id FROM orders
	WHERE exchange = $1 AND due_us > 0 AND due_us <= $2 ORDER BY created_us, id`
	selectNextDue = `SELECT due_us FROM orders
	WHERE exchange = $1 AND due_us > 0 ORDER BY due_us LIMIT 1`
	selectToSend = `SELECT id FROM orders
	WHERE exchange = $1 AND send_us > 0 AND send_us <= $2 ORDER BY send_us, id`
	selectNextToSend = `SELECT id, send_us FROM orders
	WHERE exchange = $1 AND send_us > 0 ORDER BY send_us, id LIMIT 1`
)

// due returns when something is to be done about an order by itself, as a
// column keeps it: 0 for never.
func due(r order.Record) int64 {
	var first int64
	earliest := func(us int64) {
		if us > 0 && (first == 0 || us < first) {
			first = us
		}
	}
	switch r.Phase {
	case order.PhasePending:
		earliest(max(1, micros(r.Expires)))
	case order.PhaseExecuting:
		earliest(max(1, micros(r.RunnerUntil.Add(order.Grace)))) // nobody runs it: at once
	case order.PhaseScheduled, order.PhaseRejected, order.PhaseExpired, order.PhaseCancelled, order.PhaseOver:
	}
	for _, l := range r.Lines {
		earliest(micros(l.NextLook))
	}
	return first
}

// toSend returns when the first line of a scheduled order is due that waits, as
// a column keeps it: 0 for none.
func toSend(r order.Record) int64 {
	var first int64
	for n, l := range r.Lines {
		us := micros(r.SendFrom(n))
		if r.Phase == order.PhaseScheduled && l.State == order.LineWaiting && (first == 0 || us < first) {
			first = us
		}
	}
	return first
}

// ToSend implements [order.Tx].
func (t orderTx) ToSend(exchange string, at time.Time) ([]string, error) {
	return t.ids("read what is to be sent", selectToSend, exchange, at.UnixMicro())
}

// NextToSend implements [order.Tx].
func (t orderTx) NextToSend(exchange string) (string, time.Time, error) {
	var id string
	var us int64
	err := t.one("read when something is to be sent", []any{&id, &us}, selectNextToSend, exchange)
	return id, moment(us), err
}

// Due implements [order.Tx].
func (t orderTx) Due(exchange string, now time.Time) ([]string, error) {
	return t.ids("read due orders", selectDue, exchange, now.UnixMicro())
}

// ids returns the ids that a query finds.
func (t orderTx) ids(what, query string, args ...any) ([]string, error) {
	var ids []string
	var id string
	err := t.each(what, []any{&id}, func() error {
		ids = append(ids, id)
		return nil
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// NextDue implements [order.Tx].
func (t orderTx) NextDue(exchange string) (time.Time, error) {
	var us int64
	err := t.one("read when an order is due", []any{&us}, selectNextDue, exchange)
	return moment(us), err
}

// Looked implements [order.Tx].
func (t orderTx) Looked(exchange string, now time.Time) error {
	list, err := t.orders(ordersToLook, exchange, now.UnixMicro())
	if err != nil {
		return err
	}
	for _, r := range list {
		for i := range r.Lines {
			if r.Lines[i].NextLook.After(now) {
				r.Lines[i].NextLook = now
			}
		}
		if err := t.Save(r); err != nil {
			return err
		}
	}
	return nil
}
