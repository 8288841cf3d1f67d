package watch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"didops/internal/transaction"
)

// Feed is by what a chat tells what watches found. It is implemented by
// [Service]. Safe for concurrent use, by several processes.
type Feed interface {
	// Due returns the watches that have something to tell at the moment, as
	// [Tx.Heads] does.
	Due(ctx context.Context) ([]Watch, error)
	// Begin returns the message that a watch has to send: the one that was begun
	// and not told, or a new one of all that waits. Not ok where there is none.
	Begin(ctx context.Context, id string) (n News, ok bool, err error)
	// Sent keeps that a message was sent, by its id in the chat. A second time, it
	// changes nothing.
	Sent(ctx context.Context, n News, message string) error
	// Refused keeps why a message could not be sent, unless it was meanwhile. It is
	// tried again, later and later, until the watch is removed.
	Refused(ctx context.Context, n News, why string) error
	// Changed waits until there may be something to tell, at the longest until
	// ctx ends.
	Changed(ctx context.Context)
}

var _ Feed = (*Service)(nil)

// News is a message about what a watch found.
type News struct {
	Watch Watch
	Hits  []Hit // cheapest first
	Again bool  // it may have been sent already, by who never heard of it

	Currency string // of amounts
}

// ID names the message: no other has it.
func (n *News) ID() string { return fmt.Sprintf("%s-%d", n.Watch.ID, n.Watch.Sending.Batch) }

const (
	tryFirst = time.Minute
	tryLast  = 6 * time.Hour
)

// due reports whether a message may be sent about a watch now.
func (w *Watch) due(now time.Time) bool {
	s := &w.Sending
	return w.Place != "" && !now.Before(s.Next) && !w.Quiet.At(now) && (s.Day != w.Quiet.Day(now) || s.Sent < w.PerDay)
}

// Due implements [Feed]. What was found is told after the end of the watch too.
func (s *Service) Due(ctx context.Context) ([]Watch, error) {
	var due []Watch
	now := s.now()
	err := s.c.Store.Read(ctx, func(tx Tx) error {
		due = nil
		counts, err := tx.Counts(s.c.Exchange)
		if err != nil || len(counts) == 0 {
			return err
		}
		all, err := tx.Heads(s.c.Exchange)
		for _, w := range all {
			if w.Unreadable == nil && counts[w.ID].Waiting > 0 && w.due(now) {
				due = append(due, w)
			}
		}
		return err
	})
	return due, present(err)
}

// Begin implements [Feed].
func (s *Service) Begin(ctx context.Context, id string) (News, bool, error) {
	var n News
	ok := false
	err := s.c.Store.Write(ctx, func(tx Tx) error {
		n, ok = News{}, false
		now := s.now()
		w, err := tx.Watch(id)
		if errors.Is(err, transaction.ErrNone) || err == nil && !w.due(now) {
			return nil
		}
		if err != nil {
			return err
		}
		waiting, err := tx.Untold(id)
		if err != nil || len(waiting) == 0 {
			return err
		}
		if begun := ofBatch(waiting, w.Sending.Batch); len(begun) > 0 {
			n, ok = News{Watch: w, Hits: sorted(begun), Again: true, Currency: s.c.Currency}, true
			return nil
		}
		w.Sending.Batch++
		w.Sending.Begun = now
		for i := range waiting {
			waiting[i].Batch = w.Sending.Batch
			if err := tx.SaveHit(waiting[i]); err != nil {
				return err
			}
		}
		n, ok = News{Watch: w, Hits: sorted(waiting), Currency: s.c.Currency}, true
		return tx.Save(w)
	})
	return n, ok && err == nil, err
}

func ofBatch(hits []Hit, batch int) []Hit {
	var list []Hit
	for _, h := range hits {
		if h.Batch > 0 && h.Batch == batch {
			list = append(list, h)
		}
	}
	return list
}

// sending changes how far a message is, by those of its hits that are still to be
// told. It does nothing where there are none: somebody else was told of its end,
// or the watch was removed.
func (s *Service) sending(ctx context.Context, n News, change func(Tx, *Watch, []Hit) error) error {
	return s.c.Store.Write(ctx, func(tx Tx) error {
		w, err := tx.Watch(n.Watch.ID)
		if errors.Is(err, transaction.ErrNone) {
			return nil
		}
		if err != nil {
			return err
		}
		waiting, err := tx.Untold(w.ID)
		begun := ofBatch(waiting, n.Watch.Sending.Batch)
		if err != nil || len(begun) == 0 {
			return err
		}
		if err := change(tx, &w, begun); err != nil {
			return err
		}
		return tx.Save(w)
	})
}

// Sent implements [Feed].
func (s *Service) Sent(ctx context.Context, n News, message string) error {
	now, told := s.now(), 0
	err := s.sending(ctx, n, func(tx Tx, w *Watch, begun []Hit) error {
		told = len(begun)
		for _, h := range begun {
			h.Told, h.Message = now, message
			if err := tx.SaveHit(h); err != nil {
				return err
			}
		}
		sent := &w.Sending
		if day := w.Quiet.Day(now); sent.Day != day {
			sent.Day, sent.Sent = day, 0
		}
		sent.Sent++
		sent.Closed, sent.Tries, sent.Next = "", 0, time.Time{}
		return nil
	})
	if err == nil {
		s.told.Add(int64(told))
	}
	return err
}

// Refused implements [Feed].
func (s *Service) Refused(ctx context.Context, n News, why string) error {
	return s.sending(ctx, n, func(_ Tx, w *Watch, _ []Hit) error {
		sent := &w.Sending
		wait := min(tryLast, tryFirst<<min(sent.Tries, 10))
		sent.Closed, sent.Tries, sent.Next = why, sent.Tries+1, s.now().Add(wait)
		return nil
	})
}

// Changed implements [Feed].
func (s *Service) Changed(ctx context.Context) {
	select {
	case <-s.news:
	case <-ctx.Done():
	}
}

func (s *Service) poke() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// Standing is how the watches of an exchange stand.
type Standing struct {
	Watches int // that are not over
	Waiting int // hits still to be told
	Closed  int // watches that can't be told where they are to be, and have something to tell, or may
	Told    int // hits told by this process since its start
}

// Standing reads how the watches stand.
func (s *Service) Standing(ctx context.Context) (Standing, error) {
	out := Standing{Told: int(s.told.Load())}
	now := s.now()
	err := s.c.Store.Read(ctx, func(tx Tx) error {
		counts, err := tx.Counts(s.c.Exchange)
		if err != nil {
			return err
		}
		all, err := tx.Heads(s.c.Exchange)
		for _, w := range all {
			if !w.Over(now) {
				out.Watches++
			}
			if w.Place != "" {
				out.Waiting += counts[w.ID].Waiting
			}
			if w.Sending.Closed != "" && (!w.Over(now) || counts[w.ID].Waiting > 0) {
				out.Closed++
			}
		}
		return err
	})
	return out, present(err)
}
