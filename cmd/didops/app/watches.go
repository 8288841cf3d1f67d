package app

import (
	"didops/internal/config"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/watch"
	"didops/tools/did"
	watchops "didops/tools/watch"
)

// watching returns what the operations on watches need. It opens nothing until
// there is a watch.
func (a *app) watching(c *config.Config, numbers did.Config) watchops.Config {
	made := watchops.Config{Currency: c.Exchange.Currency, Now: a.Now}
	if numbers.Mirror == nil {
		made.Off = fault.New(fault.Unavailable, "the market is not remembered, so that nothing of it can be watched").
			WithField("market.mirror").WithHint(`set [market] mirror = "on"`)
	}
	made.Refresh = did.Refresher(numbers)
	a.watches = watch.New(watch.Config{
		Store: a.books.Watches(), Leases: a.books.Leases(), Market: watchops.Market(did.NewMemory(numbers.Mirror)), Exchange: exchangeOf(c), Currency: c.Exchange.Currency,
		Place: c.Discord.WatchChannel, Closed: []string{c.Discord.ApprovalsChannel, c.Discord.AuditChannel}, Silent: !c.Discord.Token.IsSet(),
		People: func() []identity.Person { return a.active.Load().Persons() }, Now: a.Now, Log: a.ordersLog(),
	})
	made.Watches = a.watches
	return made
}

// addWatches has the market looked at for watches.
func (a *app) addWatches(s *service) {
	a.metrics.Watches(a.watches.Standing)
	s.runs = append(s.runs, a.watches.Run)
}
