package app

import (
	"didops/internal/config"
	"didops/tools/did"
	reportops "didops/tools/report"
)

// reporting returns what reports on own numbers need.
func (a *app) reporting(c *config.Config, numbers did.Config) reportops.Config {
	return reportops.Config{
		Inventory: a.inventory, Market: did.NewMemory(numbers.Mirror), Exchange: exchangeOf(c), Currency: c.Exchange.Currency,
		Zone: c.Digest.TimeZone, Now: a.Now,
	}
}
