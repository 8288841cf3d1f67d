package did

import (
	"context"

	"didops/internal/exchange"
	"didops/internal/fault"
)

// absent is the dealer of a catalogue that only describes.
type absent struct{}

func errAbsent() error { return fault.New(fault.Unavailable, "no exchange is open") }

func (absent) FindOffers(context.Context, string) ([]exchange.Offer, exchange.Reading, error) {
	return nil, exchange.Reading{}, errAbsent()
}

func (absent) FindOwned(context.Context, string) ([]exchange.Owned, exchange.Reading, error) {
	return nil, exchange.Reading{}, errAbsent()
}

func (absent) Purchase(context.Context, exchange.Purchase) error { return errAbsent() }

func (absent) Update(context.Context, exchange.Update) error { return errAbsent() }

func (absent) Unsubscribe(context.Context, string) error { return errAbsent() }
