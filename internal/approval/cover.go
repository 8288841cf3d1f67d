package approval

import (
	"slices"
	"strings"
	"time"
)

// covered returns the first rule before rule n that fits whatever that one fits.
func (c Config) covered(n int) (earlier int, ok bool) {
	for i, r := range c.Rules[:n] {
		if r.covers(c.Rules[n]) {
			return i, true
		}
	}
	return 0, false
}

// covers reports whether a rule fits whatever another fits, by what both state.
func (r Rule) covers(o Rule) bool {
	return r.coversAmounts(o) &&
		within(o.Operations, r.Operations) && within(o.Countries, r.Countries) && within(o.Types, r.Types) &&
		within(o.Features, r.Features) && within(o.Requesters, r.Requesters) && within(folded(o.Vendors), folded(r.Vendors)) &&
		agrees(o.Documents, r.Documents) && agrees(o.NewHosts, r.NewHosts) && hoursWithin(o.Hours, r.Hours)
}

func (r Rule) coversAmounts(o Rule) bool {
	lower := func(is, bound Price) bool {
		return !bound.Amount.Known() || is.Amount.Known() && is.Amount.Cmp(bound.Amount) <= 0
	}
	return lower(o.MaxMonthlyFee, r.MaxMonthlyFee) && lower(o.MaxOrderTotal, r.MaxOrderTotal) &&
		lower(o.MaxOrderMonthly, r.MaxOrderMonthly) && lower(o.MaxMonthTotal, r.MaxMonthTotal)
}

// within reports whether what one list states is within what another states, of
// which an empty one states nothing.
func within[T comparable](list, of []T) bool {
	if len(of) == 0 {
		return true
	}
	return len(list) > 0 && !slices.ContainsFunc(list, func(v T) bool { return !slices.Contains(of, v) })
}

func agrees(is, bound *bool) bool { return bound == nil || is != nil && *is == *bound }

func folded(list []string) []string {
	var all []string
	for _, s := range list {
		all = append(all, strings.ToLower(s))
	}
	return all
}

// hoursWithin reports whether every minute of the week that some hours have is
// one of others.
func hoursWithin(list, of []Hours) bool {
	if len(of) == 0 {
		return true
	}
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) // a Sunday
	for minute := range 7 * wholeDay {
		at := begin.Add(time.Duration(minute) * time.Minute)
		in := func(h Hours) bool { return h.Holds(at) }
		if (len(list) == 0 || slices.ContainsFunc(list, in)) && !slices.ContainsFunc(of, in) {
			return false
		}
	}
	return true
}
