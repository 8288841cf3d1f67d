package refresh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/market"
	"didops/internal/request"
)

// MostRows is how many remembered rows a part has at most, unless something else
// is said.
const MostRows = 20_000

const (
	// within ends a reading that does not get on.
	within = 10 * time.Minute
	// Pauses after failures double from the first to the longest.
	firstPause   = 5 * time.Second
	longestPause = 5 * time.Minute
	// longestWait is how long an exchange may ask for.
	longestWait = time.Hour
	// idle is how soon it is looked again whether something is due, at the
	// latest: another process may have been asked, or have thrown the memory away.
	idle = 15 * time.Second
	// trimEvery is how often what is out of date is thrown away.
	trimEvery = 24 * time.Hour
)

// Config is what a [Reader] needs.
type Config struct {
	Mirror *market.Mirror
	Market exchange.Reader
	MaxAge time.Duration // how old a part may be that answers
	// RowsPerSecond is how many rows can be read ahead in a second; 0 = as many
	// as there are. Where the whole market can be kept fresh with that, all of a
	// part is read even if only some of it is asked for.
	RowsPerSecond float64
	Most          int              // remembered rows of a part; 0 = [MostRows]
	Now           func() time.Time // the clock; required
	Rand          func() float64   // spreads pauses, in [0,1); nil = math/rand

	// Trim throws away what is out of date, about once a day; nil = nothing is.
	Trim func(context.Context) error
	// Observe is told of every reading that ended; nil = nobody is.
	Observe func(Result)
}

// Result is what became of one reading.
type Result struct {
	Part    market.Part
	Rows    int // that it brought
	Changes market.Changes
	Pause   time.Duration // until the next one, after a failure
	Err     error         // nil where it came to its end, or to the most rows of a part
	Lost    bool          // the memory is at fault
}

// Reader reads ahead. Its Step is for one goroutine.
type Reader struct {
	Config

	failures int
	resume   time.Time            // nothing is read before
	aside    map[string]time.Time // parts that are not read again before
	trimmed  time.Time
	served   bool // the last part was one that somebody asked for, and the market is next
}

// New returns a reader that has read nothing yet.
func New(c Config) *Reader {
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	if c.Observe == nil {
		c.Observe = func(Result) {}
	}
	c.Most = cmp.Or(c.Most, MostRows)
	return &Reader{Config: c, aside: map[string]time.Time{}}
}

// Step reads the part that is next, in the background, and returns when it
// wants to be called again. It reports what became of a reading to Observe; its
// error is one of the memory, or the context's.
func (r *Reader) Step(ctx context.Context) (again time.Duration, err error) {
	now := r.Now()
	if wait := r.resume.Sub(now); wait > 0 && wait <= longestWait+firstPause {
		return wait, nil
	}
	if err := r.Mirror.KeepAsked(ctx); err != nil {
		return 0, fmt.Errorf("keep what was asked for: %w", err)
	}
	if r.Trim != nil && now.Sub(r.trimmed) >= trimEvery {
		if err := r.Trim(ctx); err != nil {
			return 0, fmt.Errorf("trim what is remembered: %w", err)
		}
		r.trimmed = now
	}
	part, ok, err := r.next(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for what is due: %w", err)
	}
	if !ok {
		return idle, nil
	}
	result := r.read(request.Background(ctx), part)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	r.settle(&result)
	r.Observe(result)
	return result.Pause, nil
}

// settle draws from the outcome when what is read next. A part is not read
// again before it would be due, whatever became of it.
func (r *Reader) settle(got *Result) {
	now := r.Now()
	r.aside[key(got.Part.Query)] = now.Add(r.dueAfter())
	if got.Err == nil {
		r.failures, r.resume = 0, time.Time{}
		return
	}
	own := min(firstPause<<min(r.failures, 10), longestPause)
	r.failures++
	got.Pause = own/2 + time.Duration(r.Rand()*float64(own/2))
	if f, ok := fault.As(got.Err); ok && f.RetryAfter > 0 {
		got.Pause = max(got.Pause, min(f.RetryAfter, longestWait)+time.Duration(r.Rand()*float64(firstPause)))
	}
	r.resume = now.Add(got.Pause)
}

// dueAfter is the age at which a part is due.
func (r *Reader) dueAfter() time.Duration { return max(r.MaxAge*2/3, time.Second) }

// next returns the part that is to be read next, and whether there is one.
func (r *Reader) next(ctx context.Context) (best market.Part, ok bool, err error) {
	now := r.Now()
	for k, until := range r.aside {
		if !until.After(now) || until.Sub(now) > r.dueAfter() {
			delete(r.aside, k)
		}
	}
	err = r.Mirror.Look(ctx, func(v *market.View) error {
		questions, err := v.AskedLately(ctx)
		if err != nil {
			return err
		}
		wholly := r.RowsPerSecond == 0 || float64(v.Rows()) <= r.RowsPerSecond*r.dueAfter().Seconds()
		order := append(narrowed(questions, wholly), exchange.MarketQuery{})
		first := 0
		if r.served {
			first = len(order) - 1
		}
		for i := range order {
			at := (first + i) % len(order)
			if best, ok, err = r.oldest(ctx, v, order[at], now); ok || err != nil {
				r.served = ok && at < len(order)-1
				return err
			}
		}
		return nil
	})
	if errors.Is(err, market.ErrNothing) {
		r.aside = map[string]time.Time{}
		return market.Part{}, true, nil // of all of it
	}
	return best, ok, err
}

// narrowed returns what is to be read ahead for questions, in their order. One
// that is narrowed by type or features is read so where that is all that is
// asked of its leading digits, and else, or where wholly is set, without. What is
// within another one, other than the whole market, is read with that.
func narrowed(questions []exchange.MarketQuery, wholly bool) []exchange.MarketQuery {
	var list []exchange.MarketQuery
	for _, q := range questions {
		i := slices.IndexFunc(list, func(o exchange.MarketQuery) bool { return o.Prefix == q.Prefix })
		switch {
		case i >= 0:
			list[i] = exchange.MarketQuery{Prefix: q.Prefix}
		case wholly:
			list = append(list, exchange.MarketQuery{Prefix: q.Prefix})
		default:
			list = append(list, q)
		}
	}
	all := slices.Clone(list)
	return slices.DeleteFunc(list, func(q exchange.MarketQuery) bool {
		return slices.ContainsFunc(all, func(o exchange.MarketQuery) bool { return o.Prefix != "" && o != q && isWithin(q, o) })
	})
}

// isWithin reports whether an answer to another question holds all of that to q.
func isWithin(q, other exchange.MarketQuery) bool {
	rest := q
	rest.Prefix = other.Prefix
	return strings.HasPrefix(q.Prefix, other.Prefix) && (other == rest || other == exchange.MarketQuery{Prefix: other.Prefix})
}

// oldest returns the part of a question that is due for the longest, together
// with what is due soon and fits in.
func (r *Reader) oldest(ctx context.Context, v *market.View, q exchange.MarketQuery, now time.Time) (best market.Part, ok bool, err error) {
	due, err := v.Due(ctx, q, now.Add(-r.dueAfter()), r.Most)
	if err != nil {
		return best, false, err
	}
	due = slices.DeleteFunc(due, func(p market.Part) bool { return r.aside[key(p.Query)].After(now) })
	if len(due) == 0 {
		return best, false, nil
	}
	best = slices.MinFunc(due, func(a, b market.Part) int { return cmp.Or(a.AsOf.Compare(b.AsOf), cmp.Compare(b.Rows, a.Rows)) })
	soon, err := v.Due(ctx, q, now.Add(-r.dueAfter()*3/4), r.Most)
	for _, p := range soon {
		if strings.HasPrefix(best.Query.Prefix, p.Query.Prefix) && !r.aside[key(p.Query)].After(now) {
			best = p
		}
	}
	return best, true, err
}

// key tells parts apart.
func key(q exchange.MarketQuery) string {
	return fmt.Sprint(q.Prefix, q.Type, q.Voice, q.SMS, q.Fax, q.Video)
}

// errBroken is the error of a reading that came to no end.
var errBroken = errors.New("the reading broke off")

// read reads one part into the memory. What a context that ends has brought of a
// part is let go.
func (c *Config) read(ctx context.Context, part market.Part) Result {
	q := part.Query
	q.MaxRows, q.Until = c.Most, c.Now().Add(within)
	if !part.AsOf.IsZero() {
		q.MaxRows = c.Most * 3 / 2 // it may have grown since it was read
	}
	recording := c.Mirror.Record(q)
	result := Result{Part: part}
	reading, err := c.Market.Market(ctx, q, func(page []exchange.Offer) error {
		recording.Take(ctx, page)
		result.Rows += len(page)
		request.Report(ctx, request.Progress{Done: result.Rows, Total: part.Rows})
		return nil
	})
	if err == nil && ctx.Err() == nil {
		result.Changes, err = recording.End(ctx, reading)
		result.Lost = err != nil
	}
	if err == nil && !reading.End && !reading.Bounded {
		err = fmt.Errorf("%w: %s", errBroken, reading.Reason)
	}
	result.Err = cmp.Or(err, ctx.Err())
	return result
}
