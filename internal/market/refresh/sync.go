package refresh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/request"
	"didops/internal/view"
)

// mostFailures is after how many readings that failed one after the other a
// sync gives up.
const mostFailures = 3

// Synced is what a sync came to.
type Synced struct {
	Parts   int // read
	Rows    int // read
	Changes market.Changes
	Failed  int   // parts that could not be read
	Err     error // of the last of those
}

// Sync reads all of these questions that was not read since a moment, at the
// full rate, and tells the progress of ctx ([request.WithProgress]) how far it
// is, in rows. What was read until it ends is remembered. The error is that of
// the memory, the context's, or what stopped it: several parts in a row that
// could not be read.
func Sync(ctx context.Context, c Config, questions []exchange.MarketQuery, since time.Time) (Synced, error) {
	c.Most = cmp.Or(c.Most, MostRows)
	var done Synced
	tried := map[string]bool{}
	for inRow := 0; ; {
		part, left, ok, err := c.pending(ctx, questions, since, tried)
		if err != nil || !ok {
			return done, err
		}
		got := c.read(c.told(ctx, done, left), part)
		switch {
		case ctx.Err() != nil:
			return done, ctx.Err()
		case got.Lost:
			return done, got.Err
		}
		// What was read and is still due would be read for ever: rows that can't be
		// kept, say.
		tried[key(part.Query)] = true
		done.Rows += got.Rows
		done.Changes.New += got.Changes.New
		done.Changes.Changed += got.Changes.Changed
		done.Changes.Gone += got.Changes.Gone
		if got.Err == nil {
			done.Parts++
			inRow = 0
			continue
		}
		done.Failed++
		done.Err = got.Err
		if inRow++; inRow == mostFailures {
			return done, got.Err
		}
	}
}

// told has the progress of one part told as that of all.
func (c *Config) told(ctx context.Context, done Synced, left int) context.Context {
	return request.WithProgress(ctx, func(p request.Progress) {
		total := 0
		if left > 0 {
			total = done.Rows + max(left, p.Done)
		}
		request.Report(ctx, request.Progress{
			Done: done.Rows + p.Done, Total: total,
			Text: fmt.Sprintf("%s numbers read, %s", view.Count(done.Rows+p.Done), view.Plural(done.Parts, "part")),
		})
	})
}

// pending returns the first part that is due and was not tried, and how many
// rows are remembered of all that are.
func (c *Config) pending(ctx context.Context, questions []exchange.MarketQuery, since time.Time, tried map[string]bool) (part market.Part, left int, ok bool, err error) {
	err = c.Mirror.Look(ctx, func(v *market.View) error {
		for _, q := range questions {
			due, err := v.Due(ctx, q, since, c.Most)
			if err != nil {
				return err
			}
			for _, p := range due {
				if tried[key(p.Query)] {
					continue
				}
				if !ok {
					part, ok = p, true
				}
				left += p.Rows
			}
		}
		return nil
	})
	if !errors.Is(err, market.ErrNothing) {
		return part, left, ok, err
	}
	for _, q := range questions {
		if !tried[key(q)] {
			return market.Part{Query: q}, 0, true, nil
		}
	}
	return part, 0, false, nil
}

// Standing is how a memory stands: how old it is, and how many parts of it were
// not read since a moment.
func Standing(ctx context.Context, v *market.View, since time.Time) (market.Age, int, error) {
	age, err := v.Age(ctx, since)
	if err != nil {
		return age, 0, err
	}
	due, err := v.Due(ctx, exchange.MarketQuery{}, since, MostRows)
	return age, len(due), err
}
