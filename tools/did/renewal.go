package did

import (
	"slices"
	"time"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/phone"
	"didops/internal/schedule"
	"didops/internal/view"
)

const (
	// beforeRenewal gives numbers up shortly before they would be charged again.
	beforeRenewal = "before_renewal"

	// sentBefore is how long before it renews a number is given up: time enough
	// for an exchange that is away for a while.
	sentBefore = 2 * time.Hour

	// leastNotice is how long at least there must be from the request until it is
	// sent, so that it can be decided and taken back.
	leastNotice = time.Hour

	// longestPaid is for how long a number may be paid for in advance: ten years.
	longestPaid = 10 * 366 * 24 * time.Hour
)

// renewal is until when an own number is paid for, as a fact that an approval
// binds: "" where that is not known.
func renewal(o *exchange.Owned) order.Fact {
	f := order.Fact{Name: termBilledTo}
	if !o.BilledTo.IsZero() {
		f.Value = o.BilledTo.UTC().Format(time.RFC3339)
	}
	return f
}

// window returns when a number is given up that renews at the end of what is
// paid for. Where that is not known, is past or is too near, it is refused with
// what can be done instead: nothing is guessed.
func window(o *exchange.Owned, now time.Time) (schedule.Window, error) {
	number, until := phone.Format(o.Digits), o.BilledTo.UTC()
	no := func(format string, args ...any) (schedule.Window, error) {
		return schedule.Window{}, fault.New(fault.Invalid, format, args...).WithField("when").
			WithHint("ask for it with when now, or when the list says another date")
	}
	w := schedule.Before(until, sentBefore)
	switch {
	case o.BilledTo.IsZero():
		return no("the exchange does not say until when %s is paid for, so that it can't be told when it renews", number)
	case !now.Before(until):
		return no("%s was paid for until %s, which is past, so that it can't be told when it renews", number, planMinute(until))
	case until.Sub(now) > longestPaid:
		return no("%s would be paid for until %s, which can't be true", number, planMinute(until))
	case now.Add(leastNotice).After(w.From):
		return no("%s renews at %s, which is too near: it would have to be sent at %s, and there must be %s to decide it and to take it back",
			number, planMinute(until), planMinute(w.From), hours(leastNotice))
	}
	return w, nil
}

// givesUp says what an approval of an order does.
func givesUp(o order.Order) string {
	text := "Give up " + o.Numbers() + " for good"
	switch at := o.SendAt(); {
	case len(at) == 0:
		return text
	case len(at) == 1:
		return text + " on " + planMinute(at[0])
	default:
		return text + ", the first on " + planMinute(slices.MinFunc(at, time.Time.Compare))
	}
}

// planned says when numbers are given up before they renew.
func planned(list []order.Line) string {
	at := sendTimes(list)
	const back = "; until then anybody who may ask for orders can take it back."
	if len(list) == 1 {
		return "Sent " + order.Span(at) + ", " + hours(sentBefore) + " before it renews at " + list[0].Send.Until.UTC().Format("15:04 UTC") + back
	}
	return "Each is sent " + hours(sentBefore) + " before it renews, " + order.Span(at) + back
}

// sendTimes returns when lines are sent, of those that are scheduled.
func sendTimes(list []order.Line) []time.Time {
	var at []time.Time
	for _, l := range list {
		if !l.Send.IsZero() {
			at = append(at, l.Send.From)
		}
	}
	return at
}

// paidUntil says until when the number of a line is paid for; "" where that is
// not stated.
func paidUntil(l order.Line) string {
	if l.Send.IsZero() {
		return l.Term(termBilledTo)
	}
	return planMinute(l.Send.Until)
}

// sent says when a line is sent; "" where that is right after its approval.
func sent(l order.Line) string {
	if l.Send.IsZero() {
		return ""
	}
	return planMinute(l.Send.From)
}

// planMinute writes a moment of a plan for a person.
func planMinute(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04 UTC") }

// hours writes whole hours.
func hours(d time.Duration) string {
	if d == time.Hour {
		return "an hour"
	}
	return view.Plural(int(d/time.Hour), "hour")
}
