package watch

import (
	"context"
	"errors"
	"slices"

	"didops/internal/identity"
	"didops/internal/transaction"
)

// Listed is a watch with what it found.
type Listed struct {
	Watch    Watch
	Coverage Coverage
	Fit      int   // how many numbers fit now
	Err      error // why it could not be looked at, or read
	Hits     []Hit // latest first
	Count    Count // nothing waits that is not to be told

	waiting []Hit
}

// List looks at the market for the watches that a caller sees, and returns them
// by their names, each with its latest hits, at most so many. What is wrong with
// one keeps no other from it.
func (s *Service) List(ctx context.Context, by identity.Caller, most int) ([]Listed, error) {
	var list []Listed
	err := present(s.c.Store.Read(ctx, func(tx Tx) error {
		list = nil
		heads, err := tx.Heads(s.c.Exchange)
		for _, w := range heads {
			if s.sees(by, w) {
				list = append(list, Listed{Watch: w, Err: w.Unreadable})
			}
		}
		for i := range list {
			if err == nil {
				err = list[i].read(tx)
			}
		}
		return err
	}))
	if err != nil {
		return nil, err
	}
	kinds := kinds{}
	for i := range list {
		if l := &list[i]; l.Err == nil && !l.Watch.Over(s.now()) {
			l.Coverage, l.Fit, l.Err = s.look(ctx, held{l.Watch, l.waiting}, kinds)
		}
	}
	return list, present(s.c.Store.Read(ctx, func(tx Tx) error {
		counts, err := tx.Counts(s.c.Exchange)
		for i := range list {
			if l := &list[i]; err == nil {
				l.Count = counts[l.Watch.ID]
				err = l.found(tx, most)
			}
		}
		return err
	}))
}

// read reads the watch, if it can be read and was not removed.
func (l *Listed) read(tx Tx) error {
	var err error
	if l.Err == nil {
		var h held
		h, err = reload(tx, l.Watch.ID)
		if h.ID != "" {
			l.Watch, l.waiting = h.Watch, h.waiting
		}
	}
	return l.own(err)
}

// found reads what the watch found, and the watch as it is after the look.
func (l *Listed) found(tx Tx, most int) error {
	err := l.read(tx)
	if l.Watch.Place == "" {
		l.Count.Waiting = 0
	}
	if err == nil && l.Watch.Unreadable == nil && !errors.Is(l.Err, ErrUnreadable) {
		l.Hits, err = tx.Hits(l.Watch.ID, most)
	}
	return l.own(err)
}

// own keeps an error that is of this watch alone, and returns any other.
func (l *Listed) own(err error) error {
	switch {
	case errors.Is(err, transaction.ErrNone):
		return nil // it was removed meanwhile
	case errors.Is(err, ErrUnreadable):
		l.Err = err
		return nil
	}
	return err
}

// Names returns the watches that a caller sees, as [Tx.Heads] does, without
// looking at the market; none where they can't be read.
func (s *Service) Names(ctx context.Context, by identity.Caller) []Watch {
	all, err := s.heads(ctx)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(all, func(w Watch) bool { return !s.sees(by, w) })
}

// heads returns all watches without the numbers that they know.
func (s *Service) heads(ctx context.Context) ([]Watch, error) {
	var all []Watch
	err := s.c.Store.Read(ctx, func(tx Tx) error {
		var err error
		all, err = tx.Heads(s.c.Exchange)
		return err
	})
	return all, present(err)
}
