package order

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/view"
)

// Explanation says by which rules an order may be approved, why by these, and
// who counts.
type Explanation struct {
	Order     string           `json:"order"`
	State     State            `json:"state"`
	Needs     approval.Needs   `json:"needs"`   // of both together, which is what counts
	Asked     approval.Needs   `json:"asked"`   // as it was asked under
	Present   approval.Needs   `json:"present"` // as the configuration is now
	Why       []approval.Why   `json:"why"`     // of the present rules
	Verdict   approval.Verdict `json:"verdict"`
	Decisions []Counted        `json:"decisions"`
	Able      []string         `json:"able"` // who could act on a pending order now: persons, then whoever else of a realm
}

// Counted is a decision, and why it does not count.
type Counted struct {
	Decided

	Why string `json:"why,omitempty"` // "" = it counts
}

// Explain returns by which rules an order that the caller may see can be
// approved.
func (e *Engine) Explain(ctx context.Context, id string, by identity.Caller) (Explanation, error) {
	policy := e.Policy()
	r, err := e.record(ctx, id, by)
	if err == nil {
		err = e.read(ctx, func(tx Tx) (err error) {
			policy, err = e.knowing(tx, policy, r)
			return err
		})
	}
	if err != nil {
		return Explanation{}, err
	}
	return policy.explain(e.told(e.asOf(r), by.Frontend.Outside())), nil
}

func (p Policy) explain(r Record) Explanation {
	rules, now := p.strict(r), p.asked(r)
	x := Explanation{
		Order: r.ID, State: r.State(), Needs: p.whole(rules), Asked: r.Asked.needs(), Present: p.whole(now),
		Why: []approval.Why{}, Verdict: p.verdict(r, rules), Decisions: []Counted{}, Able: []string{},
	}
	if p.Rules != nil {
		_, x.Why = p.Rules.Decide(p.Facts(r))
	}
	for i, d := range r.Decisions {
		c := Counted{Decided: Decided{Realm: d.By.Realm, Name: clean(d.By.Name), Decision: decided(d.Approve), At: second(d.At), Dialog: d.Dialog}}
		switch {
		case !d.Approve:
		case p.stale(r, rules, i):
			c.Why = "it is another one of a person who approved before, or the requester's own"
		default:
			c.Why = rules.needs().Counts(p.approvalOf(d), p.request(r), p.People)
		}
		x.Decisions = append(x.Decisions, c)
	}
	if r.Phase == PhasePending {
		x.Able = append(x.Able, p.couldAct(r, rules)...)
	}
	return x
}

// whole returns what rules need, with the settings' own time to decide.
func (p Policy) whole(rules Rules) approval.Needs {
	n := rules.needs()
	n.ExpiresAfter = cmp.Or(n.ExpiresAfter, p.ExpiresAfter)
	return n
}

// couldAct names who could approve a pending order now, and has not.
func (p Policy) couldAct(r Record, rules Rules) []string {
	var list []string
	has := func(name string) bool {
		return slices.ContainsFunc(r.Decisions, func(d Decision) bool { return p.person(d.By) == name })
	}
	for _, a := range p.able(r, rules, identity.Realms(), p.at) {
		if !has(a.Name) {
			list = append(list, a.Name)
		}
	}
	for _, realm := range identity.Realms() {
		counts := func(a Able) bool { return rules.needs().Counts(a.Approval, p.request(r), p.People) == "" }
		if other, there := p.other(r, rules, realm, p.at); there && counts(other) {
			list = append(list, "others "+realm.Name)
		}
		if sole, there := p.sole(r, rules, realm, p.at); there && counts(sole) {
			list = append(list, sole.Name)
		}
	}
	return list
}

// Undecidable returns the pending orders that nobody could decide now, by what
// they were asked under and the present configuration. Without a store there
// are none.
func (e *Engine) Undecidable(ctx context.Context) ([]string, error) {
	var ids []string
	policy := e.Policy()
	err := e.read(ctx, func(tx Tx) error {
		ids = nil
		records, err := tx.Orders(Filter{Exchange: e.Exchange, State: Pending, Limit: mostListed})
		for _, r := range records {
			if r = e.asOf(r); r.Phase != PhasePending {
				continue
			}
			knows, failed := e.knowing(tx, policy, r)
			err = errors.Join(err, failed)
			if !knows.inTime(r) || e.provable(tx, knows, r) != nil || !knows.possible(r) && !knows.strict(r).byDialogs() {
				ids = append(ids, r.ID)
			}
		}
		return err
	})
	return ids, err
}

// Unproved returns the scheduled orders that are not going to be sent, because
// rules want passkeys by now that their approvals do not have. Without a store
// there are none.
func (e *Engine) Unproved(ctx context.Context) ([]string, error) {
	var ids []string
	policy := e.Policy()
	if !policy.signs() {
		return nil, nil
	}
	look := func() error {
		return e.read(ctx, func(tx Tx) error {
			ids = nil
			records, err := tx.Orders(Filter{Exchange: e.Exchange, State: Scheduled, Limit: mostListed})
			for _, r := range records {
				if why := e.unsent(tx, policy, r); why != nil && fault.CodeOf(why) != fault.Forbidden {
					err = errors.Join(err, why)
				} else if why != nil {
					ids = append(ids, r.ID)
				}
			}
			return err
		})
	}
	if e.Passkeys != nil {
		once := look
		look = func() error { return e.Passkeys.Settled(once) }
	}
	err := look()
	return ids, err
}

// Tried is what a past order needs by two policies.
type Tried struct {
	Order    string            `json:"order"`
	Created  time.Time         `json:"created"`
	Now      approval.Needs    `json:"now"`
	Next     approval.Needs    `json:"next"`
	Relation approval.Relation `json:"relation"` // of the next to the present
	Why      string            `json:"why,omitempty"`
}

// Try returns what the orders since a moment need by the present policy and by
// another one, those that were asked for last first.
func (e *Engine) Try(ctx context.Context, next Policy, since time.Time) ([]Tried, error) {
	now := e.Policy()
	next.at, next.describe, next.sendWithin = now.at, now.describe, now.sendWithin
	list := []Tried{}
	err := e.read(ctx, func(tx Tx) error {
		list = list[:0]
		month := since.AddDate(0, -1, -1) // orders of the same month count
		records, err := tx.Orders(Filter{Exchange: e.Exchange, Since: month, Limit: mostTried})
		if err == nil && len(records) == mostTried {
			return fault.New(fault.Invalid, "there are more than %d orders since then", mostTried).WithField("since").WithHint("try a shorter time")
		}
		trial := now.Trial(next, records)
		for _, r := range records {
			if !r.Created.Before(since) {
				list = append(list, trial.Try(r))
			}
		}
		return err
	})
	return list, err
}

// mostTried bounds how many orders are read at once.
const mostTried = 2_000_000

// Trial holds past orders against a policy and another one.
type Trial struct {
	now, next             Policy
	monthsNow, monthsNext map[string]money.Amount
}

// Trial returns one about orders, among which must be the others of their
// requesters' months: they count where nobody noted at the time what those came to.
func (p Policy) Trial(next Policy, records []Record) *Trial {
	return &Trial{p, next, p.monthsThen(records), next.monthsThen(records)}
}

// Try returns what an order needs by both policies.
func (x *Trial) Try(r Record) Tried {
	was, then := x.now.askedThen(r, x.monthsNow), x.next.askedThen(r, x.monthsNext)
	t := Tried{Order: r.ID, Created: second(r.Created), Now: x.now.whole(was.Asked), Next: x.next.whole(then.Asked)}
	t.Relation = approval.Compare(t.Now, t.Next)
	if t.Next.Refused() {
		no := t.Next.Refuse[0]
		t.Why = cmp.Or(no.Message, "rule "+view.Quoted(no.Rule)+" refuses it")
		return t
	}
	before, after := x.now.decidable(was), x.next.decidable(then)
	switch {
	case before && !after:
		t.Relation, t.Why = approval.Refused, "nobody could approve it"
	case after && !before:
		t.Relation = approval.Laxer
	}
	return t
}

// askedThen returns an order as if it had been asked for under the policy.
func (p Policy) askedThen(r Record, months map[string]money.Amount) Record {
	p.at = r.Created
	if p.Rules != nil && p.Rules.ByMonth() && !r.Asked.Month.Known() {
		r.Asked.Month = months[r.ID]
		if _, there := months[r.ID]; !there {
			r.Asked.Month = r.DueNow()
		}
	}
	r.Asked, r.Decisions = p.asked(r), nil
	return r
}

// decidable reports whether anybody could approve an order that was asked for
// under the policy alone.
func (p Policy) decidable(r Record) bool {
	p.at = r.Created
	var err error
	r.Expires, err = p.expires(r, r.Created)
	return err == nil && (p.possible(r) || r.Asked.byDialogs())
}
