package inventory

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"
)

// Use is what histories of calls and messages say of a number. Days are UTC.
type Use struct {
	From        time.Time // the first day of which histories were read in full
	To          time.Time // the moment up to which they were
	LastCall    time.Time // day; zero = none since From
	LastMessage time.Time // likewise
	Calls       int       // since From
	Messages    int       // likewise

	// Days are those with use, by their dates. They are given to [Service.KeepUse]
	// and returned by [Service.UseOf]; elsewhere there are none. Where none are given,
	// what was counted counts on the last days.
	Days []Day
}

// Day is the use of a number on a UTC day.
type Day struct {
	Date     time.Time // its midnight
	Calls    int
	Messages int
}

// UseDays is for how many days use is kept.
const UseDays = 400

// Last returns the day of the last call or message; zero = none since From.
func (u *Use) Last() time.Time {
	if u.LastCall.After(u.LastMessage) {
		return u.LastCall
	}
	return u.LastMessage
}

// Idle returns for how many whole days a number has not been used at a moment,
// and whether at least as many: it was never used since its histories are
// known. Of nil ok is false: use not known is never idle.
func (u *Use) Idle(now time.Time) (days int, atLeast, ok bool) {
	if u == nil {
		return 0, false, false
	}
	last := u.Last()
	if last.IsZero() {
		last, atLeast = u.From, true
	}
	// Nothing is known of what came after the last reading.
	until := now
	if u.To.Before(until) {
		until = u.To
	}
	return max(0, int(until.Sub(last)/(24*time.Hour))), atLeast, true
}

// UsedSince reports whether a number was used on the UTC day of a moment or later,
// as far as the histories were read: known is false where they were not read from
// that day on, up to another moment at least, and of nil. A use that they tell of is
// always known.
func (u *Use) UsedSince(t, until time.Time) (used, known bool) {
	if u == nil {
		return false, false
	}
	day := dateOf(t)
	if last := u.Last(); !last.IsZero() && !last.Before(day) {
		return true, true
	}
	return false, !u.From.After(day) && !u.To.Before(until)
}

// useBatch is the use of how many numbers is kept in one transaction.
const useBatch = 500

// KeepUse keeps what histories say of numbers, by digits, in several transactions.
// What is given of a day replaces what was known of it, but for the last day, of
// which more may be known. A reading that does not go on from what is known begins
// anew, because what lies between is not known; one that ends before it is left
// out. Days are kept for [UseDays] days.
func (s *Service) KeepUse(ctx context.Context, use map[string]Use) error {
	for numbers := range slices.Chunk(slices.Sorted(maps.Keys(use)), useBatch) {
		err := s.c.Store.Write(ctx, func(tx Tx) error {
			for _, n := range numbers {
				if err := s.keepUse(tx, n, use[n]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// UseOf returns what is known of a number's use, with its days; nil = nothing.
func (s *Service) UseOf(ctx context.Context, number string) (*Use, error) {
	var u *Use
	err := s.c.Store.Read(ctx, func(tx Tx) (err error) {
		u, err = tx.UseOf(s.c.Exchange, number)
		return err
	})
	return u, present(err)
}

func (s *Service) keepUse(tx Tx, number string, is Use) error {
	was, err := tx.UseOf(s.c.Exchange, number)
	if err != nil {
		return err
	}
	next, ok := is.after(was)
	if !ok {
		return nil
	}
	return tx.SaveUse(s.c.Exchange, number, &next, dateOf(is.From), dateOf(is.To))
}

// dateOf is the midnight with which the UTC day of a moment begins.
func dateOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// after returns what is known with a reading after what was known; not ok where
// that is nothing new.
func (u Use) after(was *Use) (next Use, ok bool) {
	u.From, u.To = dateOf(u.From), u.To.UTC()
	if u.To.Before(u.From) || was != nil && u.To.Before(was.From) {
		return Use{}, false
	}
	days := u.dated()
	if was != nil && !u.From.After(was.To) {
		last, more := dateOf(u.To), was.To.After(u.To)
		for _, d := range was.Days {
			switch {
			case d.Date.Before(u.From), d.Date.After(last):
				days[d.Date] = d
			case d.Date.Equal(last) && more:
				days[d.Date] = Day{d.Date, max(d.Calls, days[d.Date].Calls), max(d.Messages, days[d.Date].Messages)}
			}
		}
		if was.From.Before(u.From) {
			u.From = was.From
		}
		if more {
			u.To = was.To
		}
	}
	if oldest := dateOf(u.To).AddDate(0, 0, 1-UseDays); u.From.Before(oldest) {
		u.From = oldest
	}
	return u.count(days), true
}

// dated returns the days with use, by their dates.
func (u *Use) dated() map[time.Time]Day {
	days := map[time.Time]Day{}
	add := func(date time.Time, calls, messages int) {
		date = dateOf(date)
		d := days[date]
		days[date] = Day{date, d.Calls + max(0, calls), d.Messages + max(0, messages)}
	}
	for _, d := range u.Days {
		add(d.Date, d.Calls, d.Messages)
	}
	if len(u.Days) == 0 && u.Calls > 0 {
		add(u.LastCall, u.Calls, 0)
	}
	if len(u.Days) == 0 && u.Messages > 0 {
		add(u.LastMessage, 0, u.Messages)
	}
	maps.DeleteFunc(days, func(date time.Time, d Day) bool {
		return d.Calls+d.Messages == 0 || date.Before(u.From) || date.After(u.To)
	})
	return days
}

// count returns the use whose days these are.
func (u Use) count(days map[time.Time]Day) Use {
	next := Use{From: u.From, To: u.To}
	for date, d := range days {
		if date.Before(u.From) {
			continue
		}
		next.Days = append(next.Days, d)
		next.Calls += d.Calls
		next.Messages += d.Messages
		if d.Calls > 0 && date.After(next.LastCall) {
			next.LastCall = date
		}
		if d.Messages > 0 && date.After(next.LastMessage) {
			next.LastMessage = date
		}
	}
	slices.SortFunc(next.Days, func(a, b Day) int { return cmp.Compare(a.Date.Unix(), b.Date.Unix()) })
	return next
}
