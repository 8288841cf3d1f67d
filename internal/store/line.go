package store

import (
	"errors"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
)

const (
	insertLines = `INSERT INTO lines
	(order_id, n, exchange, number, state, holds, reserved, operation, day, due, dialog, look_us,
	decided_us, requester, roles, country, monthly_fee, moved_us) VALUES `
	keepLines = ` ON CONFLICT (order_id, n) DO UPDATE SET exchange = excluded.exchange, number = excluded.number,
	state = excluded.state, holds = excluded.holds, reserved = excluded.reserved, operation = excluded.operation,
	day = excluded.day, due = excluded.due, dialog = excluded.dialog, look_us = excluded.look_us,
	decided_us = excluded.decided_us, requester = excluded.requester, roles = excluded.roles,
	country = excluded.country, monthly_fee = excluded.monthly_fee,
	moved_us = CASE WHEN lines.state = excluded.state THEN lines.moved_us ELSE excluded.moved_us END`
	selectHolder = `SELECT order_id FROM lines WHERE exchange = $1 AND number = $2 AND holds = 1`
	selectDone   = `SELECT 1 FROM lines JOIN orders ON id = order_id
	WHERE lines.exchange = $1 AND number = $2 AND lines.state IN ('done', 'unknown')
	AND order_id <> $3 AND created_us >= $4 LIMIT 1`
	selectHistory = `SELECT order_id, operation, lines.state FROM lines JOIN orders ON id = order_id
	WHERE lines.exchange = $1 AND number = $2 AND lines.state IN ('done', 'unknown')
	ORDER BY created_us DESC, order_id DESC`
	selectDay = `SELECT operation, due, dialog, COUNT(*) FROM lines
	WHERE exchange = $1 AND day = $2 AND reserved = 1 GROUP BY operation, due, dialog ORDER BY operation, due, dialog`
)

// ErrHeld is in the chain of the fault by which [order.Tx] refuses a record
// with a line on whose number another open order has one. Nothing of the
// transaction may be kept after it.
var ErrHeld = errors.New("another open order holds the number")

// index keeps what is asked about single lines of an order.
func (t orderTx) index(r order.Record) error {
	for n := range r.Lines {
		err := t.insert("keep order "+r.ID, insertLines, keepLines, [][]any{t.lineRow(r, n)})
		if unique(err) {
			return held(r.Quote.Lines[n].Number, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lineRow is what is kept of line n of an order by itself.
func (t orderTx) lineRow(r order.Record, n int) []any {
	return append(append([]any{r.ID, n}, lineColumns(r, n)...), t.movedAt(r.Lines[n].State))
}

// held is the fault of a line on whose number another open order has one.
func held(number string, cause error) error {
	return fault.New(fault.Conflict, "another open order is about number %s", number).
		WithHint("Look at the open orders.").WithCause(errors.Join(ErrHeld, cause))
}

// lineColumns are what queries look for line n of an order by.
func lineColumns(r order.Record, n int) []any {
	q := r.Quote.Lines[n]
	return append([]any{
		r.Exchange, q.Number, string(r.Lines[n].State), number(r.Holds(n)), number(r.Reserved(n)), r.Tool, r.Day,
		r.Due(n).String(), number(r.Dialog), micros(r.Lines[n].NextLook),
	}, claimColumns(r, n)...)
}

// Holder implements [order.Tx].
func (t orderTx) Holder(exchange, number string) (string, error) {
	var id string
	err := t.one("look for the order that holds a number", []any{&id}, selectHolder, exchange, number)
	return id, err
}

// DoneSince implements [order.Tx].
func (t orderTx) DoneSince(exchange string, numbers []string, since time.Time, but string) (bool, error) {
	for _, n := range numbers {
		var one int
		err := t.one("look for orders of a number", []any{&one}, selectDone, exchange, n, but, micros(since))
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, order.ErrNone) {
			return false, err
		}
	}
	return false, nil
}

// History implements [order.Tx].
func (t orderTx) History(exchange, number string) ([]order.Past, error) {
	var list []order.Past
	var id, operation, state string
	err := t.each("look for orders of a number", []any{&id, &operation, &state}, func() error {
		list = append(list, order.Past{Order: id, Operation: operation, State: order.LineState(state)})
		return nil
	}, selectHistory, exchange, number)
	return list, err
}

// Day implements [order.Tx].
func (t orderTx) Day(exchange, day string) ([]order.Reservation, error) {
	var list []order.Reservation
	var operation, due string
	var dialog int64
	var lines int
	err := t.each("read what counts on a day", []any{&operation, &due, &dialog, &lines}, func() error {
		r := order.Reservation{Operation: operation, Dialog: dialog == 1, Lines: lines}
		if err := r.Due.UnmarshalText([]byte(due)); err != nil {
			return err
		}
		list = append(list, r)
		return nil
	}, selectDay, exchange, day)
	if err != nil {
		return nil, err
	}
	return list, nil
}
