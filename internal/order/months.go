package order

import (
	"container/heap"
	"slices"
	"time"

	"didops/internal/approval"
	"didops/internal/identity"
	"didops/internal/money"
)

// claimed returns what an order comes to at a moment, or may: all of it while it
// waits, and then what was sent of it or is going to be.
func (r Record) claimed(at time.Time) money.Amount {
	if at.Before(r.decidedBy()) {
		return r.DueNow()
	}
	sum := zero()
	for n := range r.Lines {
		if r.Reserved(n) {
			sum = sum.Add(r.Due(n))
		}
	}
	return sum
}

// decidedBy returns when an order was decided, ended without, or is going to.
func (r Record) decidedBy() time.Time {
	end := r.Decided
	if end.IsZero() {
		end = r.Finished
	}
	if r.Phase == PhasePending || end.After(r.Expires) {
		return r.Expires
	}
	return end
}

// monthsThen returns what the requesters' orders of their calendar months came to
// when each was asked for, by id, as far as can be told now. It goes through them
// once, in the order in which they were asked for.
func (p Policy) monthsThen(records []Record) map[string]money.Amount {
	if p.Rules == nil || !p.Rules.ByMonth() {
		return nil
	}
	type month struct {
		who  string
		from time.Time
	}
	zone, spans := p.Rules.Config().Zone, map[string]identity.Period{}
	names, sums := map[string]string{}, map[month]*claims{}
	then := make(map[string]money.Amount, len(records))
	byTime := slices.Clone(records)
	slices.SortStableFunc(byTime, func(a, b Record) int { return a.Created.Compare(b.Created) })
	for i, next := 0, 0; i < len(byTime); i = next {
		for next = i; next < len(byTime) && byTime[next].Created.Equal(byTime[i].Created); next++ {
			r := &byTime[next]
			key := month{p.asks(r.Requester, names), p.monthOf(r.Created, zone, spans).From}
			if sums[key] == nil {
				sums[key] = &claims{known: zero()}
			}
			then[r.ID] = sums[key].at(r.Created).Add(r.DueNow())
		}
		for n := i; n < next; n++ { // what is asked for at once is not earlier
			r := &byTime[n]
			sums[month{p.asks(r.Requester, names), p.monthOf(r.Created, zone, spans).From}].add(r)
		}
	}
	return then
}

// asks returns the same for all that a person is known by.
func (p Policy) asks(who identity.Party, known map[string]string) string {
	name, ok := known[who.String()]
	if !ok {
		if name = who.Key(); p.person(who) != "" {
			name = "person " + p.person(who)
		}
		known[who.String()] = name
	}
	return name
}

// monthOf is [approval.Month], which is found once for each hour.
func (p Policy) monthOf(at time.Time, zone *time.Location, known map[string]identity.Period) identity.Period {
	hour := at.UTC().Format("2006-01-02T15")
	span, ok := known[hour]
	if !ok || !span.Holds(at) {
		span = approval.Month(at, zone)
		known[hour] = span
	}
	return span
}

// claims is what orders come to together, as time goes on.
type claims struct {
	open    openOrders
	known   money.Amount // the sum of what is known
	unknown int          // how many come to what is not known
}

// add counts an order from now on.
func (c *claims) add(r *Record) {
	heap.Push(&c.open, r)
	c.count(r.DueNow())
}

func (c *claims) count(a money.Amount) {
	if a.Known() {
		c.known = c.known.Add(a)
	} else {
		c.unknown++
	}
}

// at returns what they come to at a moment, which is not before any other that it
// was asked for.
func (c *claims) at(now time.Time) money.Amount {
	for len(c.open) > 0 && !now.Before(c.open[0].decidedBy()) {
		r, _ := heap.Pop(&c.open).(*Record)
		if due := r.DueNow(); due.Known() {
			c.known = c.known.Less(due)
		} else {
			c.unknown--
		}
		c.count(r.claimed(now))
	}
	if c.unknown > 0 {
		return money.Amount{}
	}
	return c.known
}

// openOrders is a heap of orders that wait, those decided first first.
type openOrders []*Record

func (l openOrders) Len() int           { return len(l) }
func (l openOrders) Less(i, j int) bool { return l[i].decidedBy().Before(l[j].decidedBy()) }
func (l openOrders) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }

// Push implements [heap.Interface].
func (l *openOrders) Push(x any) {
	if r, ok := x.(*Record); ok {
		*l = append(*l, r)
	}
}

// Pop implements [heap.Interface].
func (l *openOrders) Pop() any {
	last := len(*l) - 1
	r := (*l)[last]
	*l = (*l)[:last]
	return r
}
