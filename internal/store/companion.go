package store

import "didops/internal/order"

const (
	selectCompanions = `SELECT c.order_id, c.place, c.message, c.shown, c.tried
	FROM companions c JOIN orders o ON o.id = c.order_id
	WHERE o.exchange = $1 AND c.kind = $2 AND c.shown < o.entry_seq AND o.state <> 'executing'
		AND (o.state NOT IN ('pending', 'scheduled') OR CAST($3 AS BIGINT) = 1)
	ORDER BY o.entry_seq LIMIT $4`
	selectCompanion = `SELECT order_id, place, message, shown, tried FROM companions WHERE kind = $1 AND order_id = $2`
	insertCompanion = `INSERT INTO companions (kind, order_id, place, message, shown, tried) VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT (kind, order_id) DO `
	noteCompanion   = insertCompanion + `NOTHING`
	upsertCompanion = insertCompanion + `UPDATE SET place = excluded.place, message = excluded.message,
	shown = excluded.shown, tried = excluded.tried`
	doubtCompanions = `UPDATE companions SET shown = 0 WHERE kind = $1
	AND order_id IN (SELECT id FROM orders WHERE exchange = $2 AND state = 'pending')`
)

// Companions implements [order.CardTx].
func (t cardTx) Companions(exchange string, kind order.Companion, waiting bool, most int) ([]order.CardRow, error) {
	return t.cards(selectCompanions, exchange, string(kind), number(waiting), most)
}

// Companion implements [order.CardTx].
func (t cardTx) Companion(kind order.Companion, id string) (order.CardRow, error) {
	list, err := t.cards(selectCompanion, string(kind), id)
	if err != nil || len(list) == 0 {
		return order.CardRow{}, err
	}
	return list[0], nil
}

// NoteCompanion implements [order.CardTx].
func (t cardTx) NoteCompanion(kind order.Companion, c order.CardRow) (bool, error) {
	n, err := t.keepCompanion(noteCompanion, kind, c)
	return n > 0, err
}

// SaveCompanion implements [order.CardTx].
func (t cardTx) SaveCompanion(kind order.Companion, c order.CardRow) error {
	_, err := t.keepCompanion(upsertCompanion, kind, c)
	return err
}

func (t cardTx) keepCompanion(query string, kind order.Companion, c order.CardRow) (int64, error) {
	return t.exec("keep a message about an order", query, string(kind), c.Order, c.Place, c.Message, c.Shown, number(c.Tried))
}

// DoubtCompanions implements [order.CardTx].
func (t cardTx) DoubtCompanions(exchange string, kind order.Companion) error {
	_, err := t.exec("doubt the messages about orders", doubtCompanions, string(kind), exchange)
	return err
}
