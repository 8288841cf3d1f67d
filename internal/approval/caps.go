package approval

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"didops/internal/identity"
)

// Span is how long a cap counts until it begins anew.
type Span string

// The spans, by the clocks of [Config.Zone].
const (
	PerDay   Span = "day"
	PerMonth Span = "month" // of the calendar
)

// Cap bounds what is bought within a span. An amount that is not known and a
// count of 0 are no bound.
type Cap struct {
	Name      string
	Who       []Who // whose purchases count; empty = everybody's
	Each      bool  // every requester is counted alone
	Countries []string
	Per       Span

	MaxTotal           Price // due now
	MaxMonthlyFeeTotal Price
	MaxNumbers         int
}

// Of returns the span that a moment is in, by the clocks of a zone.
func (s Span) Of(at time.Time, zone *time.Location) identity.Period {
	if s == PerMonth {
		return Month(at, zone)
	}
	if zone == nil {
		zone = time.UTC
	}
	day := at.In(zone).Format(time.DateOnly)
	return identity.Period{From: begin(day, 0, zone), Until: begin(day, 1, zone)}
}

// Counts reports whether purchases of a requester count.
func (c Cap) Counts(q Requester) bool { return len(c.Who) == 0 || slices.ContainsFunc(c.Who, q.is) }

// In reports whether numbers of a country count. One of which the country is not
// known may be of any.
func (c Cap) In(country string) bool {
	return len(c.Countries) == 0 || country == "" || slices.Contains(c.Countries, country)
}

// CapKey returns the name of a key of a cap; without a name, that of the cap.
func CapKey(n int, name string) string {
	key := "limits.caps[" + strconv.Itoa(n) + "]"
	if name != "" {
		key += "." + name
	}
	return key
}

// CheckCaps reports what is wrong with caps beside the persons, roles and
// currency of a configuration.
func CheckCaps(c Config, caps []Cap) []Problem {
	var all []Problem
	for n, k := range caps {
		if k.Name == "" {
			all = append(all, Problem{CapKey(n, ""), "needs a name"})
		} else if slices.ContainsFunc(caps[:n], func(o Cap) bool { return o.Name == k.Name }) {
			all = append(all, Problem{CapKey(n, "name"), "is already that of another cap"})
		}
		if !k.MaxTotal.Amount.Known() && !k.MaxMonthlyFeeTotal.Amount.Known() && k.MaxNumbers == 0 {
			all = append(all, Problem{CapKey(n, ""), "bounds nothing: it needs max_total, max_monthly_fee_total or max_numbers"})
		}
		for _, of := range []struct {
			key string
			is  Price
		}{{"max_total", k.MaxTotal}, {"max_monthly_fee_total", k.MaxMonthlyFeeTotal}} {
			if why := c.foreign(of.is); why != "" {
				all = append(all, Problem{CapKey(n, of.key), why})
			}
		}
		for _, w := range k.Who {
			if why := c.unknown(w, true); why != "" {
				all = append(all, Problem{CapKey(n, "who"), why})
			}
		}
	}
	return all
}

// CheckTotal reports a limit that is in another currency than amounts are.
func CheckTotal(c Config, key string, p Price) []Problem {
	if why := c.foreign(p); why != "" {
		return []Problem{{key, why}}
	}
	return nil
}

func (c Config) foreign(p Price) string {
	if !p.Amount.Known() || p.Currency == c.Currency {
		return ""
	}
	return fmt.Sprintf("is in %s, and amounts of this exchange are in %s ([exchange] currency)", p.Currency, c.Currency)
}
