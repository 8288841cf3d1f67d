package store

import (
	"errors"

	"didops/internal/audit"
	"didops/internal/order"
)

// Append implements [order.Tx]. The time of the entry is kept in whole
// microseconds.
func (t *tx) Append(e audit.Entry) (int64, string, error) {
	e.Seq, e.Prev, e.At = 0, "", whole(e.At)
	err := t.one("read the last audit entry", []any{&e.Seq, &e.Prev}, selectLast)
	if err != nil && !errors.Is(err, order.ErrNone) {
		return 0, "", err
	}
	e.Seq++
	text, hash, err := e.Seal()
	if err != nil {
		return 0, "", err
	}
	if _, err := t.exec("keep an audit entry", insertEntry, e.Seq, text, hash); err != nil {
		return 0, "", err
	}
	return e.Seq, hash, nil
}

// Entries implements [order.Tx]. take may not use the transaction.
func (t *tx) Entries(take func(audit.Kept) error) error {
	var k audit.Kept
	return t.each("read the audit trail", []any{&k.Seq, &k.Text, &k.Hash}, func() error { return take(k) }, selectEntries)
}
