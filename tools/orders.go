package tools

import (
	"context"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/incident"
	"didops/internal/order"
)

// Orders returns the latest orders that the caller may see, those in one state
// unless that is empty, at most so many: for a front end that shows lists of its
// own, whatever operations there are. It is Forbidden for somebody without a
// role. It is asked at every look, so the observer is not told.
func (g *Gate) Orders(ctx context.Context, c Call, state order.State, most int) ([]order.Order, error) {
	c = g.bind(c)
	var list []order.Order
	_, err := guarded(c, func() (_ Result, err error) {
		if c.Principal.Role < identity.Reader {
			return Result{}, fault.New(fault.Forbidden, "%s may not look at orders", c.Principal).WithHint("the role %s is needed", identity.Reader)
		}
		list, err = g.orders.Orders(ctx, c.caller(), string(state), most)
		return Result{}, err
	})
	if err != nil {
		err, _ = incident.Present(ctx, g.discreet(err))
		return nil, err
	}
	return list, nil
}
