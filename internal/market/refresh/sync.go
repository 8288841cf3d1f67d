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
		next, err := c.pending(ctx, questions, since, tried)
		if err != nil || next.parts == 0 {
			return done, err
		}
		part := next.first
		got := c.read(c.told(ctx, done, next), part)
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
		done.Changes.Add(got.Changes)
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

// left is what of a sync is left.
type left struct {
	first market.Part
	parts int
	rows  int  // remembered of them
	known bool // each of them was read before, so that the rows are about those
}

// told has the progress of one part told as that of all: by rows where it is
// known about how many there are.
func (c *Config) told(ctx context.Context, done Synced, l left) context.Context {
	return request.WithProgress(ctx, func(p request.Progress) {
		total := 0
		if l.known {
			total = done.Rows + max(l.rows, p.Done)
		}
		request.Report(ctx, request.Progress{
			Done: done.Rows + p.Done, Total: total,
			Text: fmt.Sprintf("%s numbers read, %s of about %s", view.Count(done.Rows+p.Done), view.Count(done.Parts+1), view.Plural(done.Parts+l.parts, "part")),
		})
	})
}

// pending returns what is due and was not tried.
func (c *Config) pending(ctx context.Context, questions []exchange.MarketQuery, since time.Time, tried map[string]bool) (left, error) {
	l := left{known: true}
	err := c.Mirror.Look(ctx, func(v *market.View) error {
		for _, q := range questions {
			due, err := v.Due(ctx, q, since, c.Most)
			if err != nil {
				return err
			}
			for _, p := range due {
				if !tried[key(p.Query)] {
					l.add(p)
				}
			}
		}
		return nil
	})
	if !errors.Is(err, market.ErrNothing) {
		return l, err
	}
	for _, q := range questions {
		if !tried[key(q)] {
			l.add(market.Part{Query: q})
		}
	}
	return l, nil
}

func (l *left) add(p market.Part) {
	if l.parts == 0 {
		l.first = p
	}
	l.parts++
	l.rows += p.Rows
	l.known = l.known && !p.AsOf.IsZero()
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
