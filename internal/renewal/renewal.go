// Package renewal is the arithmetic of months that are paid for: when a number
// is charged for again.
//
// The exchange says until when a number is paid. That day is taken as it is; what
// comes after it is a projection, by months that are counted from one day of the
// first of them, the anchor (see [schedule.Months]): paid for
// since 31 January, a number renews on 28 February, 31 March and 30 April.
// Counting from the date before instead would lose the 31 for ever, and
// [time.Time.AddDate] would go over into March.
//
// Days are midnights in UTC, in which the exchange counts.
package renewal

import (
	"time"

	"didops/internal/schedule"
)

// Day returns the day of a moment.
func Day(at time.Time) time.Time {
	at = at.UTC()
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
}

// Standing is what is known of a number's next renewal.
type Standing int

// The standings.
const (
	Due     Standing = iota // on the day that the exchange says
	Unknown                 // the exchange does not say until when it is paid
	Past                    // it was paid until a day that is over
)

// Date is a day on which a number renews.
type Date struct {
	Day       time.Time
	Projected bool // computed, not said by the exchange
}

// Dates returns the days on which a number renews from now until a day, that day
// included: the one that the exchange says, however late it is, and those that
// follow from it. A number of which the exchange says nothing, or nothing that
// is still to come, has none, and nothing is guessed. since is the first day
// that was paid for, zero where it is not known.
func Dates(since, billedTo, now, until time.Time) ([]Date, Standing) {
	switch {
	case billedTo.IsZero():
		return nil, Unknown
	case Day(billedTo).Before(Day(now)):
		return nil, Past
	}
	said := Day(billedTo)
	list := []Date{{Day: said}}
	from, n := anchor(since, said)
	for n++; ; n++ {
		next := schedule.Months(from, n)
		if next.After(until) {
			return list, Due
		}
		list = append(list, Date{next, true})
	}
}

// anchor returns the day that months are counted from, and how many after it a
// day lies: the first one that was paid for if the day follows from it, else
// the day itself.
func anchor(since, day time.Time) (from time.Time, n int) {
	if since.IsZero() {
		return day, 0
	}
	from = Day(since)
	if n, _ = schedule.Monthly(from, day); n > 0 && schedule.Months(from, n).Equal(day) {
		return from, n
	}
	return day, 0
}
