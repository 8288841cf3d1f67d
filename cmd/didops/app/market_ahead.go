package app

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/config"
	"didops/internal/fault"
	"didops/internal/lease"
	"didops/internal/loglimit"
	"didops/internal/market"
	"didops/internal/market/refresh"
)

// addAhead reads the market ahead for as long as it is served, at one process of
// those that share a store. Nothing that goes wrong with it ends anything else.
func (a *app) addAhead(s *service, c *config.Config) {
	m := a.mirror(c)
	if m == nil || a.kept == nil || c.Market.MaxAge <= 0 { // 0: nothing answers from memory
		return
	}
	ahead := refresh.New(a.refreshing(c, m))
	limit := loglimit.New[string](time.Minute, a.Now)
	warn := func(err error, message string) {
		if limit.Allow(message + err.Error()) {
			log := a.log()
			log.Warn().Err(err).Msg(message)
		}
	}
	runner := &lease.Runner{Store: a.kept.Leases(), Name: "market " + exchangeOf(c), Observe: func(status lease.Status, err error) {
		if err != nil && status != lease.Released {
			warn(err, "whether this process reads the market ahead is not known: the store can't be asked")
		}
	}}
	a.metrics.Market(func(ctx context.Context) (rows, fresh, due int, oldest time.Time, err error) {
		return a.marketStanding(ctx, m, c.Market.MaxAge)
	})
	s.runs = append(s.runs, func(ctx context.Context) error {
		err := runner.Repeat(ctx, func(ctx context.Context) (time.Duration, error) {
			again, err := ahead.Step(ctx)
			if err != nil && ctx.Err() == nil {
				warn(err, "the market is not read ahead: its memory can't be used")
			}
			return again, err
		}, nil)
		if err != nil && ctx.Err() == nil {
			warn(err, "the market is not read ahead any more")
		}
		return nil
	})
}

// refreshing is how the market is read ahead, and synced.
func (a *app) refreshing(c *config.Config, m *market.Mirror) refresh.Config {
	made := refresh.Config{
		Mirror: m, Market: a.reader, MaxAge: c.Market.MaxAge, Now: a.Now, Observe: a.readAhead,
		Trim: func(ctx context.Context) error { return m.Trim(ctx, c.Market.Keep) },
	}
	if !c.Sandbox() {
		made.RowsPerSecond = c.Exchange.RequestsPerSecond * c.Market.Share * float64(c.Exchange.PageSize)
	}
	return made
}

// readAhead counts and logs what became of a reading.
func (a *app) readAhead(got refresh.Result) {
	a.metrics.ReadAhead(got.Rows, got.Changes.New, got.Changes.Changed, got.Changes.Gone, got.Err)
	log := a.log()
	level := zerolog.DebugLevel
	if got.Err != nil {
		level = zerolog.WarnLevel
	}
	log.WithLevel(level).Err(got.Err).Str("part", "+"+got.Part.Query.Prefix).Int("rows", got.Rows).Int("new", got.Changes.New).
		Int("changed", got.Changes.Changed).Int("gone", got.Changes.Gone).Dur("pause", got.Pause).Msg("read ahead")
}

// marketStanding is how the memory stands: rows, those that are young enough to
// answer, parts that are too old, and when the oldest was read.
func (a *app) marketStanding(ctx context.Context, m *market.Mirror, maxAge time.Duration) (rows, fresh, due int, oldest time.Time, err error) {
	var age market.Age
	due = 1 // all of it, where nothing is remembered
	err = m.Look(ctx, func(v *market.View) (err error) {
		age, due, err = refresh.Standing(ctx, v, a.Now().Add(-maxAge))
		return err
	})
	return age.Rows, age.Fresh, due, age.Oldest, err
}

// unremembered is the fault of a memory that can't be used.
func unremembered(where string, err error) error {
	if _, ok := fault.As(err); ok {
		return err
	}
	return fault.New(fault.Unavailable, "what is remembered of the market can't be used in %s", where).
		WithHint("see that it can be read and written and that there is room; it may be deleted at any time").WithCause(err)
}
