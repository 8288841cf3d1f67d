package store

import (
	"errors"
	"time"

	"didops/internal/order"
)

// Holder implements [order.Tx].
func (t *tx) Holder(exchange, number string) (string, error) {
	var id string
	err := t.one("look for the order that holds a number", []any{&id}, selectHolder, exchange, number)
	return id, err
}

// DoneSince implements [order.Tx].
func (t *tx) DoneSince(exchange string, numbers []string, since time.Time, but string) (bool, error) {
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

// Day implements [order.Tx].
func (t *tx) Day(exchange, day string) ([]order.Reservation, error) {
	var list []order.Reservation
	var kind, due string
	var dialog int64
	err := t.each("read what counts on a day", []any{&kind, &due, &dialog}, func() error {
		r := order.Reservation{Kind: kind, Dialog: dialog == 1}
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
