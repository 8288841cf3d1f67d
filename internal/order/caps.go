package order

import (
	"slices"
	"time"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/risk"
	"didops/internal/view"
)

// Claim is what one or several lines count with against caps.
type Claim struct {
	Requester  string   // surface:id
	Groups     []string // roles that the requester's surface knew
	Operation  string   // did_purchase …
	Country    string   // "" = not known
	Due        money.Amount
	MonthlyFee money.Amount
	Count      int // of lines that are alike in all of this
}

// Claims returns what the lines of an order count with, those that are reserved.
func (r Record) Claims() []Claim {
	var list []Claim
	for n := range r.Lines {
		if r.Reserved(n) {
			list = append(list, r.claim(n))
		}
	}
	return list
}

func (r Record) claim(n int) Claim {
	return Claim{
		Requester: r.Requester.String(), Groups: r.Asked.Groups, Operation: r.Tool, Country: r.Quote.Lines[n].Country,
		Due: r.Due(n), MonthlyFee: r.Monthly(n), Count: 1,
	}
}

// Monthly returns what line n costs each month: what was quoted, or what it
// turned out to cost, where that is more.
func (r Record) Monthly(n int) money.Amount {
	quoted, found := r.Quote.Lines[n].MonthlyFee, r.Lines[n].Differs["monthly_fee"][1]
	if found == nil || !quoted.Known() {
		return quoted
	}
	if is, err := money.Parse(*found); err == nil && is.Cmp(quoted) > 0 {
		return is
	}
	return quoted
}

// dearer reports whether a line turned out to cost more than was quoted, at once
// or each month.
func (r Record) dearer() bool {
	for n, l := range r.Quote.Lines {
		if l.MonthlyFee.Known() && r.Monthly(n).Cmp(l.MonthlyFee) > 0 {
			return true
		}
	}
	return r.overrun()
}

// capped checks an order against the caps that its requester is under, beside
// what counts with it in their spans: those of now or, where it was approved,
// those of the approval.
func (e *Engine) capped(tx Tx, p Policy, r Record, now time.Time) error {
	if r.Risk != risk.Spend || len(p.Caps) == 0 {
		return nil
	}
	at := now
	if !r.Decided.IsZero() {
		at = r.Decided
	}
	who := p.asker(r.Requester, r.Asked.Groups)
	spans := map[approval.Span][]Claim{}
	for _, c := range p.Caps {
		if !c.Counts(who) || !r.concerns(c) {
			continue
		}
		span := c.Per.Of(at, p.Zone)
		list, read := spans[c.Per]
		if !read {
			var err error
			if list, err = tx.Claims(r.Exchange, span.From, span.Until); err != nil {
				return err
			}
			spans[c.Per] = list
		}
		used, more := e.counted(p, c, r, list)
		if err := used.within(c, more, r.Currency, span.From.In(p.clocks())); err != nil {
			return err
		}
	}
	return nil
}

// clocks are those by which days and months of caps begin.
func (p Policy) clocks() *time.Location {
	if p.Zone == nil {
		return time.UTC
	}
	return p.Zone
}

// asker is a requester as caps and rules look at it.
func (p Policy) asker(who identity.Party, groups []string) approval.Requester {
	person := p.person(who)
	roles := append(append([]string{}, groups...), approval.People(p.People).RolesOf(person)...)
	return approval.Requester{Person: person, Realm: who.Realm, Roles: roles}
}

// capUse is what counts against a cap.
type capUse struct {
	total, monthly money.Amount
	numbers        int
}

func (u *capUse) add(c Claim) {
	u.total = u.total.Add(c.Due.Times(int64(c.Count)))
	u.monthly = u.monthly.Add(c.MonthlyFee.Times(int64(c.Count)))
	u.numbers += c.Count
}

// counted returns what counts against a cap, and what an order that does not
// count yet adds to it.
func (e *Engine) counted(p Policy, c approval.Cap, r Record, list []Claim) (used, more capUse) {
	used, more = capUse{total: zero(), monthly: zero()}, capUse{total: zero(), monthly: zero()}
	for _, claim := range list {
		who := identity.ParseParty(claim.Requester)
		counts := p.same(who, r.Requester)
		if !c.Each {
			counts = c.Counts(p.asker(who, claim.Groups))
		}
		h, known := e.handlers[claim.Operation]
		if counts && c.In(claim.Country) && (!known || h.Risk == risk.Spend) {
			used.add(claim)
		}
	}
	if r.Phase != PhasePending {
		return used, more
	}
	for n := range r.Lines {
		if claim := r.claim(n); c.In(claim.Country) {
			more.add(claim)
		}
	}
	return used, more
}

// concerns reports whether a number of the order counts against a cap of its
// requester.
func (r Record) concerns(c approval.Cap) bool {
	return slices.ContainsFunc(r.Quote.Lines, func(l Line) bool { return c.In(l.Country) })
}

// within reports by which bound of a cap an order is over it.
func (u capUse) within(c approval.Cap, more capUse, currency string, since time.Time) error {
	for _, b := range []struct {
		what             string
		used, more, most money.Amount
	}{
		{"at once", u.total, more.total, c.MaxTotal.Amount},
		{"of monthly fees", u.monthly, more.monthly, c.MaxMonthlyFeeTotal.Amount},
	} {
		switch {
		case !over(b.used.Add(b.more), b.most):
		case more.numbers == 0:
			return overCap(c, "lines of the order cost more than was quoted: %s %s %s are spent or reserved %s now, over the %s of a %s",
				priced(b.used), currency, b.what, sinceWhen(c, since), b.most, c.Per)
		default:
			return overCap(c, "%s %s %s are spent or reserved %s, so that %s more would be over the %s of a %s (%s)",
				priced(b.used), currency, b.what, sinceWhen(c, since), priced(b.more), b.most, c.Per, left(b.most, b.used))
		}
	}
	if most := c.MaxNumbers; most > 0 && u.numbers+more.numbers > most {
		return overCap(c, "%s bought or reserved %s, so that %d more would be over the %d of a %s (%d left)",
			view.Plural(u.numbers, "number"), sinceWhen(c, since), more.numbers, most, c.Per, max(0, most-u.numbers))
	}
	return nil
}

func overCap(c approval.Cap, format string, args ...any) error {
	whose := ""
	if c.Each {
		whose = " of each requester"
	}
	return fault.New(fault.Forbidden, "cap %s%s: "+format, append([]any{view.Quoted(c.Name), whose}, args...)...).
		WithField("limits.caps").WithHint("the bound is one of [[limits.caps]] in the configuration; it counts anew with the next %s", c.Per)
}

func sinceWhen(c approval.Cap, since time.Time) string {
	if c.Per == approval.PerDay {
		return "today"
	}
	return "since " + since.Format("2 Jan")
}

// left says how much of a bound is left.
func left(most, used money.Amount) string {
	switch rest := most.Less(used); {
	case !used.Known():
		return "what is left is not known"
	case !rest.Known():
		return "nothing is left"
	default:
		return rest.String() + " left"
	}
}
