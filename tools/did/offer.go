package did

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/phone"
)

// quoteOffer quotes the cheapest offer of a number.
func (d *writeOps) quoteOffer(ctx context.Context, digits string, b purchaseTerms) (order.Line, error) {
	began := d.Now()
	own, err := d.owned(ctx, digits)
	if err != nil {
		return order.Line{}, err
	}
	if len(own) > 0 {
		d.renew(ctx, digits, nil, began)
		return order.Line{}, fault.New(fault.Conflict, "%s is already a number of this account", phone.Format(digits)).
			WithField("numbers").WithHint("it is among your numbers: list them")
	}
	began = d.Now()
	offers, err := d.offers(ctx, digits)
	if err != nil {
		return order.Line{}, err
	}
	d.renew(ctx, digits, offers, began)
	if len(offers) == 0 {
		return order.Line{}, fault.New(fault.NotFound, "%s is not for sale, or not any more", phone.Format(digits)).
			WithField("numbers").WithHint("search again for what is")
	}
	offers = slices.DeleteFunc(offers, func(o exchange.Offer) bool { return o.ID == "" })
	if len(offers) == 0 {
		return order.Line{}, fault.New(fault.Invalid, "%s can't be bought here, because the exchange gives no id", phone.Format(digits)).
			WithField("numbers").WithHint("buy it in the exchange's portal, or choose another number")
	}
	best := slices.MinFunc(offers, cheaper)
	return b.line(&best)
}

// cheaper orders the offers of one number.
func cheaper(a, b exchange.Offer) int {
	return cmp.Or(
		a.MonthlyFee.Cmp(b.MonthlyFee), a.SetupFee.Cmp(b.SetupFee),
		cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(a.ID, b.ID),
	)
}

// line returns an offer with the terms on which it would be bought.
func (b purchaseTerms) line(of *exchange.Offer) (order.Line, error) {
	l := offered(of)
	l.Terms = []order.Fact{{Name: termAccount, Value: strconv.FormatInt(b.account, 10)}}
	for _, w := range b.wishes {
		if !uses(&of.Number, w.scheme) {
			continue
		}
		if w.text == "" {
			return order.Line{}, unset(w.scheme, fmt.Sprintf("%s takes %s, and it is not said where those go", phone.Format(of.Digits), what(w.scheme)))
		}
		l.Terms = append(l.Terms, w.term(of.Digits))
	}
	l.Terms = append(l.Terms, b.labels...)
	return l, nil
}

func offered(o *exchange.Offer) order.Line {
	l := newLine(&o.Number, factOffered)
	l.SetupFee = o.SetupFee
	l.DueNow = o.SetupFee.Add(o.MonthlyFee)
	return l
}

// paperwork says which numbers will not work at first.
func paperwork(list []order.Line) string {
	n := 0
	for _, l := range list {
		if l.Documents != nil && *l.Documents {
			n++
		}
	}
	switch {
	case n == 0:
		return ""
	case len(list) == 1:
		return "The number does not work until documents are verified."
	case n == 1:
		return fmt.Sprintf("1 of %d numbers does not work until documents are verified.", len(list))
	}
	return fmt.Sprintf("%d of %d numbers do not work until documents are verified.", n, len(list))
}

func (d *writeOps) requotePurchase(ctx context.Context, l order.Line) (order.Line, error) {
	own, err := d.owned(ctx, l.Number)
	if err != nil {
		return order.Line{}, err
	}
	if len(own) > 0 {
		return gone(l, factOffered, "it is yours already"), nil
	}
	offers, err := d.offers(ctx, l.Number)
	if err != nil {
		return order.Line{}, err
	}
	i := slices.IndexFunc(offers, func(o exchange.Offer) bool { return o.ID == l.ID })
	switch {
	case i < 0 && len(offers) > 0:
		return gone(l, factOffered, "it is offered under another id now, so that it is another offer"), nil
	case i < 0:
		return gone(l, factOffered, "it was sold meanwhile, or taken off the market"), nil
	}
	now := offered(&offers[i])
	now.Terms = l.Terms
	return now, nil
}
