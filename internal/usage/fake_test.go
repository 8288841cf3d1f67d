package usage_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"didops/internal/exchange"
	"didops/internal/inventory"
	"didops/internal/usage"
)

var errDown = errors.New("down")

const oneDay = 24 * time.Hour

// record is what a history will tell.
type record struct {
	used  exchange.Used
	shows time.Time
	sms   bool
}

// world is an exchange with an account, and what is kept of it.
type world struct {
	now     time.Time // as it is
	ahead   time.Duration
	records []record
	own     []inventory.Number
	use     map[string]inventory.Use
	read    inventory.Histories

	down      int                // so many readings work before one fails; below 0: none does
	spoilt    map[time.Time]bool // days with a record that can't be understood
	dies      bool               // before anything is kept
	readings  int
	longest   int // records of a part
	withoutAt bool
}

func newWorld() *world {
	return &world{use: map[string]inventory.Use{}, spoilt: map[time.Time]bool{}, down: -1}
}

func (w *world) collector(most int) *usage.Collector {
	return usage.New(usage.Config{Histories: w, Inventory: w, MostRows: most, Now: func() time.Time { return w.now.Add(w.ahead) }})
}

func (w *world) Calls(ctx context.Context, q exchange.HistoryQuery, take func([]exchange.Used) error) (exchange.Reading, error) {
	return w.tell(ctx, q, false, take)
}

func (w *world) Messages(ctx context.Context, q exchange.HistoryQuery, take func([]exchange.Used) error) (exchange.Reading, error) {
	return w.tell(ctx, q, true, take)
}

func (w *world) tell(ctx context.Context, q exchange.HistoryQuery, sms bool, take func([]exchange.Used) error) (exchange.Reading, error) {
	w.readings++
	if err := ctx.Err(); err != nil {
		return exchange.Reading{}, err
	}
	if w.down == 0 {
		return exchange.Reading{}, errDown
	}
	w.down--
	var all []exchange.Used
	for _, r := range w.records {
		if r.sms != sms || r.used.At.Before(q.From) || !r.used.At.Before(q.To) || r.shows.After(w.now) {
			continue
		}
		u := r.used
		if w.withoutAt {
			u.At = time.Time{}
		}
		all = append(all, u)
	}
	got := exchange.Reading{End: true, Complete: true}
	if len(all) > q.MaxRows {
		all, got = all[:q.MaxRows], exchange.Reading{Bounded: true, Reason: "more"}
	}
	for day := range w.spoilt {
		if !sms && day.Before(q.To) && day.Add(oneDay).After(q.From) && got.End {
			got.Complete, got.Reason, got.Unreadable = false, "one row", 1
		}
	}
	got.Rows = len(all)
	w.longest = max(w.longest, len(all))
	for page := range slices.Chunk(all, 3) {
		if err := take(page); err != nil {
			return got, err
		}
	}
	return got, nil
}

func (w *world) Own(context.Context, time.Duration, bool) (inventory.Own, error) {
	list := slices.Clone(w.own)
	for i := range list {
		if u, ok := w.use[list[i].Digits]; ok {
			list[i].Use = &u
		}
	}
	return inventory.Own{Numbers: list}, nil
}

func (w *world) Histories(context.Context) (inventory.Histories, error) { return w.read, nil }

func (w *world) KeepHistories(ctx context.Context, h inventory.Histories) error {
	if w.dies {
		return errDown
	}
	w.read = h
	return ctx.Err()
}

// KeepUse does what [inventory.Service.KeepUse] says.
func (w *world) KeepUse(ctx context.Context, use map[string]inventory.Use) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if w.dies {
		return errDown
	}
	for number, is := range use {
		was, known := w.use[number]
		if known && is.To.Before(was.From) {
			continue
		}
		days := map[time.Time]inventory.Day{}
		for _, d := range is.Days {
			days[d.Date] = d
		}
		last := is.To.Truncate(oneDay)
		if known && !is.From.After(was.To) {
			for _, d := range was.Days {
				switch {
				case d.Date.Before(is.From), d.Date.After(last):
					days[d.Date] = d
				case d.Date.Equal(last) && was.To.After(is.To):
					days[d.Date] = inventory.Day{Date: last, Calls: max(d.Calls, days[last].Calls), Messages: max(d.Messages, days[last].Messages)}
				}
			}
			if was.From.Before(is.From) {
				is.From = was.From
			}
			if was.To.After(is.To) {
				is.To = was.To
			}
		}
		is.Days, is.Calls, is.Messages = slices.Collect(maps.Values(days)), 0, 0
		for _, d := range is.Days {
			is.Calls += d.Calls
			is.Messages += d.Messages
		}
		w.use[number] = is
	}
	return nil
}

// truth is what the histories show of a number on the days of its use.
func (w *world) truth(number string, u inventory.Use) map[time.Time]inventory.Day {
	days := map[time.Time]inventory.Day{}
	for _, r := range w.records {
		date := r.used.At.Truncate(oneDay)
		if r.used.Number != number || date.Before(u.From) || !r.used.At.Before(u.To) || r.shows.After(w.now) {
			continue
		}
		d := days[date]
		d.Date = date
		if r.sms {
			d.Messages++
		} else {
			d.Calls++
		}
		days[date] = d
	}
	return days
}

func byDate(list []inventory.Day) map[time.Time]inventory.Day {
	days := map[time.Time]inventory.Day{}
	for _, d := range list {
		days[d.Date] = d
	}
	return days
}
