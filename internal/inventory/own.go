package inventory

import (
	"context"
	"slices"
	"time"

	"didops/internal/fault"
)

// Own is what is known of the own numbers.
type Own struct {
	First   time.Time // the first look of all; zero = there was none, and nothing is known
	At      time.Time // of the last whole look
	Numbers []Number  // ours, by digits; with Gone, those that went too
	Reason  string    // why the list could not be read anew; "" = it was, or is young enough

	gone bool // those that went are among them
}

// There returns the numbers that are ours, without those that went.
func (o Own) There() []Number {
	went := func(n Number) bool { return !n.Gone.IsZero() }
	if !slices.ContainsFunc(o.Numbers, went) {
		return o.Numbers
	}
	return slices.DeleteFunc(slices.Clone(o.Numbers), went)
}

// Own returns the own numbers as of a look that is no older than maxAge, nor than
// what the last order did, and looks where there is none; 0 = whatever is known.
// Where the exchange can't be read it is what is known, with the Reason; the
// error is the exchange's only where nothing is known. gone adds those that went.
func (s *Service) Own(ctx context.Context, maxAge time.Duration, gone bool) (Own, error) {
	reason, err := s.renew(ctx, maxAge)
	if err != nil {
		return Own{}, err
	}
	out := Own{Reason: reason, gone: gone}
	err = s.c.Store.Read(ctx, func(tx Tx) error {
		out.Numbers = nil
		h, err := tx.Head(s.c.Exchange)
		if err != nil {
			return err
		}
		out.First, out.At = h.First, h.At
		out.Numbers, err = s.numbers(tx, h.Own, gone)
		return damaged(err)
	})
	return out, present(err)
}

// numbers reads all numbers, about so many, with what is known of them.
func (s *Service) numbers(tx Tx, about int, gone bool) ([]Number, error) {
	list := make([]Number, 0, about)
	at := make(map[string]int, about)
	unpack := newReader()
	err := tx.Rows(s.c.Exchange, gone, func(r *Row) error {
		n, err := unpack.unpack(r)
		at[r.Number] = len(list)
		list = append(list, n)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = tx.Labels(s.c.Exchange, func(number string, k Kept) error {
		if i, ok := at[number]; ok {
			list[i].Labels = k.Labels
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, tx.Used(s.c.Exchange, func(number string, u *Use) error {
		if i, ok := at[number]; ok {
			list[i].Use = u
		}
		return nil
	})
}

// renew looks where what is known is older than maxAge, and returns why that came
// to nothing while something is known.
func (s *Service) renew(ctx context.Context, maxAge time.Duration) (reason string, err error) {
	if s.c.Reader == nil || maxAge == 0 {
		return "", nil
	}
	if young, err := s.young(ctx, maxAge); young || err != nil {
		return "", err
	}
	if err := s.take(ctx); err != nil {
		return "", err
	}
	defer s.give()
	if young, err := s.young(ctx, maxAge); young || err != nil { // somebody looked while we waited
		return "", err
	}
	look, failed := s.look(ctx)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if failed == nil && (look.Complete || look.Reason == superseded) {
		return "", nil
	}
	if failed == nil {
		failed = fault.New(fault.Unavailable, "the own numbers could not be read completely: %s", look.Reason).WithHint("try again in a moment")
	}
	return s.excuse(ctx, failed)
}

// Renew looks where the last whole look is older than maxAge, whatever orders did
// since. Errors are those of the store and of the exchange, and
// [fault.Unavailable] of a list that could not be read in full.
func (s *Service) Renew(ctx context.Context, maxAge time.Duration) error {
	recent := func() (bool, error) {
		h, err := s.head(ctx)
		age := s.now().Sub(h.Clock)
		return err == nil && !h.First.IsZero() && age >= 0 && age <= maxAge, err
	}
	if is, err := recent(); is || err != nil || s.c.Reader == nil {
		return err
	}
	if err := s.take(ctx); err != nil {
		return err
	}
	defer s.give()
	if is, err := recent(); is || err != nil { // somebody looked while we waited
		return err
	}
	look, err := s.look(ctx)
	if err == nil && !look.Complete && look.Reason != superseded {
		err = fault.New(fault.Unavailable, "the own numbers could not be read completely: %s", look.Reason).WithHint("try again in a moment")
	}
	return err
}

// excuse returns why the list could not be read, as a reason where something is
// known, else as the error.
func (s *Service) excuse(ctx context.Context, failed error) (string, error) {
	h, err := s.head(ctx)
	f, ok := fault.As(failed)
	switch {
	case err != nil:
		return "", err
	case h.First.IsZero() || !ok:
		return "", failed
	}
	return f.Outside().Message, nil
}

// young reports whether what is known is no older than maxAge, nor than what
// orders did.
func (s *Service) young(ctx context.Context, maxAge time.Duration) (bool, error) {
	h, err := s.head(ctx)
	if err != nil || h.First.IsZero() {
		return false, err
	}
	// After a clock was put back, the age is not known.
	if age := s.now().Sub(h.Clock); age < 0 || age > maxAge {
		return false, nil
	}
	moved, err := s.moved(ctx, h.Clock)
	return moved.IsZero(), err
}

// moved returns when an order did something last, if that was after a look began;
// else the zero time.
func (s *Service) moved(ctx context.Context, clock time.Time) (time.Time, error) {
	if s.c.Doings == nil {
		return time.Time{}, nil
	}
	list, err := s.c.Doings(ctx, clock)
	if err != nil || len(list) == 0 {
		return time.Time{}, err
	}
	return list[len(list)-1].At, nil
}
