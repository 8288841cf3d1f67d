package order

import (
	"context"

	"didops/internal/identity"
)

// About returns the latest orders about a number first, by its digits, of those
// that the caller may see.
func (e *Engine) About(ctx context.Context, by identity.Caller, number string, limit int) ([]Order, error) {
	list := []Order{}
	err := e.read(ctx, func(tx Tx) error {
		list = list[:0]
		records, err := tx.Orders(Filter{Exchange: e.Exchange, Number: number, Limit: mostListed})
		for _, r := range records {
			if e.sees(by, r) && len(list) < limit {
				list = append(list, e.view(e.asOf(r), by.Frontend.Outside()))
			}
		}
		return err
	})
	return list, err
}
