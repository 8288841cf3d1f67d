package tools

import (
	"context"
	"slices"

	"didops/internal/identity"
	"didops/internal/incident"
	"didops/internal/order"
)

// Upon says what an operation does to an order that waits, and by which parameter
// it takes the order's id. The zero Upon is for operations that do something
// else.
type Upon struct {
	Param string
	Does  Deed
}

// Deed is what is done to an order that waits, by those who are asked to decide
// it or who asked for it. None of them decides.
type Deed uint8

// The deeds.
const (
	NoDeed      Deed = iota
	AsksBack         // who may decide it asks its requester something
	AnswersBack      // the requester answers
	Edits            // who may decide it puts another in its place
	Comments         // either says something of it
	HandsOver        // who may decide it says who is asked to
)

// Upon returns the operation that does something to orders that wait, as far as
// it is offered through a front end, and the parameter that takes an order's id.
func (g *Gate) Upon(does Deed, face identity.Frontend) (t *Tool, param string, ok bool) {
	i := slices.IndexFunc(g.catalog.tools, func(t *Tool) bool { return does != NoDeed && t.upon.Does == does && g.offers(t, face) })
	if i < 0 {
		return nil, "", false
	}
	t = g.catalog.tools[i]
	return t, t.upon.Param, true
}

// Permits returns what the caller may do to an order now, besides deciding it, as
// far as there are operations for it that the caller may call. An order that the
// caller may not see is NotFound. It is asked with every look at an order, so
// the observer is not told.
func (g *Gate) Permits(ctx context.Context, id string, c Call) (order.Permitted, error) {
	c = g.bind(c)
	var p order.Permitted
	_, err := guarded(c, func() (Result, error) {
		var err error
		p, err = g.orders.Permits(ctx, id, c.caller())
		return Result{}, err
	})
	if err != nil {
		err, _ = incident.Present(ctx, err)
		return order.Permitted{}, err
	}
	p.Ask = p.Ask && g.mayDo(AsksBack, c)
	p.Answer = p.Answer && g.mayDo(AnswersBack, c)
	p.Comment = p.Comment && g.mayDo(Comments, c)
	if !g.mayDo(Edits, c) {
		p.Remove, p.Cap, p.Reroute = false, false, false
	}
	if !g.mayDo(HandsOver, c) {
		p.To = nil
	}
	return p, nil
}

// mayDo reports whether there is an operation for a deed that the caller may
// call.
func (g *Gate) mayDo(does Deed, c Call) bool {
	t, _, ok := g.Upon(does, c.Frontend)
	return ok && mayCall(t, c.Principal) == nil
}
