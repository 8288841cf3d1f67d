package order

import (
	"slices"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/mandate"
	"didops/internal/money"
	"didops/internal/passkey"
)

// usedMandate is the mandate that decided the order, with what the line of a
// number counts with, as the trail has it.
func (r Record) usedMandate(number string) *audit.Mandate {
	m := &audit.Mandate{ID: r.Mandate.ID, Name: r.Mandate.Name}
	for n, l := range r.Quote.Lines {
		if number != "" && shown(l.Number) == number {
			m.Due = r.Due(n).String()
		}
	}
	return m
}

// mandateProved reports, right before line n of an order is sent that a mandate
// decided, that the mandate is not proved: where rules want passkeys, it needs what
// every order needs, an approval of its own that holds without the store. It must
// be called before the transaction adds to the trail.
func (e *Engine) mandateProved(tx Tx, r Record, n int, a authority, policy Policy) error {
	if !policy.signs() && a.order.strength() < identity.Passkey {
		return nil
	}
	err := e.mandateGiven(tx, a, policy)
	if err == nil {
		err = e.mandateFree(tx, r, n, a)
	}
	if fault.CodeOf(err) == fault.Forbidden {
		return &barredError{because: err, event: notAsApproved, state: LineSkipped}
	}
	return err
}

// mandateGiven reports why people did not give a mandate as it is: Forbidden.
func (e *Engine) mandateGiven(tx Tx, a authority, policy Policy) error {
	if policy.clicks(a.order) {
		if is, err := e.attested(tx, a.order); is || err != nil {
			return err // what it needed is what it was asked under, and that is no passkey
		}
	}
	done, err := e.doings(tx, a.order)
	switch {
	case err != nil:
		return err
	case !done.Known:
		return fault.New(fault.Forbidden, "the audit trail knows no approval of mandate %s by a passkey", a.Row.Name)
	case done.Ended != string(Completed) && done.Ended != string(Unknown): // which was found to be there
		return fault.New(fault.Forbidden, "the audit trail does not say that mandate %s was put in force", a.Row.Name)
	}
	return e.signedEnough(tx, a.order, policy)
}

// mandateFree reports why the trail does not leave room for a line that a mandate
// is to buy: Forbidden. What the store says of revocations, of what was stopped and
// of what was bought is not believed.
func (e *Engine) mandateFree(tx Tx, r Record, n int, a authority) error {
	if is, err := e.attested(tx, r); err != nil {
		return err
	} else if !is {
		return fault.New(fault.Forbidden, "this didops was not asked for it as it is")
	}
	if a.Terms.Name != r.Quote.Mandate {
		return fault.New(fault.Forbidden, "it was asked for by another mandate")
	}
	use, err := e.Passkeys.Seen(tx, r.ID)
	if err != nil {
		return err
	}
	seen, err := e.Passkeys.SeenMandate(tx, e.Exchange, audit.Mandate{ID: a.ID, Name: a.Terms.Name}, a.order.ID)
	if err != nil {
		return err
	}
	number := shown(r.Quote.Lines[n].Number)
	line := use.Lines[number]
	from := later(use.Approved, r.Created).Truncate(time.Second).Add(a.Grace)
	switch {
	case seen.Revoked:
		return fault.New(fault.Forbidden, "the audit trail says that mandate %s was revoked", a.Terms.Name)
	case use.Mandate != a.ID:
		return fault.New(fault.Forbidden, "the audit trail does not say that mandate %s was used for it", a.Terms.Name)
	case use.Ended != "":
		return fault.New(fault.Forbidden, "the audit trail says that it ended: %s", use.Ended)
	case line.Sent != r.Lines[n].Tries, line.State != "" && line.State != string(LineWaiting):
		return fault.New(fault.Forbidden, "the audit trail says that it was sent already")
	case e.now().Before(from):
		return fault.New(fault.Forbidden, "mandate %s gives %s to stop it, which are not over", a.Terms.Name, a.Grace)
	}
	if why := a.Exceeded(use.Approved, append(sentBy(seen.Lines, r.ID, number), mandate.Use{At: use.Approved, Due: r.Due(n), Counts: true})); why != "" {
		return fault.New(fault.Forbidden, "by the audit trail, %s", why)
	}
	return nil
}

// sentBy returns what the trail says was sent by a mandate and may have been done,
// but for one line.
func sentBy(lines []passkey.MandateLine, order, number string) []mandate.Use {
	var uses []mandate.Use
	for _, l := range lines {
		not := slices.Contains([]LineState{LineFailed, LineSkipped, LineChanged}, LineState(l.State))
		if l.Sent == 0 || not || l.Order == order && l.Number == number {
			continue
		}
		due, err := money.Parse(l.Due)
		if err != nil {
			due = money.Amount{} // which is over every bound
		}
		uses = append(uses, mandate.Use{Order: l.Order, At: l.Used.Approved, Due: due, Counts: true})
	}
	return uses
}
