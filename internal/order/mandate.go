package order

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/approval"
	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/mandate"
	"didops/internal/risk"
	"didops/internal/view"
)

// A purchase that names a mandate is held against it in the transaction that
// keeps the order: where all of it fits, the mandate decides in the place of
// people, and the order is sent after the mandate's time of grace; else it waits
// for people like any other. What the mandate says, and by whom it was approved,
// is read from its own order. Before each send it is looked at once more, in the
// transaction that journals the send: so neither a revocation nor what has come
// to be known of costs is missed by any process.

// Mandated is what an order has to do with the mandate that it names.
type Mandated struct {
	ID    string // m-…
	Name  string
	Order string   // by which people approved the mandate
	Unfit []string `json:",omitempty"` // why it does not decide this order, in words; none = it does

	By []Decision `json:",omitempty"` // the approvals of the mandate, where it decides
}

// decides reports whether a mandate decided the order.
func (r Record) byMandate() bool { return r.Mandate != nil && len(r.Mandate.Unfit) == 0 }

// UsedBy returns how line n counts for the mandate that decided the order, or
// false where none did. A line that was sent and failed counts until nobody looks
// for it any more: a late truth may correct it.
func (r Record) UsedBy(n int) (u mandate.Use, used bool) {
	if !r.byMandate() || r.Decided.IsZero() {
		return mandate.Use{}, false
	}
	l := r.Lines[n]
	watched := l.State == LineFailed && l.Tries > 0 && !l.NextLook.IsZero()
	return mandate.Use{
		Order: r.ID, Line: n, At: r.Decided, Due: r.Due(n), Counts: r.Reserved(n) || watched,
		Open: r.Phase == PhaseScheduled && l.State == LineWaiting || l.State == LineSending,
	}, true
}

// MandateConfig is what mandates are looked at with. The zero value lets nothing
// fit.
type MandateConfig struct {
	// Fits reports whether a number is one of a filter of the market's.
	Fits func(filter json.RawMessage, l Line) bool
	// Routing returns what a line says of account and routing, by name: all terms
	// that a mandate has a say in.
	Routing func(Line) map[string]string
}

// authority is a mandate that is in force: what it says, and the order by which
// people approved it.
type authority struct {
	mandate.Row
	mandate.Terms
	order Record
}

// noMandateError is a mandate that is not in force; its text says why.
type noMandateError string

func (e noMandateError) Error() string { return string(e) }

// authorityOf returns the mandate of a row, with noMandateError where people did
// not approve it, or it was revoked.
func (e *Engine) authorityOf(tx Tx, row mandate.Row) (authority, error) {
	a := authority{Row: row}
	past, err := tx.History(e.Exchange, row.Name)
	if err != nil {
		return a, err
	}
	for _, p := range past {
		if p.Operation != mandate.Operation || p.State != LineDone {
			continue
		}
		r, err := tx.Order(p.Order)
		if err != nil {
			return a, err
		}
		if r.Quote.Lines[0].ID != row.ID {
			continue
		}
		if err := sealed(tx, r); err != nil {
			return a, err
		}
		a.order = r
		if a.Terms, err = mandate.Parse(r.Quote.Lines[0].Term(mandate.Term)); err != nil {
			return a, err
		}
		if !row.Revoked.IsZero() {
			return a, noMandateError("it was revoked at " + e.moment(row.Revoked))
		}
		return a, nil
	}
	return a, noMandateError("nobody has approved it yet")
}

// approvedBy returns the approvals of the mandate.
func (a authority) approvedBy() []Decision {
	return slices.DeleteFunc(slices.Clone(a.order.Decisions), func(d Decision) bool { return !d.Approve })
}

// mandated sets what an order has to do with the mandate that its quote names.
// One that there is none of is NotFound.
func (e *Engine) mandated(tx Tx, r *Record, by identity.Caller, policy Policy, now time.Time) (authority, error) {
	name := r.Quote.Mandate
	row, err := tx.Mandate(e.Exchange, name)
	if errors.Is(err, ErrNone) {
		return authority{}, fault.New(fault.NotFound, "there is no mandate %s", view.Quoted(clean(name))).
			WithField("mandate").WithHint("list the mandates, or leave it out: people decide then")
	}
	if err != nil {
		return authority{}, err
	}
	r.Mandate = &Mandated{ID: row.ID, Name: row.Name}
	a, err := e.authorityOf(tx, row)
	var not noMandateError
	switch {
	case errors.As(err, &not):
		r.Mandate.Unfit = []string{string(not)}
		return a, nil
	case err != nil:
		return a, err
	}
	uses, err := tx.MandateUses(row.ID)
	if err != nil {
		return a, err
	}
	r.Mandate.Order, r.Mandate.By = a.order.ID, a.approvedBy()
	why := a.Fit(e.wanted(*r, a, by.Principal.Groups, policy, now), uses)
	if lacks := e.enough(*r, a, policy); lacks != "" {
		why = append(why, lacks)
	}
	no, err := e.saidNo(tx, *r, policy, now)
	if err != nil {
		return a, err
	}
	why = append(why, no...)
	if r.Risk != risk.Spend || r.Quote.scheduled() {
		why = append(why, "a mandate buys, and nothing else")
	}
	if r.Mandate.Unfit = why; len(why) > 0 {
		r.Mandate.By = nil
	}
	return a, nil
}

// decidable keeps an order that a mandate decides, or that waits for somebody who
// could.
func (e *Engine) decidable(tx Tx, r Record, p PlaceRequest, policy Policy, day []Reservation) (Record, error) {
	var by authority
	var err error
	policy.at = r.Created
	if r.Quote.Mandate != "" {
		if by, err = e.mandated(tx, &r, p.By, policy, r.Created); err != nil {
			return r, err
		}
	}
	if policy, err = e.knowing(tx, policy, r); err != nil {
		return r, err
	}
	if err := e.undecidable(r, p, policy, day); err != nil {
		return r, err
	}
	if r.Hash, err = r.seal(tx); err != nil {
		return r, err
	}
	if r, err = e.insert(tx, r, p.likely, p.By); err != nil || !r.byMandate() {
		return r, err
	}
	return e.authorize(tx, r, by, policy, r.Created)
}

// undecidable reports an order that nothing would decide: neither a mandate nor
// anybody, or not without waiting.
func (e *Engine) undecidable(r Record, p PlaceRequest, policy Policy, day []Reservation) error {
	if r.byMandate() {
		return nil
	}
	why := r.unfit()
	if p.Mandated {
		return fault.New(fault.Forbidden, "nothing is asked for without a mandate that covers it").WithField("mandate").WithHint("%s", why)
	}
	err := policy.approvable(r, p.By, day)
	if f, ok := fault.As(err); ok && why != "" {
		return f.WithHint("%s %s", why, f.Hint)
	}
	return err
}

// wanted is an order as mandates look at it.
func (e *Engine) wanted(r Record, a authority, groups []string, policy Policy, now time.Time) mandate.Purchase {
	person := policy.person(r.Requester)
	p := mandate.Purchase{At: now, By: mandate.User{
		Principal: r.Requester.String(), Asked: policy.same(r.Requester, a.order.Requester),
		Requester: approval.Requester{
			Person: person, Realm: r.Requester.Realm,
			Roles: slices.Concat(groups, approval.People(policy.People).RolesOf(person)),
		},
	}}
	for _, l := range r.Quote.Lines {
		line := mandate.Line{Digits: l.Number, MonthlyFee: l.MonthlyFee, SetupFee: l.SetupFee, DueNow: l.DueNow}
		if e.Authority.Fits != nil {
			line.Fits = e.Authority.Fits(a.Filter, l)
		}
		if e.Authority.Routing != nil {
			line.Terms = e.Authority.Routing(l)
		}
		p.Lines = append(p.Lines, line)
	}
	return p
}

// enough says why the approvals of a mandate would not be enough for what is
// bought by it, under the stricter of what the order was asked under and what
// holds at present; "" where they are. They are taken as if they had been given
// to this order, so that no rule is got around by a mandate: who may not approve
// what he asks for himself can't by a mandate either. Where a passkey is wanted none
// is ever enough: a passkey signs the very numbers, which no mandate knows.
func (e *Engine) enough(r Record, a authority, policy Policy) string {
	r.Decisions, r.Mandate = a.approvedBy(), nil
	rules := policy.strict(r)
	if err := rules.refused(); err != nil {
		return words(err)
	}
	if rules.strength() > identity.Click {
		return fmt.Sprintf("rule %s takes a %s for each purchase, and a mandate signs nothing", ruleNames(*rules.Needs), rules.strength())
	}
	if rules.Needs != nil {
		if v := policy.verdict(r, rules); !v.Enough() {
			return fmt.Sprintf("rule %s wants more than the mandate's own approval has: %s", ruleNames(*rules.Needs), v)
		}
		return ""
	}
	if given := len(r.Decisions) - policy.staleApprovals(r); given < rules.Needed {
		return fmt.Sprintf("%s needed, and of those of the mandate %d count", view.Plural(rules.Needed, "approval")+" "+are(rules.Needed), given)
	}
	return ""
}

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// mandateUsed is the event of an order that a mandate decided; its actor is the
// mandate.
const mandateUsed = "mandate used"

// authorize has a mandate decide an order that was just kept.
func (e *Engine) authorize(tx Tx, r Record, a authority, policy Policy, now time.Time) (Record, error) {
	after := now.Add(a.Grace)
	if needs := policy.strict(r).Needs; needs != nil {
		after = later(after, now.Add(needs.Wait))
	}
	why := "as approved in order " + a.order.ID
	r, err := e.step(tx, r, Authorize{
		Decision:  Decision{By: identity.Party{Realm: mandate.Realm, ID: a.ID, Name: a.Row.Name}, Approve: true, Reason: why, At: now},
		SendAfter: after,
	}, audit.Entry{Event: mandateUsed, At: now, Actor: &audit.Actor{Realm: mandate.Realm, ID: a.ID, Name: a.Row.Name}, Result: why})
	if err != nil {
		return r, err
	}
	return e.planned(tx, r, now)
}

// mandateBars reports why line n may not be sent any more, of an order that a
// mandate decided. It is part of the transaction that journals the send.
func (e *Engine) mandateBars(tx Tx, r Record, n int) error {
	bar := func(why string) error {
		return &barredError{because: fault.New(fault.Forbidden, "mandate %s does not cover it any more: %s", r.Mandate.Name, why), event: "mandate over"}
	}
	row, err := e.rowOf(tx, r.Mandate)
	if err != nil {
		return err
	}
	a, err := e.authorityOf(tx, row)
	var not noMandateError
	switch {
	case errors.As(err, &not):
		return bar(string(not))
	case err != nil:
		return err
	}
	policy := e.Policy()
	policy.at = e.now()
	if why := a.Holds(e.wanted(r, a, r.Asked.Groups, policy, policy.at)); len(why) > 0 {
		return bar(strings.Join(why, "; "))
	}
	if err := e.mandateProved(tx, r, n, a, policy); err != nil {
		return err
	}
	uses, err := tx.MandateUses(row.ID)
	if err != nil {
		return err
	}
	if why := a.Exceeded(r.Decided, uses); why != "" {
		return bar(why)
	}
	if why := e.enough(r, a, policy); why != "" {
		return bar(why)
	}
	return nil
}

// mandateOver reports whether an order gave a mandate that is in force no more, so
// that asking for the same is asking for another.
func (e *Engine) mandateOver(tx Tx, r Record, now time.Time) (bool, error) {
	if r.Tool != mandate.Operation {
		return false, nil
	}
	list, err := tx.Mandates(e.Exchange)
	return !slices.ContainsFunc(list, func(row mandate.Row) bool { return row.ID == r.Quote.Lines[0].ID && !row.Ended(now) }), err
}

// rowOf returns the row of the mandate that decided an order, whatever else came
// to have its name since.
func (e *Engine) rowOf(tx Tx, m *Mandated) (mandate.Row, error) {
	list, err := tx.Mandates(e.Exchange)
	if err != nil {
		return mandate.Row{}, err
	}
	for _, row := range list {
		if row.ID == m.ID {
			return row, nil
		}
	}
	return mandate.Row{}, fmt.Errorf("mandate %s of an order is not in the store", m.ID)
}

// unfit says why a mandate that an order names does not decide it; "" where it
// does, or none is named.
func (r Record) unfit() string {
	if r.Mandate == nil || len(r.Mandate.Unfit) == 0 {
		return ""
	}
	return "Mandate " + r.Mandate.Name + " does not cover it: " + strings.Join(r.Mandate.Unfit, "; ") + "."
}

// decidedHow says how an order came to be approved.
func (r Record) decidedHow() string {
	if r.byMandate() {
		return "By mandate " + r.Mandate.Name
	}
	return "Approved"
}

// ByMandate reports whether a mandate decided the order, and no person.
func (o Order) ByMandate() bool {
	return slices.ContainsFunc(o.DecidedBy, func(d Decided) bool { return d.Realm == mandate.Realm })
}

// deciderName names who made a decision: of a mandate, by whom that was approved.
func (r Record) deciderName(d Decision) string {
	if d.By.Realm != mandate.Realm || r.Mandate == nil {
		return clean(d.By.Name)
	}
	var who []string
	for _, a := range r.Mandate.By {
		who = append(who, clean(a.By.Name)+" on "+a.At.UTC().Format("2 Jan 2006"))
	}
	return fmt.Sprintf("mandate %s (%s), approved by %s", r.Mandate.Name, r.Mandate.ID, strings.Join(who, " and "))
}

// notices are what a person must know before deciding.
func (r Record) notices() []string {
	if why := r.unfit(); why != "" {
		return append(slices.Clone(r.Quote.Notices), why)
	}
	return r.Quote.Notices
}
