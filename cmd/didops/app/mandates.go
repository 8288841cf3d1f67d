package app

import (
	"context"

	"didops/internal/config"
	"didops/internal/identity"
	"didops/internal/mandate"
	"didops/internal/mandate/buyer"
	"didops/tools/did"
	mandateops "didops/tools/mandate"
)

// mandating returns what the operations on mandates need. The engine and its store
// are there once the first of them is called.
func (a *app) mandating(c *config.Config, numbers did.Config) (mandateops.Config, error) {
	standing, err := did.Standings(numbers)
	return mandateops.Config{
		Mandates: func() mandateops.Service { return a.engine },
		Store:    func() mandate.Store { return a.books.Mandates() },
		Exchange: exchangeOf(c), Currency: c.Exchange.Currency, Standing: standing, Now: a.Now,
		Watches: func(ctx context.Context, by identity.Caller) []string {
			var names []string
			for _, w := range a.watches.Names(ctx, by) {
				names = append(names, w.Name)
			}
			return names
		},
	}, err
}

// mandated returns what a mandate says of account and routing.
func (a *app) mandated(ctx context.Context, name string, by identity.Caller) (map[string]string, error) {
	return a.engine.MandateRouting(ctx, name, by)
}

// addMandates has bought by mandates what watches find.
func (a *app) addMandates(c *config.Config, s *service) {
	b := buyer.New(buyer.Config{
		Orders: a.engine, Watches: a.watches, Store: a.books.Mandates(), Leases: a.books.Leases(), Exchange: exchangeOf(c),
		Now: a.Now, Log: a.ordersLog(),
	})
	s.runs = append(s.runs, b.Run)
}
