package store

import (
	"errors"

	"didops/internal/audit"
	"didops/internal/order"
)

// Since implements [order.Tx].
func (t *tx) Since(seq int64, most int) ([]audit.Kept, error) {
	var list []audit.Kept
	var k audit.Kept
	err := t.each("read the audit trail", []any{&k.Seq, &k.Text, &k.Hash}, func() error {
		list = append(list, k)
		return nil
	}, selectSince, seq, most)
	return list, err
}

// Behind implements [order.Tx].
func (t *tx) Behind(exchange string, most int) ([]order.CardRow, error) {
	var list []order.CardRow
	var c order.CardRow
	err := t.each("read the cards of orders", []any{&c.Order, &c.Place, &c.Message, &c.Shown}, func() error {
		list = append(list, c)
		return nil
	}, selectBehind, exchange, most)
	return list, err
}

// SaveCard implements [order.Tx].
func (t *tx) SaveCard(c order.CardRow) error {
	_, err := t.exec("keep the card of an order", upsertCard, c.Order, c.Place, c.Message, c.Shown)
	return err
}

// Mark implements [order.Tx].
func (t *tx) Mark(reader string) (int64, error) {
	var seq int64
	err := t.one("read how far the trail was read", []any{&seq}, selectMark, reader)
	if errors.Is(err, order.ErrNone) {
		return 0, nil
	}
	return seq, err
}

// SetMark implements [order.Tx].
func (t *tx) SetMark(reader string, seq int64) error {
	_, err := t.exec("keep how far the trail was read", upsertMark, reader, seq)
	return err
}
