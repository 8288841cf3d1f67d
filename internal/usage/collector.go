package usage

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/inventory"
	"didops/internal/request"
)

const (
	// LookBack is how long before the last reading the next one begins: for as
	// long records may come late.
	LookBack = 72 * time.Hour

	// Reach is how many days back the first reading begins.
	Reach = 90

	// MostRows is how many records one request for a part of a day may bring: as
	// many as the exchange client surely tells apart.
	MostRows = 50_000

	// shortest is the shortest part of a day that is read by itself.
	shortest = time.Minute

	// within is how long the reading of one part may take.
	within = 10 * time.Minute

	oneDay = 24 * time.Hour
)

// Inventory knows the own numbers, and keeps their use and how far it was read. It is implemented by
// [inventory.Service].
type Inventory interface {
	Own(ctx context.Context, maxAge time.Duration, gone bool) (inventory.Own, error)
	KeepUse(ctx context.Context, use map[string]inventory.Use) error
	Histories(ctx context.Context) (inventory.Histories, error)
	KeepHistories(ctx context.Context, h inventory.Histories) error
}

// Config is what a [Collector] needs.
type Config struct {
	Histories exchange.Histories
	Inventory Inventory
	MostRows  int // as [MostRows], which 0 is
	Now       func() time.Time
}

// Collector counts. It is safe for concurrent use, and reads once at a time; of
// several processes one should collect at a time, for the sake of the exchange.
type Collector struct {
	c Config

	busy sync.Mutex
}

// New returns a collector.
func New(c Config) *Collector {
	if c.MostRows == 0 {
		c.MostRows = MostRows
	}
	return &Collector{c: c}
}

// Result is what one collection came to.
type Result struct {
	From     time.Time // the first day that was read
	To       time.Time // the moment up to which it was; the zero time where nothing was
	Calls    int       // to own numbers, in these days
	Messages int       // likewise
	Rows     int       // records of any number
	Numbers  int       // of which use is known now
	Unknown  int       // own numbers of which it is not
	Reason   string    // a day that could not be read whole, and why; "" = there was none
}

// Ensure collects where what is known is older than maxAge, for who asks for it now
// and may give up. It returns the errors of Collect, and is Unavailable while
// another collection is under way, which it does not wait for.
func (c *Collector) Ensure(ctx context.Context, maxAge time.Duration) error {
	if !c.busy.TryLock() {
		return fault.New(fault.Unavailable, "the histories of calls and messages are being read").WithHint("ask again in a minute")
	}
	defer c.busy.Unlock()
	h, err := c.c.Inventory.Histories(ctx)
	if err != nil {
		return err
	}
	if age := c.c.Now().Sub(h.To); !h.To.IsZero() && age >= 0 && age < maxAge {
		return nil
	}
	_, err = c.collect(ctx)
	return err
}

// Collect reads what came since the last time, and keeps it. Errors are those of
// the exchange and of the store; what was read before one, or before ctx is done,
// is kept.
func (c *Collector) Collect(ctx context.Context) (Result, error) {
	c.busy.Lock()
	defer c.busy.Unlock()
	return c.collect(ctx)
}

func (c *Collector) collect(ctx context.Context) (Result, error) {
	own, err := c.c.Inventory.Own(ctx, time.Hour, false)
	if err != nil {
		return Result{}, fmt.Errorf("own numbers: %w", err)
	}
	if len(own.Numbers) == 0 {
		return Result{}, nil
	}
	h, err := c.c.Inventory.Histories(ctx)
	if err != nil {
		return Result{}, fmt.Errorf("how far the histories were read: %w", err)
	}
	for {
		t := newTally(own.Numbers, h)
		if again, err := c.pass(ctx, t, &h); !again || err != nil {
			return t.result, err
		}
	}
}

// pass reads from where histories were read up to, and keeps it. Where they show
// for the first time what use is known by, what was read before told of it too and
// was not kept: nothing is kept but what they have shown, and they are to be read
// again from the beginning.
func (c *Collector) pass(ctx context.Context, t *tally, h *inventory.Histories) (again bool, err error) {
	now := c.c.Now().UTC()
	begins := later(dayOf(now).AddDate(0, 0, -Reach), h.Told)
	first := begins
	if !h.To.IsZero() {
		first = later(begins, dayOf(earlier(h.To, now).Add(-LookBack)))
	}
	days := int(now.Sub(first)/oneDay) + 1
	var read time.Time
	var failed error
	for day := first; failed == nil && day.Before(now); day = day.Add(oneDay) {
		until := earlier(day.Add(oneDay), now)
		if failed = c.day(ctx, t, day, until); failed == nil {
			read = until
		}
		request.Report(ctx, request.Progress{
			Done: int(day.Sub(first)/oneDay) + 1, Total: days, Text: "calls and messages of " + day.Format(time.DateOnly) + " read",
		})
		if !h.Told.IsZero() && first.After(begins) && (t.calls != h.Calls || t.messages != h.Messages) {
			h.To, h.Calls, h.Messages = time.Time{}, t.calls, t.messages
			return true, c.keepHistories(ctx, *h)
		}
	}
	if err := t.keep(context.WithoutCancel(ctx), c.c.Inventory); err != nil {
		return false, fmt.Errorf("keep the use of numbers: %w", err)
	}
	h.Calls, h.Messages = t.calls, t.messages
	if h.Told.IsZero() {
		h.Told = t.result.From
	}
	if !read.IsZero() {
		h.To = later(earlier(h.To, now), read)
	}
	return false, cmp.Or(c.keepHistories(ctx, *h), failed)
}

func (c *Collector) keepHistories(ctx context.Context, h inventory.Histories) error {
	if err := c.c.Inventory.KeepHistories(context.WithoutCancel(ctx), h); err != nil {
		return fmt.Errorf("keep how far the histories were read: %w", err)
	}
	return nil
}

// day reads one day up to a moment. A day that has records that can't be
// understood ends what was counted before; the error is that of a history that
// can't be read.
func (c *Collector) day(ctx context.Context, t *tally, day, until time.Time) error {
	d := newDay(day)
	for _, h := range []struct {
		read  reader
		count map[string]int
	}{{c.c.Histories.Calls, d.calls}, {c.c.Histories.Messages, d.messages}} {
		spoilt, err := c.history(ctx, t, d, h.read, h.count, until)
		if err != nil {
			return err
		}
		if spoilt != "" {
			t.result.Reason = day.Format(time.DateOnly) + ": " + spoilt
			return t.keep(ctx, c.c.Inventory)
		}
	}
	t.add(d, until)
	return nil
}

// history counts what one history says of own numbers on a day.
func (c *Collector) history(ctx context.Context, t *tally, d *day, read reader, count map[string]int, until time.Time) (spoilt string, err error) {
	return c.part(ctx, read, d.begins, until, func(page []exchange.Used) {
		for _, u := range page {
			d.rows++
			if t.has[u.Number] {
				count[u.Number]++
			}
		}
	})
}

// reader reads one of the histories.
type reader func(context.Context, exchange.HistoryQuery, func([]exchange.Used) error) (exchange.Reading, error)

// part reads a span of time whole, in halves where it has too many records, and
// gives its records to count then. Spoilt says why it can't be read whole.
func (c *Collector) part(ctx context.Context, read reader, from, to time.Time, count func([]exchange.Used)) (spoilt string, err error) {
	var all []exchange.Used
	q := exchange.HistoryQuery{From: from, To: to, MaxRows: c.c.MostRows, Until: c.c.Now().Add(within)}
	reading, err := read(ctx, q, func(page []exchange.Used) error {
		all = append(all, page...)
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case reading.Complete:
		count(all)
		return "", nil
	case reading.End:
		return reading.Reason, nil
	case !reading.Bounded:
		return "", fault.New(fault.Unavailable, "a history could not be read whole: %s", reading.Reason).WithHint("it is read again later")
	}
	half := from.Add(to.Sub(from) / 2).Truncate(time.Second)
	if half.Sub(from) < shortest {
		return fmt.Sprintf("more than %d records in a minute", c.c.MostRows), nil
	}
	spoilt, err = c.part(ctx, read, from, half, count)
	if spoilt != "" || err != nil {
		return spoilt, err
	}
	return c.part(ctx, read, half, to, count)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// dayOf returns the beginning of the UTC day of a moment.
func dayOf(t time.Time) time.Time { return t.UTC().Truncate(oneDay) }
