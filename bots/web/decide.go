package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
	"didops/tools"
)

// decideWithin is how long a browser waits for what an approval leads to. What is
// not over by then goes on, and the page says so.
const decideWithin = 25 * time.Second

// errShownAnew is the cause where the terms are not those that were shown.
var errShownAnew = errors.New("the terms are not those that the page showed")

// decide takes the form of an order: an approval of exactly what was shown, or a
// no. Whoever comes second is told who decided, and when.
func (p *Page) decide(w http.ResponseWriter, v *visit) error {
	ctx, id := v.Context(), v.PathValue("id")
	a := tools.Answer{Typed: v.PostFormValue("typed"), Reason: v.PostFormValue("reason")}
	switch v.PostFormValue("decision") {
	case "approve", sign:
		a.Reply = tools.Yes
	case "reject":
		a.Reply, a.Typed = tools.No, ""
	default:
		return fault.New(fault.Invalid, "the form says neither yes nor no")
	}
	err := p.sameTerms(ctx, v, id, a.Reply)
	if err == nil {
		err = withAssertion(v, &a)
	}
	if err == nil {
		bounded, cancel := context.WithTimeout(ctx, decideWithin)
		defer cancel()
		_, err = p.c.Gate.Decide(bounded, id, v.call("web_form"), a)
	}
	if err == nil {
		p.lead(w, v, "/orders/"+id)
		return nil
	}
	return p.notDecided(w, v, id, err)
}

// sameTerms compares what an approval is about with what was shown. A no is one
// whatever the terms are.
func (p *Page) sameTerms(ctx context.Context, v *visit, id string, reply tools.Reply) error {
	if reply != tools.Yes {
		return nil
	}
	s, err := p.look(ctx, v, id)
	switch {
	case err != nil:
		return err
	case s.question == nil && s.whyNot != nil:
		return s.whyNot
	case s.question == nil:
		return fault.New(fault.Forbidden, "you may not approve orders")
	case termsOf(s) != v.PostFormValue("terms"):
		return fault.New(fault.Conflict, "the terms are not what the page showed any more, so nothing was decided").
			WithHint("read them again, and decide then").WithCause(errShownAnew)
	}
	return nil
}

// notDecided shows an order again that a decision did not decide, with the
// reason: who was first, what must be typed, that it ran out of time.
func (p *Page) notDecided(w http.ResponseWriter, v *visit, id string, err error) error {
	f, ok := fault.As(err)
	if !ok || f.Code == fault.Internal || f.Code == fault.NotFound || f.Code == fault.Unavailable {
		return err
	}
	s, failed := p.look(v.Context(), v, id)
	if failed != nil {
		return err
	}
	how := shown{status: statusOf(f.Code), problem: problemOf(f.Outside()), reason: v.PostFormValue("reason")}
	if f.Code == fault.Invalid && f.Field != assertion && s.question != nil && s.question.Want != "" {
		how.problem.Field = "typed"
	}
	if s.order.State != order.Pending {
		s.whyNot = nil // it is said already
	}
	if p.c.Refused != nil {
		p.c.Refused(how.status)
	}
	return p.showOrder(w, v, s, how)
}

// cancel takes an order back, by whoever may.
func (p *Page) cancel(w http.ResponseWriter, v *visit) error {
	id := v.PathValue("id")
	if _, err := p.c.Gate.TakeBack(v.Context(), id, v.call("web_form")); err != nil {
		return p.notDecided(w, v, id, err)
	}
	p.lead(w, v, "/orders/"+id)
	return nil
}
