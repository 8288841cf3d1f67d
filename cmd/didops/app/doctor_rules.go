package app

import (
	"context"
	"strings"

	"didops/internal/config"
	"didops/internal/order"
	"didops/internal/view"
	"didops/tools"
	"didops/tools/did"
)

// lookAhead is for how many days it is looked whether somebody is there.
const lookAhead = 30

// rules says by what rules orders are approved, when nobody is there to, and
// which orders wait that nobody could decide now.
func (e *doctor) rules(ctx context.Context, c *config.Config) {
	policy := policyOf(c, e.person(ctx).ID)
	if policy.Rules != nil {
		var empty []string
		for _, r := range policy.Reachable(e.Now(), lookAhead) {
			if len(r.Empty) > 0 {
				empty = append(empty, r.String())
			}
		}
		if n := len(c.Approval.Rules); len(empty) > 0 {
			e.warn("rules", "name a delegate under [[people]], or more approvers", "too few are there to approve: %s", strings.Join(empty, "; "))
		} else {
			e.ok("rules", "%s; didops policy explain ORDER says which one an order is under", view.Plural(n, "rule"))
		}
	}
	orders, err := e.waiting(ctx, c)
	if err != nil {
		return // said of the store
	}
	if ids, err := orders.Undecidable(ctx); err == nil && len(ids) > 0 {
		e.warn("orders", "see didops policy explain "+ids[0], "%s that nobody could decide now, or carry out then: %s",
			view.Plural(len(ids), "order"), strings.Join(ids, ", "))
	}
	if ids, err := orders.Unproved(ctx); err == nil && len(ids) > 0 {
		e.warn("orders", "take it back by didops order cancel "+ids[0]+", and ask for it again, so that it is approved by a passkey",
			"%s will not be sent, because rules want passkeys by now that its approvals do not have: %s", view.Plural(len(ids), "scheduled order"), strings.Join(ids, ", "))
	}
}

// waiting returns the engine of orders, to look at those that wait.
func (e *doctor) waiting(ctx context.Context, c *config.Config) (*order.Engine, error) {
	declarations, err := did.All(did.Config{Reader: absent{}, Currency: c.Exchange.Currency, Now: e.Now})
	if err != nil {
		return nil, err
	}
	return e.app.orders(ctx, c, tools.Handlers(declarations))
}
