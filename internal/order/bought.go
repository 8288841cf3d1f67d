package order

import (
	"context"
	"errors"
	"slices"

	"didops/internal/fault"
	"didops/internal/risk"
)

// boughtError is the cause of a conflict with an order that bought a number.
type boughtError struct{ order, number string }

func (e *boughtError) Error() string { return "order " + e.order + " bought " + e.number }

// bought reports as a conflict that the journal knows the number to be bought,
// or perhaps, by an order other than the one named: a list that lags does not
// show it, and a market that lags still offers it. A number that was given up
// since, here or elsewhere, is not ours any more.
func (e *Engine) bought(tx Tx, number, but string) error {
	list, err := tx.History(e.Exchange, number)
	if err != nil {
		return err
	}
	for _, past := range list {
		handler, known := e.handlers[past.Operation]
		switch {
		case !known || past.Order == but:
		case handler.Risk == risk.Destroy && past.State == LineDone:
			return nil
		case handler.Risk == risk.Spend:
			return e.ownedBy(tx, past, number)
		}
	}
	return nil
}

// ownedBy is the conflict with the order that bought a number, or may have;
// none where that was given up elsewhere.
func (e *Engine) ownedBy(tx Tx, past Past, number string) error {
	if past.State == LineUnknown {
		return fault.New(fault.Conflict, "order %s may have bought %s; it is not known yet", past.Order, shown(number)).WithField("numbers").
			WithHint("look at that order, which looks for its outcome; what stays unknown can be looked up at the exchange's own portal")
	}
	r, err := tx.Order(past.Order)
	if err != nil || r.Lines[r.lineOf(number)].Gone {
		return err
	}
	return fault.New(fault.Conflict, "%s is already a number of this account: order %s bought it, and it was not given up since", shown(number), past.Order).
		WithField("numbers").WithCause(&boughtError{past.Order, number}).
		WithHint("the list of your numbers may lag; if it was given up in the exchange's portal, it can be ordered again when complete lists have not had it for %s", max(goneAfter, e.SettleAfter))
}

// lineOf returns the index of a number's line.
func (r Record) lineOf(number string) int {
	return slices.IndexFunc(r.Quote.Lines, func(l Line) bool { return l.Number == number })
}

// lookAgain has what an order bought looked for, if that is why a request was
// refused: the list that the request was made of does not show it.
func (e *Engine) lookAgain(ctx context.Context, refusal error) {
	cause, found := errors.AsType[*boughtError](refusal)
	if !found {
		return
	}
	err := e.Store.Write(context.WithoutCancel(ctx), func(tx Tx) error {
		r, err := tx.Order(cause.order)
		if err != nil {
			return err
		}
		next, err := Next(r, Miss{Line: r.lineOf(cause.number), At: e.now()})
		if err != nil {
			return nil //nolint:nilerr // it is looked for already
		}
		return tx.Save(next)
	})
	if err != nil {
		e.Log.Error().Ctx(ctx).Err(err).Str("order", cause.order).Msg("what was bought is not looked for")
		return
	}
	e.reconcileSoon()
}
