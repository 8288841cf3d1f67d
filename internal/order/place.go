package order

import (
	"context"
	"errors"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/risk"
)

// Place implements [Service]. What can be refused without reading the
// exchange is refused first, everything is checked once more in the
// transaction that keeps the order, and refusals are audited.
func (e *Engine) Place(ctx context.Context, p PlaceRequest) (Placed, error) {
	found, err := e.place(ctx, p)
	if err != nil {
		e.auditRefusal(ctx, p, err)
		e.lookAgain(ctx, err)
		return Placed{}, err
	}
	e.learnPlaces(ctx)
	if !found.NextNudge().IsZero() {
		e.nudgeSoon()
	}
	placed := e.placed(found, p.By)
	if o := &placed.Order; found.Rev > 1 && !found.fresh && o.State != Pending {
		o.Message = "This is the order of " + e.moment(found.Created) + " for the same request; nothing was done again. " + o.Message
	}
	return placed, nil
}

// dayRecord is an order, and what counts on the day beside it: all that tells
// who may decide it, read in one transaction.
type dayRecord struct {
	Record
	day   []Reservation
	fresh bool // it was kept just now
}

// placed returns an order with what the caller may be asked about it.
func (e *Engine) placed(s dayRecord, by identity.Caller) Placed {
	outside := by.Frontend.Outside()
	p := Placed{Order: e.view(s.Record, outside)}
	if p.Order.State != Pending {
		return p
	}
	handler, err := e.handler(s.Tool)
	if err == nil {
		err = e.Policy().mayApprove(e.told(s.Record, outside), by, s.day)
	}
	if err == nil {
		p.Question = handler.Ask(p.Order)
	} else if f, ok := fault.As(err); ok {
		p.Unasked = f.Message
	}
	return p
}

func (e *Engine) place(ctx context.Context, p PlaceRequest) (dayRecord, error) {
	if err := e.begins(); err != nil {
		return dayRecord{}, err
	}
	handler, err := e.handler(p.Operation)
	if err != nil {
		return dayRecord{}, err
	}
	if handler.Identify == nil {
		return dayRecord{}, fault.New(fault.NotFound, "nothing is asked for by %s", p.Operation)
	}
	id, err := handler.Identify(p.Args, p.By)
	if err != nil {
		return dayRecord{}, err
	}
	now := e.now()
	policy := e.Policy()
	r := Record{
		Exchange: e.Exchange, Tool: p.Operation, Kind: handler.Kind, Risk: handler.Risk, Phase: PhasePending,
		Requester: e.party(p.By.Principal), Reason: e.words(p.Reason, MaxReason), Currency: e.Currency,
		Asked: policy.rules(), Created: now,
	}
	if err := policy.numbers(len(id.Numbers)); err != nil {
		return dayRecord{}, err
	}
	named := id
	named.Choice = "" // of which nothing is known before it is read
	if existing, err := e.before(ctx, &r, named, now); err != nil || existing != nil {
		if err == nil {
			e.repeated(ctx, existing.Record, p.By)
		}
		return deref(existing), err
	}
	if r.Quote, err = handler.Quote(ctx, p.Args, p.By); err != nil {
		return e.unquoted(ctx, r, id, err)
	}
	if id, err = chosen(id, &r.Quote, policy); err != nil {
		return dayRecord{}, err
	}
	if err := errors.Join(believable(r.Quote), r.Quote.uniform()); err != nil {
		return dayRecord{}, err
	}
	r.Quote = r.Quote.whole()
	r.Lines = make([]LineRecord, len(r.Quote.Lines))
	for i := range r.Lines {
		r.Lines[i].State = LineWaiting
	}
	e.lookAtOwn(ctx, r.Risk)
	return e.keep(ctx, r, id, p)
}

// unquoted is what a request comes to that could not be quoted: the same may have
// been asked for and carried out meanwhile.
func (e *Engine) unquoted(ctx context.Context, r Record, id IdempotencyKey, why error) (dayRecord, error) {
	if id.Choice != "" && !errors.Is(why, ErrNoneChosen) {
		return dayRecord{}, why
	}
	if existing, err := e.before(ctx, &r, id, e.now()); err == nil && existing != nil {
		return *existing, nil
	}
	return dayRecord{}, why
}

func deref(s *dayRecord) dayRecord {
	if s == nil {
		return dayRecord{}
	}
	return *s
}

// before checks what is in the store, so that nothing is read of the exchange
// for a request that would be refused, or has been answered. What is out of
// time, or left by a dead process, is ended first, so that what is said of it
// is true. The record gets the key of the request.
func (e *Engine) before(ctx context.Context, r *Record, id IdempotencyKey, now time.Time) (*dayRecord, error) {
	var existing *dayRecord
	var stale []string
	look := func(tx Tx) error {
		var err error
		if stale, err = e.stale(tx, now); err != nil || len(stale) > 0 {
			return err
		}
		old, err := e.admit(tx, r, id, now)
		existing, err = e.with(tx, old, now, err)
		return err
	}
	foreseen := e.admission(*r, id)
	foreseen.Due = now
	err := unlessNone(e.reading(ctx, foreseen, look))
	for err == nil && len(stale) > 0 {
		if err = e.concludeAll(ctx, stale); err == nil {
			err = unlessNone(e.reading(ctx, foreseen, look))
		}
	}
	return existing, err
}

// with adds to an order, if there is one, what counts on the day.
func (e *Engine) with(tx Tx, r *Record, now time.Time, err error) (*dayRecord, error) {
	if err != nil || r == nil {
		return nil, err
	}
	day, err := tx.Day(e.Exchange, now.Format(time.DateOnly))
	return &dayRecord{Record: *r, day: day}, err
}

// keep checks the quote and keeps the order, in one transaction.
func (e *Engine) keep(ctx context.Context, r Record, id IdempotencyKey, p PlaceRequest) (dayRecord, error) {
	by := p.By
	var result dayRecord
	var again bool
	p.likely = e.newID()
	foreseen := e.admission(r, id)
	foreseen.Orders, foreseen.Day = []string{p.likely}, e.today()
	err := e.writing(ctx, foreseen, func(tx Tx) error {
		if err := e.begins(); err != nil {
			return err
		}
		// Not before the transaction: while it waited for its turn, the order of
		// the same request may have come to its end.
		now := e.now()
		next := r.Clone()
		policy := e.Policy()
		var err error
		next.Created = now
		if err := e.expireHolders(tx, id.Numbers, now); err != nil {
			return err
		}
		old, err := e.admit(tx, &next, id, now)
		existing, err := e.with(tx, old, now, err)
		if again = existing != nil; again || err != nil {
			result = deref(existing)
			return err
		}
		day, err := tx.Day(e.Exchange, now.Format(time.DateOnly))
		if err != nil {
			return err
		}
		result.day = day
		if err := policy.ask(tx, &next, by, now); err != nil {
			return err
		}
		if err := e.bounds(tx, policy, next, day, now); err != nil {
			return err
		}
		result.fresh = true
		result.Record, err = e.decidable(tx, next, p, policy, day)
		return err
	})
	switch {
	case err != nil:
		return dayRecord{}, err
	case again:
		e.repeated(ctx, result.Record, by)
	default:
		e.see(ctx, result.Record)
		e.log(ctx, result.Record).Info().Msg("an order waits for a decision")
	}
	return result, nil
}

// insert keeps a new order under an id that is free, perhaps the likely one.
func (e *Engine) insert(tx Tx, r Record, likely string, by identity.Caller) (Record, error) {
	var err error
	if r.ID, err = e.freeID(tx, likely); err != nil {
		return Record{}, err
	}
	return e.request(tx, r, e.actor(by))
}

// request keeps a new order, as one that somebody has asked for.
func (e *Engine) request(tx Tx, r Record, who *audit.Actor) (Record, error) {
	r.Salt = newSalt()
	terms, err := TermsHash(r)
	if err == nil {
		r, err = e.attest(tx, r)
	}
	if err != nil {
		return Record{}, err
	}
	next, err := e.audit(tx, r, audit.Entry{Event: "requested", At: r.Created, Actor: who, Result: r.Reason, Terms: terms})
	if err != nil {
		return Record{}, err
	}
	if err := tx.Insert(next); err != nil {
		return Record{}, err
	}
	next.Rev = 1
	return next, nil
}

// admit sets the request's key, and returns the order of the same request
// that still answers it, or why the request can't be let in.
func (e *Engine) admit(tx Tx, r *Record, id IdempotencyKey, now time.Time) (*Record, error) {
	var err error
	if r.Key, err = e.key(tx, r.Tool, id, r.Requester); err != nil {
		return nil, err
	}
	earlier, err := tx.Requests(e.Exchange, r.Key)
	if err != nil {
		return nil, err
	}
	for _, old := range earlier {
		answers, err := e.answers(tx, old, id, now)
		if err != nil {
			return nil, err
		}
		if answers {
			return &old, nil
		}
	}
	if existing, err := e.alike(tx, r, id, now); existing != nil || err != nil {
		return existing, err
	}
	for _, number := range id.Numbers {
		if err := e.free(tx, number, now); err != nil {
			return nil, err
		}
		if r.Risk != risk.Spend {
			continue
		}
		if err := e.bought(tx, number, ""); err != nil {
			return nil, err
		}
	}
	most := e.Policy().MaxOpenOrders
	if most == 0 {
		return nil, nil
	}
	open, err := e.countOpen(tx, r.Requester, now)
	if err == nil && open >= most {
		err = limit("max_open_orders", "you have %d orders open, and at most %d are allowed", open, most)
	}
	return nil, err
}

// countOpen counts the open orders of a requester without those that are out
// of time, though nobody has said so yet.
func (e *Engine) countOpen(tx Tx, who identity.Party, now time.Time) (int, error) {
	names, err := spelled(tx, e.Exchange, who)
	open := 0
	for _, name := range names {
		n, err := tx.CountOpen(e.Exchange, name)
		if err != nil {
			return open, err
		}
		open += n
	}
	if err != nil || open == 0 {
		return open, err
	}
	due, err := tx.Due(e.Exchange, now)
	for _, id := range due {
		r, err := tx.Order(id)
		if err != nil {
			return open, err
		}
		if r.Phase == PhasePending && !now.Before(r.Expires) && r.Requester.Is(who) {
			open--
		}
	}
	return open, err
}

// free reports as a conflict that another order holds the number.
func (e *Engine) free(tx Tx, number string, now time.Time) error {
	holder, err := tx.Holder(e.Exchange, number)
	if errors.Is(err, ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	r, err := tx.Order(holder)
	if err != nil {
		return err
	}
	if r.Phase == PhasePending && !now.Before(r.Expires) {
		return nil // nobody has said so yet, but it is expired
	}
	conflict := fault.New(fault.Conflict, "order %s (%s, %s) is about %s already", r.ID, r.Kind, r.State(), shown(number)).WithField("numbers")
	switch {
	case r.Phase == PhasePending:
		return conflict.WithHint("wait for its decision; who asked for it can cancel it")
	case r.State() == Scheduled:
		return conflict.WithHint("it is carried out %s; until then it can be taken back, by cancelling it", r.plan())
	case r.State() == Unknown && r.Risk != risk.Spend:
		return conflict.WithHint("look at that order, which looks for its outcome; it lets the number go an hour after it was sent")
	case r.State() == Unknown:
		return conflict.WithHint("look at that order, which looks for its outcome; what stays unknown can be looked up at the exchange's own portal")
	}
	return conflict.WithHint("wait for its outcome")
}

// expireHolders ends the orders that hold one of the numbers and are out of
// time.
func (e *Engine) expireHolders(tx Tx, numbers []string, now time.Time) error {
	for _, number := range numbers {
		holder, err := tx.Holder(e.Exchange, number)
		if errors.Is(err, ErrNone) {
			continue
		}
		if err != nil {
			return err
		}
		if _, err := e.expire(tx, holder, now); err != nil {
			return err
		}
	}
	return nil
}

// expire ends a pending order that is out of time, and returns the order.
func (e *Engine) expire(tx Tx, id string, now time.Time) (Record, error) {
	r, err := tx.Order(id)
	if err != nil {
		return r, err
	}
	return e.lapse(tx, r, now)
}

// lapse is expire for an order that was read already.
func (e *Engine) lapse(tx Tx, r Record, now time.Time) (Record, error) {
	if r.Phase != PhasePending || now.Before(r.Expires) {
		return r, nil
	}
	return e.step(tx, r, Expire{At: now}, audit.Entry{Event: "expired", At: now})
}
