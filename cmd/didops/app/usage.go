package app

import (
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/config"
	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/inventory"
	"didops/internal/lease"
	"didops/internal/loglimit"
	"didops/internal/order"
	"didops/internal/request"
	"didops/internal/usage"
	"didops/internal/view"
)

// How often histories are read while it is served: at the latest, and after a
// reading that came to nothing.
const (
	usageEvery = time.Hour
	usageAgain = 5 * time.Minute
)

// How old what was counted may be for who asks for it, and how long they wait for
// it to be counted anew: clients of MCP give up after a minute.
const (
	usageAge    = 24 * time.Hour
	usageWithin = 50 * time.Second
)

// How old what was counted may be when a number is to be given up: where it can be
// counted, and where it can't.
const (
	usageSurely = 15 * time.Minute
	usageLate   = 2 * time.Hour
)

// collector counts what the own numbers are used for; nil where histories are not
// read.
func (a *app) collector(c *config.Config) *usage.Collector {
	if !c.Exchange.Usage {
		return nil
	}
	return usage.New(usage.Config{Histories: a.history, Inventory: a.inventory, Now: a.Now})
}

// used tells orders whether a number that is to be given up was used since, up to
// about now: where nobody has counted of late, in this process or another, it is
// done first. It is nil where histories are not read, so that what they once told
// counts for nothing. It is for the sender, which asks one after another.
func (a *app) used(c *config.Config) order.UsedSince {
	if !c.Exchange.Usage {
		return nil
	}
	var failed time.Time // when counting failed last: not each number waits for it anew
	return func(ctx context.Context, digits string, since time.Time) (used, known bool) {
		log := a.log()
		now := a.Now()
		if wait := now.Sub(failed); wait < 0 || wait >= usageAgain {
			if err := a.counting(ctx, min(usageSurely, max(0, now.Sub(since)))); err != nil {
				failed = a.Now()
				log.Warn().Ctx(ctx).Err(err).Msg("the histories of calls and messages could not be read for a number that is to be given up")
			}
		}
		u, err := a.inventory.UseOf(ctx, digits)
		if err != nil {
			log.Warn().Ctx(ctx).Err(err).Msg("whether a number that is to be given up was used can't be read")
			return false, false
		}
		until := now.Add(-usageLate)
		if since.After(until) {
			until = since
		}
		return u.UsedSince(since, until)
	}
}

// counting has the use counted anew where it is older, within [usageWithin].
func (a *app) counting(ctx context.Context, maxAge time.Duration) error {
	within, cancel := context.WithTimeout(ctx, usageWithin)
	defer cancel()
	return a.usage.Ensure(within, maxAge)
}

// counted has the use of own numbers counted anew where nobody has for a day, for
// who asks for it. What is read before it takes too long is kept, and the next one
// goes on from there. It does nothing where histories are not read.
func (a *app) counted(ctx context.Context) error {
	if a.usage == nil {
		return nil
	}
	within, cancel := context.WithTimeout(ctx, usageWithin)
	defer cancel()
	err := a.usage.Ensure(within, usageAge)
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case within.Err() != nil:
		return fault.New(fault.Unavailable, "the histories of calls and messages take longer to read").WithHint("ask again: it goes on from where it is")
	}
	log := a.log()
	log.Debug().Err(err).Msg("the histories of calls and messages could not be read")
	return err
}

// addUsage has histories read for as long as it is served, at one process of those
// that share a store. Nothing that goes wrong with it ends anything else.
func (a *app) addUsage(s *service, c *config.Config) {
	collector := a.usage
	if collector == nil {
		return
	}
	limit := loglimit.New[string](time.Hour, a.Now)
	warn := func(err error, message string) {
		if limit.Allow(message + err.Error()) {
			log := a.log()
			log.Warn().Err(err).Msg(message)
		}
	}
	runner := &lease.Runner{Store: a.books.Leases(), Name: "usage " + exchangeOf(c), Observe: func(status lease.Status, err error) {
		if err != nil && status != lease.Released {
			warn(err, "whether this process reads the histories is not known: the store can't be asked")
		}
	}}
	s.runs = append(s.runs, func(ctx context.Context) error {
		err := runner.Repeat(request.Background(ctx), func(ctx context.Context) (time.Duration, error) {
			return a.collect(ctx, collector, warn), nil
		}, nil)
		if err != nil && ctx.Err() == nil {
			warn(err, "the histories are not read any more")
		}
		return nil
	})
}

// collect reads once, and returns how soon it is to be done again.
func (a *app) collect(ctx context.Context, collector *usage.Collector, warn func(error, string)) time.Duration {
	got, err := collector.Collect(ctx)
	a.collected(got)
	if err == nil {
		return usageEvery
	}
	if ctx.Err() == nil {
		warn(err, "the histories of calls and messages could not be read")
	}
	return usageAgain
}

// collected logs what a collection came to.
func (a *app) collected(got usage.Result) {
	log := a.log()
	level := zerolog.DebugLevel
	if got.Reason != "" {
		level = zerolog.WarnLevel
	}
	log.WithLevel(level).Int("records", got.Rows).Int("calls", got.Calls).Int("messages", got.Messages).
		Int("numbers", got.Numbers).Int("unknown", got.Unknown).Str("left out", got.Reason).Msg("read the histories")
}

// recordsLooked is the most records of a history that the doctor reads.
const recordsLooked = 5000

// histories reads the last day of both, where they are to be read.
func (e *doctor) histories(ctx context.Context, c *config.Config, reader exchange.Histories) {
	if !c.Exchange.Usage {
		return
	}
	own := e.known(ctx, c)
	e.history("calls", own, func(q exchange.HistoryQuery, take func([]exchange.Used) error) (exchange.Reading, error) {
		return reader.Calls(ctx, q, take)
	})
	e.history("messages", own, func(q exchange.HistoryQuery, take func([]exchange.Used) error) (exchange.Reading, error) {
		return reader.Messages(ctx, q, take)
	})
}

// known returns the digits of the own numbers, as they are kept.
func (e *doctor) known(ctx context.Context, c *config.Config) map[string]bool {
	kept, err := e.store(c)
	if err != nil {
		return nil
	}
	e.books = kept
	made := e.inventoryConfig(c)
	made.Reader, made.Doings = nil, nil
	own, err := inventory.New(made).Own(ctx, 0, false)
	if err != nil {
		return nil
	}
	known := map[string]bool{}
	for _, n := range own.Numbers {
		known[n.Digits] = true
	}
	return known
}

// history says what the last day of one history is like.
func (e *doctor) history(name string, own map[string]bool, read func(exchange.HistoryQuery, func([]exchange.Used) error) (exchange.Reading, error)) {
	now := e.Now().UTC()
	var newest time.Time
	ours, seen := 0, map[string]bool{}
	reading, err := read(exchange.HistoryQuery{From: now.AddDate(0, 0, -1), To: now, MaxRows: recordsLooked}, func(page []exchange.Used) error {
		for _, u := range page {
			if u.At.After(newest) {
				newest = u.At
			}
			if own[u.Number] {
				ours++
				seen[u.Number] = true
			}
		}
		return nil
	})
	if err != nil {
		message, remedy := "an internal error", ""
		if f, ok := fault.As(err); ok {
			message, remedy = f.Message, f.Hint
		}
		e.warn(name, remedy, "the history of %s can't be read, so use stays not known: %s", name, message)
		return
	}
	found := fmt.Sprintf("%s of the last day", view.Plural(reading.Rows, "record"))
	if reading.Bounded {
		found = "more than " + found
	}
	if !newest.IsZero() {
		found += ", the newest of " + newest.Format(time.RFC3339)
	}
	switch {
	case reading.Unreadable > 0:
		e.warn(name, "a day with such records counts for nothing: ask the exchange's support what they are", "%s, and %s that can't be understood", found, view.Plural(reading.Unreadable, "record"))
	case ours > 0:
		e.ok(name, "%s; %s to %s", found, view.Count(ours), view.Plural(len(seen), "own number"))
	case reading.Rows == 0 || len(own) == 0:
		e.ok(name, "%s; until one is to an own number, use is not known", found)
	default:
		e.warn(name, "if that stays so although your numbers are used, the exchange tells of other traffic there: set [exchange] usage = false", "%s, none of them to an own number; until one is, use is not known", found)
	}
}
