package order

import (
	"context"
	"errors"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/mandate"
	"didops/internal/money"
	"didops/internal/view"
)

// MandateState is a mandate as it stands.
type MandateState struct {
	ID        string
	Terms     mandate.Terms // without routing, which may hold secrets
	Order     string        // by which it was approved
	Requester identity.PublicParty
	Approved  []Decided
	Created   time.Time
	Revoked   time.Time // zero = it was not
	RevokedBy identity.PublicParty
	Over      bool // at its end

	Numbers int          // that were bought, or are on their way
	Spent   money.Amount // on them, reserved included
	Open    int          // of these, still to be sent
	Uses    []mandate.Use
}

// InForce reports whether something may be bought by it.
func (s MandateState) InForce() bool { return s.Revoked.IsZero() && !s.Over }

// Mandates returns the mandates that the caller may see, latest first: who sees an
// order sees the mandate that it made, and who may use one. Those that people did
// not approve are none, and those that can't be read are left out.
func (e *Engine) Mandates(ctx context.Context, by identity.Caller) ([]MandateState, error) {
	var list []MandateState
	err := e.read(ctx, func(tx Tx) error {
		list = nil
		rows, err := tx.Mandates(e.Exchange)
		if err != nil {
			return err
		}
		for _, row := range rows {
			a, err := e.authorityOf(tx, row)
			if _, not := errors.AsType[noMandateError](err); err != nil && !not {
				e.unreadable(ctx, row, err)
				continue
			}
			if a.order.ID == "" || !e.sees(by, a.order) && !e.mayUse(a, by) {
				continue
			}
			uses, err := tx.MandateUses(row.ID)
			if err != nil {
				return err
			}
			list = append(list, e.standing(a, uses, by))
		}
		return nil
	})
	return list, err
}

// unreadable logs that a mandate is left out of a list: one that was altered must
// not hide the others.
func (e *Engine) unreadable(ctx context.Context, row mandate.Row, err error) {
	e.Log.Error().Ctx(ctx).Err(err).Str("mandate", row.Name).Str("id", row.ID).Msg("a mandate can't be read; nothing is bought by it")
}

// mayUse reports whether the mandate names the caller.
func (e *Engine) mayUse(a authority, by identity.Caller) bool {
	policy := e.Policy()
	p := e.wanted(Record{Requester: partyOf(by.Principal)}, a, by.Principal.Groups, policy, e.now())
	return by.Principal.Role >= identity.Requester && a.UsedBy(p.By)
}

func (e *Engine) standing(a authority, uses []mandate.Use, by identity.Caller) MandateState {
	outside := by.Frontend.Outside()
	r := e.masked(e.told(a.order, outside))
	public := func(p identity.Party) identity.PublicParty {
		return identity.PublicParty{Realm: p.Realm, Name: clean(p.Name)}
	}
	s := MandateState{
		ID: a.ID, Terms: a.Terms, Order: r.ID, Requester: public(r.Requester), Created: second(a.Created), Revoked: second(a.Revoked),
		Over: a.Over(e.now()), Spent: zero(),
	}
	s.Terms.Name, s.Terms.Routing = a.Row.Name, nil
	if !a.Revoked.IsZero() {
		revoked := a.RevokedBy
		if outside {
			revoked = e.toldParty(revoked)
		}
		revoked.Name = e.words(revoked.Name, maxName)
		s.RevokedBy = public(revoked)
	}
	for _, d := range r.Decisions {
		s.Approved = append(s.Approved, Decided{Realm: d.By.Realm, Name: clean(d.By.Name), Decision: decided(d.Approve), At: second(d.At)})
	}
	s.Uses = uses
	for _, u := range uses {
		if u.Counts {
			s.Numbers, s.Spent = s.Numbers+1, s.Spent.Add(u.Due)
		}
		if u.Open {
			s.Open++
		}
	}
	return s
}

// MandateRouting returns what purchases by a mandate say of account and routing,
// secrets included, by the names of terms: for who makes the quote of one. It is
// nil where the mandate is not in force. What the caller may not use is NotFound.
func (e *Engine) MandateRouting(ctx context.Context, name string, by identity.Caller) (map[string]string, error) {
	none := fault.New(fault.NotFound, "there is no mandate %s", view.Quoted(clean(name))).
		WithField("mandate").WithHint("list the mandates, or leave it out: people decide then")
	var routing map[string]string
	found := false
	err := e.read(ctx, func(tx Tx) error {
		row, err := tx.Mandate(e.Exchange, name)
		if errors.Is(err, ErrNone) {
			return none
		}
		if err != nil {
			return err
		}
		a, err := e.authorityOf(tx, row)
		if _, not := errors.AsType[noMandateError](err); err != nil && !not {
			return err
		}
		if a.order.ID == "" || !e.sees(by, a.order) && !e.mayUse(a, by) {
			return none
		}
		routing, found = nil, true
		if err == nil && !a.Over(e.now()) {
			routing = a.Routing
		}
		return nil
	})
	if err == nil && !found {
		err = none
	}
	return routing, err
}

// RevokeMandate ends a mandate, which everybody may who may ask for orders and
// sees it, and takes back what is on its way by it: nothing is sent by it from
// then on, by any process. It needs no approval, because it only narrows what may
// happen, and one that can't be read can be revoked like any other. One that is
// revoked already is a Conflict.
func (e *Engine) RevokeMandate(ctx context.Context, name string, by identity.Caller) (state MandateState, stopped []string, err error) {
	none := fault.New(fault.NotFound, "there is no mandate %s", view.Quoted(clean(name))).WithField("name").WithHint("list the mandates for their names")
	if by.Principal.Role < identity.Requester {
		return state, nil, fault.New(fault.Forbidden, "%s may not revoke a mandate", by.Principal).WithHint("the role %s is needed", identity.Requester)
	}
	if err := e.existing(ctx, "", by); err != nil {
		return state, nil, none
	}
	err = e.write(ctx, func(tx Tx) error {
		state, stopped = MandateState{}, nil
		now := e.now()
		row, err := tx.Mandate(e.Exchange, name)
		if errors.Is(err, ErrNone) {
			return none
		}
		if err != nil {
			return err
		}
		a, err := e.authorityOf(tx, row)
		if _, not := errors.AsType[noMandateError](err); err != nil && !not {
			e.unreadable(ctx, row, err)
			a = authority{Row: row}
		}
		if a.order.ID != "" && !e.reaches(by, a.order) && !e.mayUse(a, by) {
			return none
		}
		if !row.Revoked.IsZero() {
			who := row.RevokedBy
			if by.Frontend.Outside() {
				who = e.toldParty(who)
			}
			return fault.New(fault.Conflict, "mandate %s was revoked at %s by %s", row.Name, e.moment(row.Revoked), named(who))
		}
		row.Revoked, row.RevokedBy = now, e.party(by.Principal)
		if err := tx.KeepMandate(row); err != nil {
			return err
		}
		a.Row = row
		if stopped, err = e.stopUses(tx, row, by, now); err != nil {
			return err
		}
		uses, err := tx.MandateUses(row.ID)
		if err != nil {
			return err
		}
		state = e.standing(a, uses, by)
		_, _, err = tx.Append(audit.Entry{
			At: now, Event: "mandate revoked", Exchange: e.Exchange, Kind: mandate.Kind, Actor: e.actor(by),
			Mandate: &audit.Mandate{ID: row.ID, Name: row.Name},
			Result:  row.Name + " (" + row.ID + "): " + view.Plural(len(stopped), "order") + " taken back",
		})
		return err
	})
	e.witness(context.WithoutCancel(ctx)) // it can't be made undone in the store
	return state, stopped, err
}

// reaches reports whether somebody sees an order, or reaches its card.
func (e *Engine) reaches(by identity.Caller, r Record) bool {
	return e.sees(by, r) || identity.RealmOf(by.Principal.Realm).Apart && r.Exchange == e.Exchange
}

// stopUses takes back what of a mandate's purchases was not sent, and returns their
// orders.
func (e *Engine) stopUses(tx Tx, row mandate.Row, by identity.Caller, now time.Time) ([]string, error) {
	uses, err := tx.MandateUses(row.ID)
	if err != nil {
		return nil, err
	}
	var stopped []string
	for n, u := range uses {
		if !u.Open || n > 0 && uses[n-1].Order == u.Order && uses[n-1].Open {
			continue
		}
		r, err := tx.Order(u.Order)
		if err != nil {
			return nil, err
		}
		event := TakeBack{By: e.party(by.Principal), At: now}
		if _, err := Next(r, event); err != nil {
			continue // all of it is being sent, or was taken back already
		}
		if _, err := e.step(tx, r, event, audit.Entry{Event: takenBack, At: now, Actor: e.actor(by), Result: "mandate " + row.Name + " was revoked"}); err != nil {
			return nil, err
		}
		stopped = append(stopped, r.ID)
	}
	return stopped, nil
}

// Buying is a mandate in force that buys by itself what a watch finds.
type Buying struct {
	ID, Name, Watch string
	Requester       identity.Party // whose watch it is
	Groups          []string       // roles that the requester's surface knew when the mandate was asked for
	Since           time.Time      // when the mandate came into force
	Tried           int            // number of the last hit that was tried
	Open            int            // numbers on their way by it
}

// Buying returns the mandates that buy by themselves and have anything left.
func (e *Engine) Buying(ctx context.Context) ([]Buying, error) {
	var list []Buying
	err := e.read(ctx, func(tx Tx) error {
		list = nil
		rows, err := tx.Mandates(e.Exchange)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.Ended(e.now()) {
				continue
			}
			a, err := e.authorityOf(tx, row)
			if _, not := errors.AsType[noMandateError](err); not || err == nil && a.Watch == "" {
				continue
			}
			if err != nil {
				e.unreadable(ctx, row, err)
				continue
			}
			uses, err := tx.MandateUses(row.ID)
			if err != nil {
				return err
			}
			b := Buying{
				ID: row.ID, Name: row.Name, Watch: a.Watch, Requester: a.order.Requester, Groups: a.order.Asked.Groups,
				Since: row.Created, Tried: row.Tried,
			}
			for _, u := range uses {
				if u.Open {
					b.Open++
				}
			}
			if numbers, _ := a.Left(uses); numbers > 0 {
				list = append(list, b)
			}
		}
		return nil
	})
	return list, err
}
