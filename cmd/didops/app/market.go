package app

import (
	"path/filepath"
	"time"

	"didops/internal/config"
	"didops/internal/loglimit"
	"didops/internal/market"
)

// marketFile is the memory of the market, in the folder of the state. It may be
// deleted at any time.
const marketFile = "market.db"

// mirror returns the memory of the market; nil where it is off, or has no
// place.
func (a *app) mirror(c *config.Config) *market.Mirror {
	if c.Market.Mirror == config.Off {
		return nil
	}
	dir, err := config.StateDir(a.Getenv)
	if err != nil {
		return nil
	}
	file := market.NewFile(filepath.Join(dir, marketFile), a.log())
	a.opened = append(a.opened, file.Close)
	return market.New(file, market.Config{Scope: exchangeOf(c), Now: a.Now, Hold: a.serves})
}

// forgets logs that the memory of the market is out of order, the same once a
// minute.
func (a *app) forgets() func(error) {
	limit := loglimit.New[string](time.Minute, a.Now)
	return func(err error) {
		if !limit.Allow(err.Error()) {
			return
		}
		log := a.log()
		log.Warn().Err(err).Msg("the memory of the market can't be used; the exchange is asked instead")
	}
}
