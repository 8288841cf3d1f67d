package notify

import (
	"context"
	"errors"

	"didops/internal/transaction"
)

// mostTaken is how many entries are taken over in one transaction.
const mostTaken = 200

// takeOver makes deliveries of what a target is to be told of the entries that
// were not taken over yet, in one transaction with the mark, and reports whether
// there may be more. It returns the receiver as it is then.
func (s *Service) takeOver(ctx context.Context, t *Target) (r Receiver, more bool, err error) {
	now := s.now()
	err = s.c.Store.Write(ctx, func(tx Tx) error {
		var err error
		r, err = tx.Receiver(s.c.Exchange, t.Name)
		if err != nil {
			return err
		}
		list, err := tx.Since(r.Mark, mostTaken)
		if err != nil {
			return err
		}
		more = len(list) == mostTaken
		for _, k := range list {
			e, err := read(k)
			if err != nil {
				return err
			}
			r.Mark = k.Seq
			if e.Exchange != s.c.Exchange || !t.wants(typeOf(e.Event, over(e.State))) {
				continue
			}
			d := Delivery{Exchange: s.c.Exchange, Receiver: t.Name, Seq: k.Seq, Subject: Subject(e), Made: now, Due: now}
			if err := tx.Add(d); err != nil {
				return err
			}
		}
		r.Seen = now
		return tx.SaveReceiver(r)
	})
	if errors.Is(err, transaction.ErrNone) { // it was forgotten meanwhile, as of a process that stood still
		err = s.register(ctx, *t)
		more = true
	}
	return r, more && err == nil, err
}
