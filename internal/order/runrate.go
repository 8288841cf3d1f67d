package order

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"didops/internal/fault"
	"didops/internal/money"
	"didops/internal/risk"
	"didops/internal/view"
)

const (
	// ownFresh is how old the last look at the own numbers may be before a request
	// or an approval has them looked at, where their fees are bounded together.
	ownFresh = time.Hour
	// ownOldest is how old it may be where they can't be.
	ownOldest = 24 * time.Hour
	// ownLag is for how long before a look something may have been bought that it
	// does not show: lists lag.
	ownLag = 24 * time.Hour
)

// OwnLook is the latest whole look at the own numbers; the zero OwnLook where
// there was none.
type OwnLook struct {
	Rev   int64     // another one for every look
	Clock time.Time // when it began
}

// OwnFee is what an own number costs, as the latest look has it.
type OwnFee struct {
	Number     string       // digits
	MonthlyFee money.Amount // not known = not stated
	Gone       time.Time    // when a look proved that it is gone; zero while it is there
}

// Act is a line that was carried out.
type Act struct {
	Number    string // digits
	Operation string
	Order     string // id
	Line      int
	At        time.Time // when it came to be done
}

// Underway is a line of an approved order that waits, is being sent or may have been
// carried out.
type Underway struct {
	Number     string // digits
	Operation  string
	MonthlyFee money.Amount // see [Record.Monthly]
}

// Underway returns the lines of an order that are such.
func (r Record) Underway() []Underway {
	var list []Underway
	for n, l := range r.Quote.Lines {
		if r.Phase != PhasePending && r.Reserved(n) && r.Lines[n].open() {
			list = append(list, Underway{Number: l.Number, Operation: r.Tool, MonthlyFee: r.Monthly(n)})
		}
	}
	return list
}

// runRate is what own numbers cost each month, by one look. It is not changed.
type runRate struct {
	look  OwnLook
	total money.Amount            // of those whose fee is stated
	fees  map[string]money.Amount // of those that are there
	gone  map[string]time.Time
}

// runRates keeps the latest, which serves until the next look. It is safe for
// concurrent use.
type runRates struct {
	mu   sync.Mutex
	last *runRate
}

// of returns the run rate of a look.
func (k *runRates) of(tx Tx, exchange string, look OwnLook) (*runRate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.last != nil && k.last.look == look {
		return k.last, nil
	}
	rate := &runRate{look: look, total: zero(), fees: map[string]money.Amount{}, gone: map[string]time.Time{}}
	err := tx.OwnFees(exchange, func(f OwnFee) error {
		if !f.Gone.IsZero() {
			rate.gone[f.Number] = f.Gone
			return nil
		}
		rate.fees[f.Number] = f.MonthlyFee
		rate.total = rate.total.Add(orZero(f.MonthlyFee))
		return nil
	})
	if err != nil {
		return nil, err
	}
	k.last = rate
	return rate, nil
}

// lookAtOwn has the own numbers looked at before a purchase is asked for or
// approved, where their fees are bounded together and the last look is old. That
// it could not be done is found by who reads what is kept.
func (e *Engine) lookAtOwn(ctx context.Context, level risk.Level) {
	if e.LookAtOwn == nil || level != risk.Spend || !e.Policy().MaxMonthlyTotal.Known() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, e.ReadWithin)
	defer cancel()
	if err := e.LookAtOwn(ctx, ownFresh); err != nil {
		e.Log.Warn().Ctx(ctx).Err(err).Msg("the own numbers could not be looked at before a purchase")
	}
}

// lookBefore has them looked at before an approval of a purchase.
func (e *Engine) lookBefore(ctx context.Context, d DecideRequest) {
	if e.LookAtOwn == nil || !d.Approve || !e.Policy().MaxMonthlyTotal.Known() {
		return
	}
	if r, err := e.record(ctx, d.Order, d.By); err == nil && r.Phase == PhasePending {
		e.lookAtOwn(ctx, r.Risk)
	}
}

// noRunRate says why it is not known what the own numbers cost.
func noRunRate(why, hint string) error {
	return fault.New(fault.Forbidden, "the monthly fees of the own numbers are bounded together, and not known: %s", why).
		WithField("limits.max_monthly_total").WithHint("%s; the bound is [limits] max_monthly_total in the configuration", hint)
}

// monthly checks what all own numbers cost each month with an order: those of
// the latest look, what was bought and given up since, and what is being bought.
// An order that counts already is not held up by what is not known.
func (e *Engine) monthly(tx Tx, p Policy, r Record, now time.Time) error {
	most := p.MaxMonthlyTotal
	if !most.Known() || r.Risk != risk.Spend {
		return nil
	}
	look, err := tx.OwnLook(r.Exchange)
	if err != nil {
		return err
	}
	counts := r.Phase != PhasePending
	if why := e.outdatedLook(look, now); why != "" {
		if counts {
			return nil
		}
		return noRunRate(why, "didops did list reads their list, and didops serve does so by itself ([inventory] every)")
	}
	rate, err := e.rates.of(tx, r.Exchange, look)
	if err != nil {
		return err
	}
	changed, err := e.sinceLook(tx, rate, r)
	if err != nil {
		return err
	}
	before, _ := rate.with(changed)
	adds := rate.add(changed, r)
	sum, unstated := rate.with(changed)
	switch {
	case len(unstated) > 0 && !counts:
		return noRunRate("of "+some(unstated)+" no monthly fee is stated", "look at them in the exchange's portal")
	case !over(sum, most):
		return nil
	case counts:
		return limit("max_monthly_total", "all own numbers come to %s %s a month with what is ordered, over the %s", sum, r.Currency, most)
	}
	return limit("max_monthly_total", "all own numbers come to %s %s a month with what is ordered, so that %s more would be over the %s (%s)",
		before, r.Currency, adds, most, left(most, before))
}

// outdatedLook says why a look does not tell what the own numbers cost; "" where
// it does.
func (e *Engine) outdatedLook(look OwnLook, now time.Time) string {
	switch age := now.Sub(look.Clock); {
	case look.Rev == 0:
		return "their list was never read in full"
	case age > ownOldest:
		return "their list was last read in full at " + e.moment(look.Clock)
	case age < -Grace:
		return "their list was read at " + e.moment(look.Clock) + ", which is later than now"
	}
	return ""
}

// sinceLook returns what numbers cost by now that the look shows otherwise,
// without the order given: 0 for what was given up.
func (e *Engine) sinceLook(tx Tx, rate *runRate, but Record) (map[string]money.Amount, error) {
	changed := map[string]money.Amount{}
	acts, err := tx.Acts(but.Exchange, rate.look.Clock.Add(-ownLag))
	if err != nil {
		return nil, err
	}
	for _, a := range acts {
		handler, known := e.handlers[a.Operation]
		switch {
		case !known:
		case handler.Risk == risk.Destroy && !a.At.Before(rate.look.Clock):
			changed[a.Number] = zero()
		case handler.Risk == risk.Destroy:
			delete(changed, a.Number) // the look is later
		case handler.Risk == risk.Spend:
			if err := rate.bought(tx, changed, a); err != nil {
				return nil, err
			}
		}
	}
	waits, err := tx.Underway(but.Exchange, but.ID)
	for _, b := range waits {
		if handler, known := e.handlers[b.Operation]; known && handler.Risk == risk.Spend {
			rate.put(changed, b.Number, b.MonthlyFee)
		}
	}
	return changed, err
}

// bought counts what was bought and the look does not show. Whether it is gone
// again its order says, and nothing else.
func (rate *runRate) bought(tx Tx, changed map[string]money.Amount, a Act) error {
	_, shows := rate.fees[a.Number]
	if _, given := changed[a.Number]; shows && !given {
		return nil
	}
	if at, went := rate.gone[a.Number]; went && at.After(a.At) {
		return nil
	}
	r, err := tx.Order(a.Order)
	if err != nil || a.Line >= len(r.Lines) || r.Lines[a.Line].Gone {
		return err
	}
	changed[a.Number] = r.Monthly(a.Line)
	return nil
}

// add counts the lines of an order that wait, are being sent or may have been
// carried out, and returns what they add.
func (rate *runRate) add(changed map[string]money.Amount, r Record) money.Amount {
	adds := zero()
	for n, l := range r.Quote.Lines {
		if r.Phase == PhasePending || r.Reserved(n) && r.Lines[n].open() {
			adds = adds.Add(rate.put(changed, l.Number, r.Monthly(n)))
		}
	}
	return adds
}

// put counts a number that is being bought, and returns what that adds. One that
// is there costs what is more.
func (rate *runRate) put(changed map[string]money.Amount, number string, fee money.Amount) money.Amount {
	has, ok := changed[number]
	if !ok {
		has, ok = rate.fees[number]
	}
	adds := fee
	switch {
	case ok && (has.Known() && fee.Known() && fee.Cmp(has) <= 0 || !has.Known()):
		return zero() // one number, which counts already
	case ok:
		adds = fee.Less(has)
	}
	changed[number] = fee
	return adds
}

// with returns what the numbers of the look cost with what has changed, and the
// numbers of which no fee is stated.
func (rate *runRate) with(changed map[string]money.Amount) (sum money.Amount, unstated []string) {
	sum = rate.total
	for number, fee := range rate.fees {
		if _, other := changed[number]; !other && !fee.Known() {
			unstated = append(unstated, number)
		}
	}
	less := zero()
	for number, fee := range changed {
		if !fee.Known() {
			unstated = append(unstated, number)
		}
		sum, less = sum.Add(orZero(fee)), less.Add(orZero(rate.fees[number]))
	}
	return sum.Less(less), unstated
}

// some names numbers, few of many.
func some(numbers []string) string {
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	const most = 5
	named := make([]string, 0, most)
	for _, n := range numbers[:min(len(numbers), most)] {
		named = append(named, shown(n))
	}
	text := strings.Join(named, ", ")
	if more := len(numbers) - most; more > 0 {
		text += " and " + view.Plural(more, "other")
	}
	return text
}
