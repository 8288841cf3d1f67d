package store

import (
	"errors"

	"didops/internal/orders"
)

// Since implements [orders.Tx].
func (t *tx) Since(seq int64, most int) ([]orders.Kept, error) {
	var list []orders.Kept
	var k orders.Kept
	err := t.each("read the audit trail", []any{&k.Seq, &k.Text, &k.Hash}, func() error {
		list = append(list, k)
		return nil
	}, selectSince, seq, most)
	return list, err
}

// Behind implements [orders.Tx].
func (t *tx) Behind(exchange string, most int) ([]orders.Card, error) {
	var list []orders.Card
	var c orders.Card
	err := t.each("read the cards of orders", []any{&c.Order, &c.Place, &c.Message, &c.Shown}, func() error {
		list = append(list, c)
		return nil
	}, selectBehind, exchange, most)
	return list, err
}

// SaveCard implements [orders.Tx].
func (t *tx) SaveCard(c orders.Card) error {
	_, err := t.exec("keep the card of an order", upsertCard, c.Order, c.Place, c.Message, c.Shown)
	return err
}

// Mark implements [orders.Tx].
func (t *tx) Mark(reader string) (int64, error) {
	var seq int64
	err := t.one("read how far the trail was read", []any{&seq}, selectMark, reader)
	if errors.Is(err, orders.ErrNone) {
		return 0, nil
	}
	return seq, err
}

// SetMark implements [orders.Tx].
func (t *tx) SetMark(reader string, seq int64) error {
	_, err := t.exec("keep how far the trail was read", upsertMark, reader, seq)
	return err
}
