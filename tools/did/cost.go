package did

import (
	"fmt"
	"math/bits"
	"slices"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/market"
	"didops/internal/money"
	"didops/internal/view"
)

// Use is what a number is to be used for in a month. It narrows nothing.
type Use struct {
	Minutes  *int `json:"minutes,omitempty" jsonschema:"minimum=0,maximum=10000000" jsonschema_description:"Of calls a month: 0 to 10000000"`
	Messages *int `json:"messages,omitempty" jsonschema:"minimum=0,maximum=10000000" jsonschema_description:"SMS a month: 0 to 10000000"`
}

// What a month of use is counted as. How long calls are is nobody's to know
// beforehand, and what they are billed depends on it: a number that bills
// whole minutes costs more than one of the same price that bills seconds. Two
// and a half minutes are near to what calls of companies take, show that, and
// divide a month without a remainder.
const (
	callSeconds    = 150
	intervalUsual  = 60 // seconds, where an exchange states none
	costPlaces     = 4  // of what calls cost in a month
	secondsAMinute = 60
	tenThousand    = 10_000
)

// use is a month of use, and how long it goes on.
type use struct {
	Given             bool
	Minutes, Messages int64
	Months            int64 // of the contract; 0 = not asked for
}

// month returns a month of the use.
func (u Use) month() use {
	c := use{Given: u.Minutes != nil || u.Messages != nil}
	if u.Minutes != nil {
		c.Minutes = int64(*u.Minutes)
	}
	if u.Messages != nil {
		c.Messages = int64(*u.Messages)
	}
	return c
}

// tariff is what use of a number costs.
type tariff struct {
	price1, priceN       money.Amount // per minute in the first interval of a call, and in those that follow
	interval1, intervalN *int         // seconds
	sms                  money.Amount // per message
}

func tariffOf(n *exchange.Number) tariff {
	return tariff{n.Price1, n.PriceN, n.Interval1, n.IntervalN, n.SMSPrice}
}

// price returns what the use of a month costs besides the fee: calls are billed
// in whole intervals, and what they cost together is rounded half up to a
// ten-thousandth. It is not known where the tariff has no price for what is
// used; what is not used needs none.
func (u use) price(t tariff) money.Amount {
	sum := free()
	if u.Minutes > 0 {
		first, rest := billed(t)
		calls := t.price1.Times(first)
		if rest > 0 {
			calls = calls.Add(t.priceN.Times(rest))
		}
		// (price a minute × billed seconds / 60) × (minutes × 60 / seconds of a call)
		sum = sum.Add(calls.Times(u.Minutes).Over(callSeconds, costPlaces))
	}
	if u.Messages > 0 {
		sum = sum.Add(t.sms.Times(u.Messages))
	}
	return sum
}

// billed returns how many seconds of a call are billed at the price of the
// first interval, and at that of the following ones.
func billed(t tariff) (first, rest int64) {
	first = interval(t.interval1)
	if first >= callSeconds {
		return first, 0
	}
	each := interval(t.intervalN)
	return first, (1 + (callSeconds-first-1)/each) * each
}

func interval(seconds *int) int64 {
	if seconds == nil || *seconds <= 0 {
		return intervalUsual
	}
	return int64(*seconds)
}

// monthly returns what a number of a fee and a tariff costs a month with its
// use. It is not known where the use has no price, and where it is beyond what
// an amount can say.
func (u use) monthly(fee money.Amount, t tariff) money.Amount { return u.with(fee, u.price(t)) }

func (use) with(fee, price money.Amount) money.Amount {
	if cost := fee.Add(price); cost.Readable() {
		return cost
	}
	return money.Amount{}
}

// cellCosts are what the numbers of a cell cost a month with their use; what a
// tariff says of it is worked out once. A market has nearly as many tariffs as
// it likes.
type cellCosts struct {
	use
	cell   *market.Cell
	priced []pricedTariff
}

// pricedTariff is what the use costs by a tariff: in billionths where that is
// exact, or else as an amount.
type pricedTariff struct {
	nanos  uint64
	amount money.Amount
	exact  bool
	known  bool // it has been worked out
}

func (p *pricedTariff) there() bool { return p.exact || p.amount.Known() }

func (p *pricedTariff) price() money.Amount {
	if p.exact {
		return money.OfNanos(p.nanos)
	}
	return p.amount
}

// of makes the costs those of a cell, in the memory of the cell before.
func (c *cellCosts) of(u use, cell *market.Cell) *cellCosts {
	priced := slices.Grow(c.priced[:0], cell.Tariffs())[:cell.Tariffs()]
	clear(priced)
	*c = cellCosts{u, cell, priced}
	return c
}

// value is what the cost of the row at i depends on, but for its features.
func (c *cellCosts) value(i int) uint32 {
	return uint32(c.cell.MonthlyAt(i))<<16 | uint32(c.cell.TariffAt(i)) //nolint:gosec // both are columns of two bytes
}

// amount is the cost of a value; see [use.monthly].
func (c *cellCosts) amount(value uint32) money.Amount {
	return c.with(c.cell.Amount(int(value>>16)), c.priceOf(int(value&0xffff)).price())
}

// priceOf is [use.price] of a tariff of the cell.
func (c *cellCosts) priceOf(at int) *pricedTariff {
	p := &c.priced[at]
	if p.known {
		return p
	}
	p.known = true
	if p.nanos, p.exact = c.nanos(c.cell.Rates(at)); !p.exact {
		n := c.cell.Tariff(at)
		p.amount = c.price(tariffOf(&n))
	}
	return p
}

// nanos is [use.price] in billionths, worked out in integers; false where there
// is no price or it is too large for that.
func (u use) nanos(r market.Rates) (uint64, bool) {
	var calls, messages uint64
	ok := true
	if u.Minutes > 0 {
		calls, ok = u.callNanos(r)
	}
	if u.Messages > 0 && ok {
		messages, ok = money.ParseNanos(r.SMS)
		high, low := bits.Mul64(messages, uint64(u.Messages))
		messages, ok = low, ok && high == 0
	}
	sum, over := bits.Add64(calls, messages, 0)
	return sum, ok && over == 0 && sum < mostNanos
}

// mostNanos bounds a price in billionths, so that a few of them have a sum.
const mostNanos = 1 << 60

// callNanos is what the calls of a month cost in billionths; see [use.price].
func (u use) callNanos(r market.Rates) (uint64, bool) {
	seconds := func(kept int64) *int {
		n := int(kept)
		return &n
	}
	first, rest := billed(tariff{interval1: seconds(r.Interval1), intervalN: seconds(r.IntervalN)})
	price, ok := money.ParseNanos(r.Price1)
	high, call := bits.Mul64(price, uint64(first)) //nolint:gosec // seconds are not negative
	if rest > 0 && ok && high == 0 {
		price, ok = money.ParseNanos(r.PriceN)
		over, more := bits.Mul64(price, uint64(rest))
		call, high = bits.Add64(call, more, 0)
		high += over
	}
	over, month := bits.Mul64(call, uint64(u.Minutes)) //nolint:gosec // nor are minutes
	if !ok || high+over > 0 || month >= 1<<63 {
		return 0, false
	}
	const unit = 1_000_000_000 / tenThousand // of what calls are rounded to
	return (month/callSeconds/unit + roundUp(month, callSeconds*unit)) * unit, true
}

// roundUp is 1 where the rest of a division is half of the divisor or more, which
// is even.
func roundUp(n, by uint64) uint64 { return n % by / (by / 2) }

// terms are what the cost of a row is the sum of.
func (c *cellCosts) terms() []term {
	price := func(at int) (uint64, bool) { p := c.priceOf(at); return p.nanos, p.exact }
	return []term{newTerm(c.cell.Amounts(), c.cell.MonthlyAt, c.cell.Nanos), {at: c.cell.TariffAt, worth: price}}
}

// serves is [use.serves] of the row at i, whose use has a price besides.
func (c *cellCosts) serves(i int) bool {
	can := c.cell.Features(i)
	return c.able(can&0b0001 != 0, can&0b0010 != 0, can&0b1100 != 0) && c.priceOf(c.cell.TariffAt(i)).there()
}

// serves reports whether a number can be used so: what takes no message has no
// cost of messages, whatever is stated of their price.
func (u use) serves(n *exchange.Number) bool {
	return u.able(n.Voice, n.SMS, n.Fax || n.Video)
}

func (u use) able(voice, sms, other bool) bool {
	return (u.Minutes == 0 || voice || other) && (u.Messages == 0 || sms)
}

// cost is monthly of a number; not known where it can't be used so, or no use is
// given.
func (u use) cost(n *exchange.Number) money.Amount {
	if !u.Given || !u.serves(n) {
		return money.Amount{}
	}
	return u.monthly(n.MonthlyFee, tariffOf(n))
}

// contract returns what a number costs until the end of the contract: its set-up
// fee once, and each month its cost, or where no use is given its fee. It is
// not known where a month is not, and where none are asked for.
func (u use) contract(n *exchange.Number) money.Amount {
	if u.Months == 0 {
		return money.Amount{}
	}
	month := n.MonthlyFee
	if u.Given {
		month = u.cost(n)
	}
	if total := n.SetupFee.Add(month.Times(u.Months)); total.Readable() {
		return total
	}
	return money.Amount{}
}

// assumption says what a cost with use rests upon, "" where there is none.
func (u use) assumption() string {
	if !u.Given {
		return ""
	}
	text := "Use a month: "
	switch {
	case u.Minutes > 0 && u.Messages > 0:
		text += u.minutes() + ", and " + view.Plural(int(u.Messages), "message")
	case u.Minutes > 0:
		text += u.minutes()
	case u.Messages > 0:
		text += view.Plural(int(u.Messages), "message")
	default:
		return text + "none, so that a month costs its fee."
	}
	return text + "; prices do not say for which direction."
}

func (u use) minutes() string {
	return fmt.Sprintf("%s as calls of %d:%02d, billed in whole intervals", view.Plural(int(u.Minutes), "minute"), callSeconds/secondsAMinute, callSeconds%secondsAMinute)
}

// noPrice is why a number has no cost.
const noPrice = " without a price for this use or the feature that it needs"

// unpriced says how many numbers have no place in an order by cost.
func unpriced(n int) string {
	return "Left out: " + view.Plural(n, "number") + noPrice + "."
}

// Validate refuses an order by what use costs where none is given.
func (in SearchIn) Validate() error {
	if in.Sort == byMonthlyCost && in.Minutes == nil && in.Messages == nil {
		return fault.New(fault.Invalid, "sort %s needs minutes or messages", byMonthlyCost).WithField("minutes").
			WithHint("say how many minutes of calls or messages a month; 0 is a number too")
	}
	return nil
}

// identity returns what tells searches with a use from others, nil where there
// is none.
func (u use) identity() []any {
	if u == (use{}) {
		return nil
	}
	return []any{u}
}

// order returns what a search is sorted by.
func (in SearchIn) order() ordering {
	u := in.month()
	u.Months = int64(in.Months)
	return ordering{in.Sort, u}
}
