package store

import "didops/internal/order"

const (
	cardColumns  = `o.id, COALESCE(c.place, ''), COALESCE(c.message, ''), COALESCE(c.shown, 0), COALESCE(c.tried, 0)`
	selectBehind = `SELECT ` + cardColumns + `
	FROM orders o LEFT JOIN cards c ON c.order_id = o.id
	WHERE o.exchange = $1 AND (c.shown < o.entry_seq OR c.message = ''
		OR c.shown IS NULL AND CAST($2 AS BIGINT) >= 0 AND (o.state IN ('pending', 'executing', 'scheduled', 'unknown')
			OR o.entry_seq > CAST($2 AS BIGINT) AND o.state NOT IN ('rejected', 'expired', 'cancelled')))
	ORDER BY o.entry_seq LIMIT $3`
	selectOpenCards = `SELECT ` + cardColumns + `
	FROM orders o JOIN cards c ON c.order_id = o.id
	WHERE o.exchange = $1 AND c.message <> '' AND o.state IN ('pending', 'executing', 'scheduled', 'unknown')
	ORDER BY o.entry_seq LIMIT $2`
	selectCard = `SELECT order_id, place, message, shown, tried FROM cards WHERE order_id = $1`
	insertCard = `INSERT INTO cards (order_id, place, message, shown, tried) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (order_id) DO `
	noteCard   = insertCard + `NOTHING`
	upsertCard = insertCard + `UPDATE SET place = excluded.place, message = excluded.message,
	shown = excluded.shown, tried = excluded.tried`
	doubtCard = `UPDATE cards SET shown = 0 WHERE order_id = $1`
)

// Cards returns the store of the messages by which orders are shown.
func (s *Store) Cards() order.CardStore {
	return domain[order.CardTx]{s, func(t *tx) order.CardTx { return cardTx{orderTx{passkeyTx{trailTx{t}}}} }}
}

// cardTx is an [order.CardTx]: whoever shows orders reads them.
type cardTx struct{ orderTx }

// Behind implements [order.CardTx].
func (t cardTx) Behind(exchange string, after int64, most int) ([]order.CardRow, error) {
	return t.cards(selectBehind, exchange, after, most)
}

// OpenCards implements [order.CardTx].
func (t cardTx) OpenCards(exchange string, most int) ([]order.CardRow, error) {
	return t.cards(selectOpenCards, exchange, most)
}

// Card implements [order.CardTx].
func (t cardTx) Card(id string) (order.CardRow, error) {
	list, err := t.cards(selectCard, id)
	if err != nil || len(list) == 0 {
		return order.CardRow{}, err
	}
	return list[0], nil
}

func (t cardTx) cards(query string, args ...any) ([]order.CardRow, error) {
	var list []order.CardRow
	var c order.CardRow
	var tried int64
	err := t.each("read the cards of orders", []any{&c.Order, &c.Place, &c.Message, &c.Shown, &tried}, func() error {
		c.Tried = tried == 1
		list = append(list, c)
		return nil
	}, query, args...)
	return list, err
}

// NoteCard implements [order.CardTx].
func (t cardTx) NoteCard(c order.CardRow) error { return t.keepCard(noteCard, c) }

// SaveCard implements [order.CardTx].
func (t cardTx) SaveCard(c order.CardRow) error { return t.keepCard(upsertCard, c) }

func (t cardTx) keepCard(query string, c order.CardRow) error {
	_, err := t.exec("keep the card of an order", query, c.Order, c.Place, c.Message, c.Shown, number(c.Tried))
	return err
}

// DoubtCard implements [order.CardTx].
func (t cardTx) DoubtCard(id string) error {
	_, err := t.exec("doubt the card of an order", doubtCard, id)
	return err
}
