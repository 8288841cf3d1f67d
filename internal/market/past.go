package market

import (
	"context"
	"slices"
	"time"

	"didops/internal/money"
)

// Past is a question to what is kept of the past.
type Past struct {
	// Filter says which numbers are meant, by Prefixes, Place, Where and Seller;
	// nothing else is kept of the past. Numbers that nobody can place are left out.
	Filter
	Type  string    // that Place asks for; "" = any
	Since time.Time // weeks that ended before are left out
}

// Week is one week of numbers that could be bought. It says what readings said:
// what came and went between two of them is not known, and a change has the
// date of the reading that met it.
type Week struct {
	Start    time.Time    // Monday, in UTC
	Days     int          // on how many of its days all that is asked about was read: 1 to 7
	Count    int          // how many there were, at its last reading
	Lowest   money.Amount // fee a month of any that was there during the week; unknown where none has one
	Median   money.Amount // fee a month, at its last reading; of an even count the mean of the middle two
	Came     int          // how many came that were not there, or were of another type or seller
	Went     int          // the reverse
	Repriced int          // how often another monthly or set-up fee was asked for one
}

// Weeks are the past of numbers by week.
type Weeks struct {
	Weeks []Week    // in their order; those in which not all was read are left out
	Since time.Time // when all had been read for the first time, as far as it is kept; zero: not yet
}

// Weeks answers a question about the past, from what is there now backwards
// through what has happened.
func (v *View) Weeks(ctx context.Context, p Past) (Weeks, error) {
	p.past, p.kind = true, p.Type != ""
	if len(p.Prefixes) == 0 {
		p.Prefixes = []string{""}
	}
	seen, since, err := v.seen(ctx, p.Prefixes, question{kind: p.Type})
	if err != nil || since.IsZero() {
		return Weeks{}, err
	}
	out := Weeks{Since: since}
	first := max(week(p.Since.UnixMicro()), week(since.UnixMicro()))
	h := &histogram{}
	if err := v.standing(ctx, &p.Filter, h); err != nil {
		return out, err
	}
	past := map[int64]*turnover{}
	if err := v.turnovers(ctx, &p, first, h, past); err != nil {
		return out, err
	}
	h.rank()
	for at := week(v.m.Now().UnixMicro()); at >= first; at = week(at - 1) {
		t := past[at]
		if days := seen[at].days; days > 0 {
			w := Week{Start: time.UnixMicro(at).UTC(), Days: days, Count: h.all}
			w.Lowest, w.Median = h.lowest(t), h.median()
			if t != nil {
				w.Came, w.Went, w.Repriced = t.came, t.went, t.repriced
			}
			out.Weeks = append(out.Weeks, w)
		}
		h.undo(t)
	}
	slices.Reverse(out.Weeks)
	return out, nil
}

// seen returns how much was seen, by week, of all that readings of a question
// bring of some parts, and since when all of it is known.
func (v *View) seen(ctx context.Context, prefixes []string, q question) (map[int64]sight, time.Time, error) {
	looks, err := v.looks(ctx, 0)
	if err != nil {
		return nil, time.Time{}, err
	}
	var ever []*look
	byWeek := map[int64][]*look{}
	for i := range looks {
		if l := &looks[i]; l.includes(q) && overlapsAny(prefixes, l.prefix) {
			ever = append(ever, l)
			byWeek[l.week] = append(byWeek[l.week], l)
		}
	}
	all := func(of []*look) sight {
		s := sight{days: 7}
		for _, p := range prefixes {
			part := seeing(of, p)
			s.days, s.first = min(s.days, part.days), max(s.first, part.first)
		}
		return s
	}
	s := all(ever)
	if s.days == 0 {
		return nil, time.Time{}, nil
	}
	weeks := map[int64]sight{}
	for at, of := range byWeek {
		weeks[at] = all(of)
	}
	return weeks, time.UnixMicro(s.first).UTC(), nil
}

// standing counts the numbers that are there.
func (v *View) standing(ctx context.Context, f *Filter, h *histogram) error {
	var found Found
	return v.Visit(ctx, f.Prefixes, func(c *Cell) error {
		c.Select(f, &found)
		ids := h.ids(c.amounts.count, c.amounts.text)
		for _, i := range found.Fit {
			if c.Purchasable(i) {
				h.add(ids(int(c.at(colMonthly, i))), 1)
			}
		}
		return nil
	})
}

// turnover is what happened in a week.
type turnover struct {
	came, went, repriced int
	fees                 []int  // by fee: how many more there are at the end than at the beginning
	left                 []bool // by fee: something had it during the week, and has not any more
}

// turnovers sums up what happened since a moment, by week.
func (v *View) turnovers(ctx context.Context, p *Past, since int64, h *histogram, past map[int64]*turnover) error {
	return v.happened(ctx, p.Prefixes, since, func(c *chunk) error {
		s := newSieve(c, &p.Filter)
		ids := h.ids(len(c.amounts.keys), func(i int) string { return c.amounts.keys[i] })
		t := past[c.week]
		if t == nil {
			t = &turnover{}
			past[c.week] = t
		}
		return c.each(func(e *entry) {
			if before, after := s.sides(e); before || after {
				t.add(before, after, e, ids)
			}
		})
	})
}

func (t *turnover) add(before, after bool, e *entry, ids func(int) int) {
	switch {
	case !before:
		t.came++
	case !after:
		t.went++
	case e.old.monthly != e.now.monthly || e.old.setup != e.now.setup:
		t.repriced++
	}
	if before {
		fee := t.room(ids(int(e.old.monthly)))
		t.fees[fee]--
		t.left[fee] = true
	}
	if after {
		t.fees[t.room(ids(int(e.now.monthly)))]++
	}
}

// room makes room for a fee, and returns it.
func (t *turnover) room(fee int) int {
	if more := fee + 1 - len(t.fees); more > 0 {
		t.fees, t.left = append(t.fees, make([]int, more)...), append(t.left, make([]bool, more)...)
	}
	return fee
}

// Low is the lowest fee of some numbers.
type Low struct {
	Fee money.Amount // a month; unknown where there was none
	At  time.Time    // when it was seen last
}

// Lowest returns the lowest monthly fee that a number which fits had since a
// moment and could be bought for, of those that are there and of those that
// are gone or have another fee now. Low.At is the time of the reading that saw
// it last or, where it is not asked any more, of the one that met the change.
// What was before the memory began is not in it: [View.Weeks] says since when
// it knows.
func (v *View) Lowest(ctx context.Context, p Past) (Low, error) {
	p.past, p.kind = true, p.Type != ""
	if len(p.Prefixes) == 0 {
		p.Prefixes = []string{""}
	}
	low, err := v.lowestNow(ctx, &p.Filter)
	if err != nil {
		return low, err
	}
	since := p.Since.UnixMicro()
	err = v.happened(ctx, p.Prefixes, since, func(c *chunk) error {
		s := newSieve(c, &p.Filter)
		fees := make([]money.Amount, len(c.amounts.keys))
		for i, text := range c.amounts.keys {
			fees[i] = amount(text)
		}
		return c.each(func(e *entry) {
			at := c.times.keys[e.at]
			if before, _ := s.sides(e); before && at >= since {
				low.offer(fees[e.old.monthly], at)
			}
		})
	})
	return low, err
}

// lowestNow returns the lowest fee of what is there.
func (v *View) lowestNow(ctx context.Context, f *Filter) (Low, error) {
	var low Low
	var found Found
	err := v.Visit(ctx, f.Prefixes, func(c *Cell) error {
		c.Select(f, &found)
		best := -1
		for _, i := range found.Fit {
			if c.Purchasable(i) && c.MonthlyFee(i).Known() && (best < 0 || c.at(colMonthly, i) < c.at(colMonthly, best)) {
				best = i
			}
		}
		if best < 0 || low.Fee.Known() && c.MonthlyFee(best).Cmp(low.Fee) > 0 {
			return nil
		}
		rest, err := v.cold(ctx, c)
		if err == nil {
			low.offer(c.MonthlyFee(best), rest.seen.at(best))
		}
		return err
	})
	return low, err
}

func (l *Low) offer(fee money.Amount, at int64) {
	when := time.UnixMicro(at).UTC()
	if !fee.Known() {
		return
	}
	if is := fee.Cmp(l.Fee); !l.Fee.Known() || is < 0 || is == 0 && when.After(l.At) {
		l.Fee, l.At = fee, when
	}
}
