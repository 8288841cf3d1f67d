package inventory

import (
	"context"
	"errors"
	"slices"
	"time"

	"didops/internal/money"
)

// Month is what the own numbers cost in a calendar month.
type Month struct {
	Begins  time.Time // in the zone that was asked for
	Numbers []Cost    // by digits
}

// Cost is what one number cost a month at the end of a month (of the month
// that is under way: at the last look).
type Cost struct {
	Number     *Number // as it is known now
	MonthlyFee money.Amount
}

// Months returns what own numbers cost in the months from that of since to that
// of the look they are of, oldest first. Months before the first look have none.
// The numbers have to be read with those that went; what a look found since they
// were read does not count.
//
// What counts in a month is what was there at its end, at the fee that it had
// then: a number that came counts from the month in which it came on, one that
// went up to the month before the one in which it went, and a fee that changed
// counts from the month in which it did. A number that came and went within one
// month counts in none. A month ends where the next one begins in the zone,
// whatever its clocks do.
func (s *Service) Months(ctx context.Context, own Own, since time.Time, zone *time.Location) ([]Month, error) {
	switch {
	case own.First.IsZero():
		return nil, nil
	case !own.gone:
		return nil, errors.New("months are asked for of numbers without those that went")
	case since.Before(own.First):
		since = own.First
	}
	var list []Month
	err := s.c.Store.Read(ctx, func(tx Tx) (err error) {
		list, err = newReplay(own.Numbers).months(tx, s.c.Exchange, since.In(zone), own.At.In(zone))
		return damaged(err)
	})
	return list, present(err)
}

// monthOf returns the moment at which the month of a moment begins in its zone,
// and that at which the next one does.
func monthOf(t time.Time) (begins, next time.Time) {
	y, m, _ := t.Date()
	return midnight(y, m, t.Location()), midnight(y, m+1, t.Location())
}

// midnight returns the first moment of the first day of a month. Where clocks are
// put on at midnight, the day begins at one; where they are put back to before
// it, the day has begun at the first of two midnights.
func midnight(y int, m time.Month, zone *time.Location) time.Time {
	wall := time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
	var best time.Time
	for _, near := range []time.Time{wall.Add(-36 * time.Hour), wall.Add(36 * time.Hour)} {
		_, offset := near.In(zone).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if t.Day() == 1 && t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 && (best.IsZero() || t.Before(best)) {
			best = t
		}
	}
	if best.IsZero() {
		_, best = wall.Add(-36 * time.Hour).In(zone).ZoneBounds()
	}
	return best.In(zone)
}

// replay is the own numbers at a moment, which goes back.
type replay struct {
	numbers []Number
	at      map[string]int
	there   []bool
	fees    []money.Amount
	read    *reader
}

func newReplay(numbers []Number) *replay {
	r := &replay{numbers: numbers, at: make(map[string]int, len(numbers)), there: make([]bool, len(numbers)), fees: make([]money.Amount, len(numbers)), read: newReader()}
	for i := range numbers {
		n := &numbers[i]
		r.at[n.Digits], r.there[i], r.fees[i] = i, n.Gone.IsZero(), n.MonthlyFee
	}
	return r
}

// months returns the months between two moments, and what was there at the end
// of each. It begins at the second.
func (r *replay) months(tx Tx, exchange string, from, to time.Time) ([]Month, error) {
	var list []Month
	begins, _ := monthOf(to)
	first, _ := monthOf(from)
	if to.Before(first) {
		return nil, nil
	}
	list = append(list, r.month(begins))
	err := tx.Fees(exchange, func(c *Change) error {
		if c.At.After(to) {
			return nil
		}
		for c.At.Before(begins) && begins.After(first) {
			begins = before(begins)
			list = append(list, r.month(begins))
		}
		if c.At.Before(begins) || !begins.After(first) {
			return errEnough
		}
		return r.undo(c)
	})
	if err != nil && err != errEnough { //nolint:errorlint // it is the very one
		return nil, err
	}
	for begins.After(first) {
		begins = before(begins)
		list = append(list, r.month(begins))
	}
	slices.Reverse(list)
	return list, nil
}

// before returns when the month before one begins.
func before(begins time.Time) time.Time {
	begins, _ = monthOf(begins.Add(-time.Nanosecond))
	return begins
}

// month is what is there now, as of the end of a month.
func (r *replay) month(begins time.Time) Month {
	m := Month{Begins: begins}
	for i := range r.numbers {
		if r.there[i] {
			m.Numbers = append(m.Numbers, Cost{&r.numbers[i], r.fees[i]})
		}
	}
	return m
}

// undo goes back to before a change.
func (r *replay) undo(c *Change) error {
	i, ok := r.at[c.Number]
	if !ok {
		return ErrUnreadable
	}
	switch c.Kind {
	case Came:
		r.there[i] = false
	case Gone:
		r.there[i], r.fees[i] = true, c.MonthlyFee
	case Fee:
		for _, f := range c.Fields {
			if f.Name != monthlyFee {
				continue
			}
			r.fees[i] = r.read.amount(f.From) // not known where it was not stated
		}
	case Verified, Routing, Features, State:
	}
	return r.read.err
}
