package did

import (
	"context"
	"slices"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/order"
)

// A look never sends. What it can't read, or what contradicts itself, leaves
// the outcome open; only the end of the context is an error.

func unclear(why string) order.Evidence { return order.Evidence{Verdict: order.Inconclusive, Why: why} }

// unread is the finding of a reading that failed or broke off.
func unread(ctx context.Context, err error) (order.Evidence, error) {
	if ctx.Err() != nil {
		return order.Evidence{}, ctx.Err()
	}
	why := "the exchange could not be read"
	if f, ok := fault.As(err); ok {
		why = f.Message
	}
	return unclear(why), nil
}

// ownership is what the list of own numbers says of a line.
type ownership struct {
	row   *exchange.Owned // the row with its id, even of a reading that is not complete
	other *exchange.Owned // the number under another id or none, where there is no such row
}

func (d *writeOps) ownership(ctx context.Context, l order.Line) (ownership, error) {
	rows, reading, err := d.Writer.FindOwned(ctx, l.Number)
	i := slices.IndexFunc(rows, func(o exchange.Owned) bool { return o.ID == l.ID })
	if i >= 0 {
		return ownership{row: &rows[i]}, whole("the own numbers", reading, err)
	}
	var own ownership
	if len(rows) > 0 {
		own.other = &rows[0]
	}
	return own, whole("the own numbers", reading, err)
}

// reconcilePurchase settles a purchase. The market is read before the list: a
// purchase that is carried out between the two then shows in the list, while
// the other way round it would look like one of somebody else.
func (d *writeOps) reconcilePurchase(ctx context.Context, l order.Line) (order.Evidence, error) {
	offers, market := d.offers(ctx, l.Number)
	own, err := d.ownership(ctx, l)
	switch {
	case own.row != nil:
		return boughtRow(l, own.row, order.Confirmed, "the number is in the list of own numbers"), nil
	case err != nil:
		return unread(ctx, err)
	case own.other != nil:
		return boughtRow(l, own.other, order.Altered, "the list of own numbers has the number under another id"), nil
	case market != nil:
		return unread(ctx, market)
	case len(offers) == 0:
		return order.Evidence{Verdict: order.Refuted, Moved: true, Why: "the number is not in the list of own numbers, and the market does not offer it any more"}, nil
	case !slices.ContainsFunc(offers, func(o exchange.Offer) bool { return o.ID == l.ID }):
		return order.Evidence{Verdict: order.Refuted, Moved: true, Why: "the number is not in the list of own numbers, and the market offers it under another id"}, nil
	}
	return order.Evidence{Verdict: order.Refuted, Why: "the number is not in the list of own numbers, and the market still offers it"}, nil
}

// boughtRow is the evidence of an own row for a purchase.
func boughtRow(l order.Line, row *exchange.Owned, v order.Verdict, why string) order.Evidence {
	return order.Evidence{Verdict: v, Why: why, Differs: notAsQuoted(l, row), Due: row.SetupFee.Add(row.MonthlyFee)}
}

// reconcileUnsubscribe settles giving a number up. A list without the number is no
// proof by itself, because it may lack a row; the market's offer is.
func (d *writeOps) reconcileUnsubscribe(ctx context.Context, l order.Line) (order.Evidence, error) {
	own, err := d.ownership(ctx, l)
	switch {
	case err != nil:
		return unread(ctx, err)
	case own.row == nil && own.other != nil:
		return unclear("the list of own numbers has the number under another id"), nil
	}
	offers, market := d.offers(ctx, l.Number)
	if ctx.Err() != nil {
		return order.Evidence{}, ctx.Err()
	}
	offered := slices.ContainsFunc(offers, func(o exchange.Offer) bool { return o.ID == l.ID })
	switch {
	case own.row != nil && offered:
		return order.Evidence{Verdict: order.Refuted, Moved: true, Why: "the number is still in the list of own numbers, and the market offers it already"}, nil
	case own.row != nil && market != nil:
		return unread(ctx, market)
	case own.row != nil:
		return order.Evidence{Verdict: order.Refuted, Why: "the number is still in the list of own numbers"}, nil
	case offered:
		return order.Evidence{Verdict: order.Confirmed, Why: "the number is not ours any more, and the market offers it"}, nil
	}
	why := "the number is not ours any more; the market does not offer it"
	if market != nil {
		why = "the number is not ours any more; the market could not be read"
	}
	return order.Evidence{Verdict: order.Presumed, Why: why}, nil
}

// reconcileUpdate settles a re-routing by what the number's addresses are.
func (d *writeOps) reconcileUpdate(ctx context.Context, l order.Line) (order.Evidence, error) {
	own, err := d.ownership(ctx, l)
	if own.row == nil {
		if err != nil {
			return unread(ctx, err)
		}
		return unclear("the number is not in the list of own numbers"), nil
	}
	is := [2]string{own.row.Contact, own.row.SMPPContact}
	switch {
	case sameRouting(is, [2]string{l.Term(termContact), l.Term(termSMPP)}):
		return order.Evidence{Verdict: order.Confirmed, Why: "the number has the new routing"}, nil
	case sameRouting(is, [2]string{l.Fact(factContact), l.Fact(factSMPP)}):
		if err != nil {
			return unread(ctx, err)
		}
		return order.Evidence{Verdict: order.Refuted, Why: "the number has the routing that it had"}, nil
	}
	found := order.Changes{}
	routing(found, l, own.row)
	return order.Evidence{
		Verdict: order.Altered, Differs: found,
		Why: "the number has a routing that is neither the old nor the new: " + found.String(),
	}, nil
}
