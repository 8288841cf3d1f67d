package market

import (
	"context"
	"database/sql"
	"fmt"
	"math/bits"
	"strings"
	"time"
)

// A part of the market is watched on a day on which a reading of it began that
// came to its end. That is kept by question and week for as long as what
// happened to the numbers: a week on which nobody looked is one of which
// nothing is known.

// observe keeps that the reading looked at what it asked for.
func (r *Recording) observe(ctx context.Context, t *sql.Tx) error {
	at := r.started.UnixMicro()
	began := week(at)
	day := (at - began) / (24 * time.Hour).Microseconds()
	_, err := t.ExecContext(ctx, keepWatched, r.m.Scope, r.asked.prefix, r.asked.kind, int64(r.asked.features), began, int64(1)<<day, at)
	if err != nil {
		return fmt.Errorf("keep when a part was looked at: %w", err)
	}
	return nil
}

// watched are the questions that were read to their end, by leading digits,
// with when that was first done.
type watched struct {
	byPrefix map[string][]asking
}

type asking struct {
	question
	first int64 // Unix microseconds
}

func (v *View) watched(ctx context.Context) (*watched, error) {
	w := &watched{byPrefix: map[string][]asking{}}
	err := each(ctx, v.tx, func(rows *sql.Rows) error {
		var a asking
		err := rows.Scan(&a.prefix, &a.kind, &a.features, &a.first)
		w.byPrefix[a.prefix] = append(w.byPrefix[a.prefix], a)
		return err
	}, selectQuestions, v.m.Scope)
	if err != nil {
		return nil, fmt.Errorf("list what was looked at: %w", err)
	}
	return w, nil
}

// before returns whether a row of t would have come by a reading that began
// before a moment.
func (w *watched) before(t *table, at int64) func(int) bool {
	return func(i int) bool {
		text := digitsOf(t.digits[i])
		for n := range len(text) + 1 {
			for _, a := range w.byPrefix[text[:n]] {
				if a.first < at && a.suits(t.flags[i], t.places.keys[t.place[i]].Type) {
					return true
				}
			}
		}
		return false
	}
}

// look is one question as it was read to its end in one week.
type look struct {
	question
	week, first int64
	days        uint8 // a bit for each day on which it was, Monday first
}

func (v *View) looks(ctx context.Context, since int64) ([]look, error) {
	var list []look
	err := each(ctx, v.tx, func(rows *sql.Rows) error {
		var l look
		err := rows.Scan(&l.prefix, &l.kind, &l.features, &l.week, &l.days, &l.first)
		list = append(list, l)
		return err
	}, selectWatched, v.m.Scope, since)
	if err != nil {
		return nil, fmt.Errorf("list when parts were looked at: %w", err)
	}
	return list, nil
}

// sight is how much was seen of a part.
type sight struct {
	days  int   // on how many days all of it was read; of pieces the least
	first int64 // when all of it had been read for the first time, Unix microseconds
}

// seeing returns how much looks saw of all numbers that begin with a prefix.
func seeing(looks []*look, prefix string) sight { return seeingIn(looks, prefix, 0, 0) }

// seeingIn is seeing, of what was seen of all that it is a part of on some days
// already, at first at a moment.
func seeingIn(looks []*look, prefix string, days uint8, first int64) sight {
	var within []*look
	for _, l := range looks {
		switch {
		case strings.HasPrefix(prefix, l.prefix):
			days |= l.days
			if first == 0 || l.first < first {
				first = l.first
			}
		case strings.HasPrefix(l.prefix, prefix):
			within = append(within, l)
		}
	}
	if len(within) == 0 || len(prefix) >= deepest {
		return sight{bits.OnesCount8(days), first}
	}
	whole := sight{days: 7}
	for d := '0'; d <= '9'; d++ {
		if prefix == "" && d == '0' {
			continue // no number begins so (E.164, section 6)
		}
		part := seeingIn(within, prefix+string(d), days, first)
		if part.days == 0 {
			return sight{}
		}
		whole.days, whole.first = min(whole.days, part.days), max(whole.first, part.first)
	}
	return whole
}
