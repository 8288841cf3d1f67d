package store

import (
	"errors"

	"didops/internal/inventory"
	"didops/internal/transaction"
)

const (
	selectHistories = `SELECT told_us, to_us, calls, messages FROM own_histories WHERE exchange = $1`
	upsertHistories = `INSERT INTO own_histories (exchange, told_us, to_us, calls, messages) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (exchange) DO UPDATE SET told_us = excluded.told_us, to_us = excluded.to_us, calls = excluded.calls, messages = excluded.messages`
)

// Histories implements [inventory.Tx].
func (t inventoryTx) Histories(exchange string) (inventory.Histories, error) {
	var told, to, calls, messages int64
	err := t.one("read how far the histories were read", []any{&told, &to, &calls, &messages}, selectHistories, exchange)
	if errors.Is(err, transaction.ErrNone) {
		return inventory.Histories{}, nil
	}
	return inventory.Histories{Told: moment(told), To: moment(to), Calls: calls != 0, Messages: messages != 0}, err
}

// SaveHistories implements [inventory.Tx].
func (t inventoryTx) SaveHistories(exchange string, h inventory.Histories) error {
	_, err := t.exec("keep how far the histories were read", upsertHistories, exchange, micros(h.Told), micros(h.To), number(h.Calls), number(h.Messages))
	return err
}
