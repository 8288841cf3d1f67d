package store

import "didops/internal/order"

const (
	selectBehind = `SELECT o.id, COALESCE(c.place, ''), COALESCE(c.message, ''), COALESCE(c.shown, 0)
	FROM orders o LEFT JOIN cards c ON c.order_id = o.id
	WHERE o.exchange = $1 AND (c.shown < o.entry_seq
		OR c.shown IS NULL AND o.state IN ('pending', 'executing', 'unknown'))
	ORDER BY o.entry_seq LIMIT $2`
	upsertCard = `INSERT INTO cards (order_id, place, message, shown) VALUES ($1, $2, $3, $4)
	ON CONFLICT (order_id) DO UPDATE SET place = excluded.place, message = excluded.message, shown = excluded.shown`
)

// Cards returns the store of the messages by which orders are shown.
func (s *Store) Cards() order.CardStore {
	return domain[order.CardTx]{s, func(t *tx) order.CardTx { return cardTx{orderTx{trailTx{t}}} }}
}

// cardTx is an [order.CardTx]: whoever shows orders reads them.
type cardTx struct{ orderTx }

// Behind implements [order.CardTx].
func (t cardTx) Behind(exchange string, most int) ([]order.CardRow, error) {
	var list []order.CardRow
	var c order.CardRow
	err := t.each("read the cards of orders", []any{&c.Order, &c.Place, &c.Message, &c.Shown}, func() error {
		list = append(list, c)
		return nil
	}, selectBehind, exchange, most)
	return list, err
}

// SaveCard implements [order.CardTx].
func (t cardTx) SaveCard(c order.CardRow) error {
	_, err := t.exec("keep the card of an order", upsertCard, c.Order, c.Place, c.Message, c.Shown)
	return err
}
