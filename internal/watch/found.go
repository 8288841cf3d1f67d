package watch

import (
	"context"
	"slices"
	"time"

	"didops/internal/identity"
)

// Found returns what a watch of somebody's found at or after a moment and fits
// still, in the order in which it was found. Of a watch that there is not, or that
// is over, it is nothing.
func (s *Service) Found(ctx context.Context, owner identity.Party, name string, since time.Time) ([]Hit, error) {
	var hits []Hit
	err := s.c.Store.Read(ctx, func(tx Tx) error {
		all, err := tx.Heads(s.c.Exchange)
		if err != nil {
			return err
		}
		for _, w := range all {
			if w.Unreadable != nil || w.Over(s.now()) || w.Owner.String() != owner.String() || w.Key() != key(clean(name)) {
				continue
			}
			hits, err = tx.Hits(w.ID, hitsKept)
			return err
		}
		return nil
	})
	hits = slices.DeleteFunc(hits, func(h Hit) bool { return !h.Ended.IsZero() || h.Found.Before(since) })
	slices.Reverse(hits)
	return hits, present(err)
}
