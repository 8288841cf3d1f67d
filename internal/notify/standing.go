package notify

import (
	"context"
	"time"
)

// Standing is how one target is told.
type Standing struct {
	Receiver
	Count

	Known bool // the store has it: it was served before

	// What came of the tries of this process.
	Delivered, Retried, GivenUp int64
}

// Idle reports whether nobody has been at the receiver for so long that events
// wait: nothing serves it.
func (s *Standing) Idle(now time.Time) bool { return now.Sub(s.Seen) > 5*idle }

// Standings reads how all targets are told, in the order of the configuration.
func (s *Service) Standings(ctx context.Context) ([]Standing, error) {
	list := make([]Standing, len(s.c.Targets))
	for i, t := range s.c.Targets {
		n := s.tries[t.Name]
		list[i] = Standing{
			Receiver: Receiver{Exchange: s.c.Exchange, Name: t.Name}, Delivered: n.delivered.Load(), Retried: n.retried.Load(), GivenUp: n.failed.Load(),
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	err := s.c.Store.Read(ctx, func(tx Tx) error {
		all, err := tx.Receivers(s.c.Exchange)
		if err != nil {
			return err
		}
		counts, err := tx.Counts(s.c.Exchange)
		for i := range list {
			for _, r := range all {
				if r.Name == list[i].Name {
					list[i].Receiver, list[i].Count, list[i].Known = r, counts[r.Name], true
				}
			}
		}
		return err
	})
	return list, present(err)
}
