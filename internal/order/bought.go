package order

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
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
	past, err := e.purchaseOf(tx, number, but)
	if errors.Is(err, ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	return e.ownedBy(tx, past, number)
}

// purchaseOf returns the latest purchase of a number, by an order other than the
// one named, after which no order gave it up, or [ErrNone].
func (e *Engine) purchaseOf(tx Tx, number, but string) (Past, error) {
	list, err := tx.History(e.Exchange, number)
	if err != nil {
		return Past{}, err
	}
	for _, past := range list {
		handler, known := e.handlers[past.Operation]
		switch {
		case !known || past.Order == but:
		case handler.Risk == risk.Destroy && past.State == LineDone:
			return Past{}, ErrNone
		case handler.Risk == risk.Spend:
			return past, nil
		}
	}
	return Past{}, ErrNone
}

// GivenBack records that the exchange itself took back everything that was
// bought there, as the sandbox does when it is emptied: what orders bought, and
// none gave up since, counts as gone, as if complete lists had not had it for
// long, and may be bought again. Why stands in the audit trail. It returns how
// many numbers that are; where there is no store nothing is made. Errors are
// those of the store.
func (e *Engine) GivenBack(ctx context.Context, by identity.Caller, why string) (int, error) {
	var all []Record
	read := func(tx Tx) (err error) {
		all, err = tx.Orders(Filter{Exchange: e.Exchange, Limit: math.MaxInt32})
		return err
	}
	if err := e.read(ctx, read); err != nil || len(all) == 0 {
		return 0, err
	}
	n := 0
	err := e.write(ctx, func(tx Tx) error {
		n = 0
		if err := read(tx); err != nil {
			return err
		}
		for _, r := range all {
			given, err := e.giveBack(tx, r, by, why)
			if n += given; err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// giveBack marks what an order bought as gone.
func (e *Engine) giveBack(tx Tx, r Record, by identity.Caller, why string) (int, error) {
	n := 0
	for i := range r.Lines {
		next := GivenBack{Line: i, At: e.now()}
		if _, err := Next(r, next); err != nil {
			continue // it bought nothing, or that is gone already
		}
		past, err := e.purchaseOf(tx, r.Quote.Lines[i].Number, "")
		if errors.Is(err, ErrNone) || err == nil && past.Order != r.ID {
			continue // given up since
		}
		if err != nil {
			return n, err
		}
		entry := r.about(i, "gone", next.At, why)
		entry.Line, entry.Actor = string(LineDone), e.actor(by)
		if r, err = e.step(tx, r, next, entry); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (r *Record) givenBack(e GivenBack) bool {
	if r.Risk != risk.Spend || e.Line < 0 || e.Line >= len(r.Lines) {
		return false
	}
	l := &r.Lines[e.Line]
	if l.State != LineDone || l.Gone {
		return false
	}
	l.Gone, l.Missed, l.NextLook = true, time.Time{}, time.Time{}
	return true
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

// anyGone reports whether something that was bought is not ours any more.
func (r Record) anyGone() bool {
	return slices.ContainsFunc(r.Lines, func(l LineRecord) bool { return l.Gone })
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
