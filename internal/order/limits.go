package order

import (
	"slices"
	"strings"
	"time"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/money"
	"didops/internal/risk"
)

// Limits bound what an approval may do. An amount that is not known and a
// count of 0 mean no limit.
type Limits struct {
	MaxMonthlyFee      money.Amount // of one number
	MaxSetupFee        money.Amount // of one number
	MaxOrderTotal      money.Amount // due now of one order
	MaxDayTotal        money.Amount // due now of all orders of a UTC day
	MaxNumbersPerOrder int
	MaxOpenOrders      int                 // per requester
	Countries          []string            // ISO codes that may be bought; none = all
	MaxMonthlyTotal    money.Amount        // monthly fees of all own numbers, with what is being bought
	Caps               []approval.Cap      // of days and months
	Zone               *time.Location      // by whose clocks those are; nil = UTC
	PerDay             map[string]DayLimit // numbers of a UTC day, by operation; one that is missing has no bound
}

// DayLimit bounds how many numbers an operation may do its work to on a day.
type DayLimit struct {
	Setting string // that says so, under [limits]
	Most    int    // 0 = no bound
}

// numbers checks how many numbers an order has.
func (p Policy) numbers(n int) error {
	if most := p.MaxNumbersPerOrder; most > 0 && n > most {
		return limit("max_numbers_per_order", "an order may have at most %d numbers, not %d", most, n)
	}
	return nil
}

// bounds checks an order as a whole: by itself, beside what counts on the day,
// and against the caps. It reads what those need.
func (e *Engine) bounds(tx Tx, p Policy, r Record, day []Reservation, now time.Time) error {
	if err := p.order(r, day, e.past(r)); err != nil {
		return err
	}
	if err := e.capped(tx, p, r, now); err != nil {
		return err
	}
	return e.monthly(tx, p, r, now)
}

// line checks a line by itself: at the quote, at the approval and again right
// before it is sent. Only purchases are bounded.
func (p Policy) line(l Line, level risk.Level, currency string) error {
	if level != risk.Spend {
		return nil
	}
	number := shown(l.Number)
	switch {
	case over(l.MonthlyFee, p.MaxMonthlyFee):
		return limit("max_monthly_fee", "%s costs %s %s a month, and at most %s is allowed", number, priced(l.MonthlyFee), currency, p.MaxMonthlyFee)
	case over(l.SetupFee, p.MaxSetupFee):
		return limit("max_setup_fee", "the set-up of %s costs %s %s, and at most %s is allowed", number, priced(l.SetupFee), currency, p.MaxSetupFee)
	case len(p.Countries) == 0:
	case l.Country == "":
		return limit("countries", "it is not certain in which country %s is: the exchange names none, or none that fits its digits", number)
	case !slices.Contains(p.Countries, l.Country):
		return limit("countries", "numbers of %s, such as %s, may not be bought (only %s)", l.Country, number, strings.Join(p.Countries, ", "))
	}
	return nil
}

// order checks an order as a whole, beside what counts on the day already.
// Past is what its operation does to a number, in words.
func (p Policy) order(r Record, day []Reservation, past string) error {
	if err := p.numbers(len(r.Quote.Lines)); err != nil {
		return err
	}
	for _, l := range r.Quote.Lines {
		if err := p.line(l, r.Risk, r.Currency); err != nil {
			return err
		}
	}
	due := r.DueNow()
	if over(due, p.MaxOrderTotal) {
		return limit("max_order_total", "the order comes to %s %s, and at most %s is allowed", priced(due), r.Currency, p.MaxOrderTotal)
	}
	spent, given := money.MustParse("0"), 0
	for _, d := range day {
		spent = spent.Add(d.due())
		if d.Operation == r.Tool {
			given += d.Lines
		}
	}
	if r.Risk == risk.Spend && over(spent.Add(due), p.MaxDayTotal) {
		return limit("max_day_total", "%s %s are spent or reserved today, so that %s more would be over the %s of a day", priced(spent), r.Currency, priced(due), p.MaxDayTotal)
	}
	if bound := p.PerDay[r.Tool]; bound.Most > 0 && given+len(r.Quote.Lines) > bound.Most {
		return limit(bound.Setting, "%d numbers were %s today, so that %d more would be over the %d of a day", given, past, len(r.Quote.Lines), bound.Most)
	}
	return nil
}

// overrun checks an order of which lines turned out to cost more than was
// quoted, before another of its lines is sent. It is among what counts on its
// day.
func (p Policy) overrun(r Record, day []Reservation) error {
	total, spent := money.MustParse("0"), money.MustParse("0")
	for n := range r.Lines {
		if r.Reserved(n) {
			total = total.Add(r.Due(n))
		}
	}
	for _, d := range day {
		spent = spent.Add(d.due())
	}
	switch {
	case over(total, p.MaxOrderTotal):
		return limit("max_order_total", "lines of the order cost more than was quoted: it comes to %s %s now, and at most %s is allowed", priced(total), r.Currency, p.MaxOrderTotal)
	case over(spent, p.MaxDayTotal):
		return limit("max_day_total", "lines of the order cost more than was quoted: the day comes to %s %s now, over the %s of a day", priced(spent), r.Currency, p.MaxDayTotal)
	}
	return nil
}

// over reports whether an amount is over a bound, or not known to be within.
func over(amount, bound money.Amount) bool {
	return bound.Known() && (!amount.Known() || amount.Cmp(bound) > 0)
}

// priced writes an amount that may not be known.
func priced(a money.Amount) string {
	if !a.Known() {
		return "an unknown amount of"
	}
	return a.String()
}

func limit(setting, format string, args ...any) error {
	return fault.New(fault.Forbidden, format, args...).WithField("limits."+setting).
		WithHint("the bound is [limits] %s in the configuration", setting)
}

// shown writes the digits of a number as people read it. What is no number, such
// as the name of a mandate, is written as it is.
func shown(digits string) string {
	if digits == "" || digits[0] < '0' || digits[0] > '9' {
		return digits
	}
	return "+" + digits
}
