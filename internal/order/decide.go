package order

import (
	"context"
	"errors"
	"strings"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/request"
)

// Ask implements [Service].
func (e *Engine) Ask(ctx context.Context, id string, by identity.Caller) (Placed, error) {
	var found *dayRecord
	var unprovable error
	err := e.read(ctx, func(tx Tx) error {
		r, err := e.visible(tx, id, by)
		if err == nil {
			unprovable = e.provable(tx, e.Policy(), r)
		}
		found, err = e.with(tx, &r, e.now(), err)
		return err
	})
	switch {
	case err != nil:
		return Placed{}, err
	case found == nil: // there is no store
		return Placed{}, e.noOrder(id, by)
	}
	told := e.told(found.Record, by.Frontend.Outside())
	if err = e.undecided(told, e.Now()); err == nil {
		err = e.Policy().mayApprove(told, by, found.day)
	}
	if err == nil {
		err = errors.Join(e.Policy().tooWeak(found.Record, by.Frontend == identity.FrontWeb), unprovable)
	}
	if err != nil {
		return Placed{}, err
	}
	e.learnPlaces(ctx)
	return e.placed(*found, by), nil
}

func (e *Engine) today() string { return e.now().Format(time.DateOnly) }

// undecided reports that an order is decided already, by whom and when.
func (e *Engine) undecided(r Record, now time.Time) error {
	switch {
	case r.Phase == PhaseExpired, r.Phase == PhasePending && !now.Before(r.Expires):
		return fault.New(fault.Expired, "order %s expired at %s, before it was decided", r.ID, e.moment(r.Expires)).WithHint("ask for it again")
	case r.Phase == PhasePending:
		return nil
	case r.Phase == PhaseCancelled && r.TakenBack != nil:
		return fault.New(fault.Conflict, "order %s was taken back at %s by %s", r.ID, e.moment(r.TakenBack.At), named(r.TakenBack.By))
	case r.ReplacedBy != "":
		return fault.New(fault.Conflict, "order %s was replaced at %s by %s, which %s made of it", r.ID, e.moment(r.Finished), r.ReplacedBy, editorOf(r)).
			WithHint("look at order %s", r.ReplacedBy)
	case r.Phase == PhaseCancelled:
		return fault.New(fault.Conflict, "order %s was cancelled at %s by %s", r.ID, e.moment(r.Finished), named(r.Requester))
	case len(r.Decisions) == 0:
		return fault.New(fault.Conflict, "order %s is %s", r.ID, r.State())
	}
	var said []string
	for _, d := range r.Decisions {
		said = append(said, decided(d.Approve)+" by "+named(d.By)+" at "+e.moment(d.At))
	}
	return fault.New(fault.Conflict, "order %s is decided: %s", r.ID, strings.Join(said, ", ")).WithHint("it is %s now", r.State())
}

func decided(approve bool) string {
	if approve {
		return "approved"
	}
	return "rejected"
}

// Decide implements [Service].
func (e *Engine) Decide(ctx context.Context, d DecideRequest) (Order, error) {
	if err := e.existing(ctx, d.Order, d.By); err != nil {
		return Order{}, err
	}
	e.lookBefore(ctx, d)
	var r Record
	var late error
	err := e.redeem(ctx, d)
	if err == nil {
		foreseen := theOrder(d.Order)
		foreseen.Day = e.today()
		err = e.writing(ctx, foreseen, func(tx Tx) error {
			late = nil
			now := e.now()
			var err error
			if r, err = e.visible(tx, d.Order, d.By); err != nil {
				return err
			}
			if r, err = e.lapse(tx, r, now); err != nil {
				return err
			}
			if late = e.undecided(e.told(r, d.By.Frontend.Outside()), now); late == nil {
				r, err = e.decision(tx, r, d, now)
			}
			return err // none where it is too late: that it expired is kept
		})
	}
	if err == nil {
		err = late
	}
	if err != nil {
		e.refuse(ctx, audit.Entry{Event: "decision refused", Order: normal(d.Order), Actor: e.actor(d.By)}, err)
		return Order{}, err
	}
	if r.Phase != PhaseExecuting { // else note is taken before each send, and at the end
		e.see(ctx, r)
	}
	e.log(ctx, r).Info().Str("decision", decided(d.Approve)).Stringer("by", d.By.Principal).Msg("an order was decided")
	if r.Phase == PhaseExecuting {
		running := e.execute(request.ID(ctx), r) //nolint:contextcheck // it goes on whatever becomes of ctx
		r = e.outcome(ctx, running)
	}
	return e.view(r, d.By.Frontend.Outside()), nil
}

// decision records one decision, if it counts.
func (e *Engine) decision(tx Tx, r Record, d DecideRequest, now time.Time) (Record, error) {
	if r.drill() {
		return e.answerDrill(tx, r, d, now)
	}
	policy := e.Policy()
	policy.at = now
	if d.Approve {
		if err := errors.Join(e.begins(), sealed(tx, r)); err != nil {
			return r, err
		}
	}
	day, err := tx.Day(e.Exchange, now.Format(time.DateOnly))
	if err != nil {
		return r, err
	}
	if d.Approve || d.By.Frontend.Model() {
		err = policy.mayApprove(e.told(r, d.By.Frontend.Outside()), d.By, day)
	} else {
		err = mayReject(d.By)
	}
	if err == nil && d.Approve {
		err = e.whole(tx, policy, r, d, day, now)
	}
	if err != nil {
		return r, err
	}
	made, proof, err := e.made(tx, policy, r, d, now)
	if err != nil {
		return r, err
	}
	after, err := policy.sendAfter(r, made)
	if err != nil {
		return r, err
	}
	until := now.Add(e.ReadWithin + e.SendWithin)
	by := e.actor(d.By)
	if d.By.Frontend.Model() {
		by.Via = "dialog"
	}
	r, err = e.step(tx, r, Decide{
		Decision: made,
		Needed:   policy.needed(r, made), SendAfter: after, Runner: e.id, Until: until,
	}, audit.Entry{Event: decided(d.Approve), At: now, Actor: by, Result: made.Reason, Decision: proof})
	if err != nil || r.Phase != PhaseScheduled {
		return r, err
	}
	return e.planned(tx, r, now)
}

// made returns a decision as it is kept, and what proves it, once what a passkey
// signed of it holds.
func (e *Engine) made(tx Tx, policy Policy, r Record, d DecideRequest, now time.Time) (Decision, *audit.DecisionProof, error) {
	signed, err := e.signed(tx, r, d)
	if err != nil {
		return Decision{}, nil, err
	}
	who := e.party(d.By.Principal)
	made := Decision{
		By: who, Person: policy.person(who), Approve: d.Approve, Reason: e.words(d.Reason, MaxReason), At: now, Dialog: d.By.Frontend.Model(),
		Strength: signed.strength, Assertion: d.Assertion,
	}
	if policy.Rules != nil {
		made.Groups = d.By.Principal.Groups
	}
	made, err = e.takes(tx, r, made)
	return made, signed.proof, err
}

// whole reports what an approval lacks that would count. Whoever's approval would
// not count is told that first, and not that something else is to be typed.
func (e *Engine) whole(tx Tx, policy Policy, r Record, d DecideRequest, day []Reservation, now time.Time) error {
	if err := policy.tooWeak(r, d.Assertion != nil); err != nil {
		return err
	}
	if err := e.provable(tx, policy, r); err != nil {
		return err
	}
	if err := e.confirmed(r, d.Typed); err != nil {
		return err
	}
	return e.bounds(tx, policy, r, day, now)
}

// existing reports as NotFound that there are no orders at all: a decision
// creates no store. One that was there once is not created anew.
func (e *Engine) existing(ctx context.Context, id string, by identity.Caller) error {
	if e.exists.Load() {
		return nil
	}
	head, err := e.Audit.Head(ctx)
	if err == nil && head == 0 {
		return e.noOrder(id, by)
	}
	e.exists.Store(err == nil)
	return err
}

// confirmed reports that an approval lacks what has to be typed for it.
func (e *Engine) confirmed(r Record, typed string) error {
	handler, err := e.handler(r.Tool)
	if err != nil {
		return err
	}
	if q := handler.Ask(e.view(r, false)); !q.Accepts(typed) {
		return fault.New(fault.Invalid, "that is not %s", q.Where).WithField("last4").WithHint("nothing was decided")
	}
	return nil
}

// mayReject reports why the caller may not say no. A surface that is closed for
// approvals is open for that.
func mayReject(by identity.Caller) error {
	if by.Principal.Role >= identity.Approver {
		return nil
	}
	return fault.New(fault.Forbidden, "%s may not reject orders", by.Principal).WithHint("the role %s is needed", identity.Approver)
}

// Cancel implements [Service].
func (e *Engine) Cancel(ctx context.Context, id string, by identity.Caller) (Order, error) {
	r, err := e.cancellable(ctx, id, by)
	if err != nil {
		return Order{}, err
	}
	if r, err = e.cancel(ctx, r, by); err != nil {
		e.refuse(ctx, audit.Entry{Event: "cancellation refused", Order: r.ID, Kind: r.Kind, Actor: e.actor(by)}, err)
		return Order{}, err
	}
	e.see(ctx, r)
	e.log(ctx, r).Info().Msg("an order was cancelled")
	return e.view(r, by.Frontend.Outside()), nil
}

func (e *Engine) cancel(ctx context.Context, r Record, by identity.Caller) (Record, error) {
	id := r.ID
	var late error
	err := e.write(ctx, func(tx Tx) error {
		late = nil
		now := e.now()
		var err error
		if r, err = e.expire(tx, id, now); err != nil {
			return err
		}
		told := e.told(r, by.Frontend.Outside())
		switch {
		case r.mayBeTakenBack():
			r, late, err = e.takeBack(tx, r, by, now)
		case !e.Policy().same(partyOf(by.Principal), r.Requester) && (!r.scheduled() || r.Phase != PhaseOver):
			late = fault.New(fault.Forbidden, "order %s was asked for by %s: only its requester can take it back", r.ID, named(told.Requester)).
				WithHint("a person who may decide it can reject it")
		default:
			if late = e.undecided(told, now); late == nil {
				r, err = e.step(tx, r, Cancel{At: now}, audit.Entry{Event: "cancelled", At: now, Actor: e.actor(by)})
			}
		}
		return err // none where it is too late: that it expired is kept
	})
	return r, errors.Join(err, late)
}
