package app

import (
	"context"
	"path/filepath"
	"time"

	"didops/internal/config"
	"didops/internal/fault"
	"didops/internal/loglimit"
	"didops/internal/market"
)

// marketFile is the memory of the market, in the folder of the state. It may be
// deleted at any time.
const marketFile = "market.db"

// mirror returns the memory of the market, the same for the same exchange; nil
// where it is off, or has no place. It is a file of its own, or in the database
// that several users share.
func (a *app) mirror(c *config.Config) *market.Mirror {
	if c.Market.Mirror == config.Off {
		return nil
	}
	scope := exchangeOf(c)
	if m := a.mirrors[scope]; m != nil {
		return m
	}
	db, err := a.marketDatabase(c)
	if err != nil {
		return nil
	}
	m := market.New(db, market.Config{Scope: scope, Now: a.Now, Hold: a.holds, Keep: c.Market.Keep})
	if a.mirrors == nil {
		a.mirrors = map[string]*market.Mirror{}
	}
	a.mirrors[scope] = m
	return m
}

func (a *app) marketDatabase(c *config.Config) (market.Database, error) {
	if shared(c) {
		kept, err := a.store(c)
		if err != nil {
			return nil, err
		}
		return kept.Memory(), nil
	}
	path, err := a.marketPath()
	if err != nil {
		return nil, err
	}
	file := market.NewFile(path, a.log())
	a.closes(file.Close)
	return file, nil
}

// marketPath is where the file of the memory is.
func (a *app) marketPath() (string, error) {
	dir, err := config.StateDir(a.Getenv)
	if err != nil {
		return "", fault.New(fault.Invalid, "there is no place to remember the market in").
			WithHint("set HOME or XDG_STATE_HOME").WithCause(err)
	}
	return filepath.Join(dir, marketFile), nil
}

// keepAsked keeps what was asked for in this process for those that read ahead.
// It matters too little to be waited for long, or to be told of.
func (a *app) keepAsked(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	for _, m := range a.mirrors {
		if err := m.KeepAsked(ctx); err != nil {
			log := a.log()
			log.Debug().Err(err).Msg("what was asked for is not kept for those that read ahead")
		}
	}
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
