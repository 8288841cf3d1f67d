package watch

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/fault"
	"didops/internal/lease"
	"didops/internal/transaction"
)

// found is what fits a watch at one state of the memory.
type found struct {
	Coverage
	fits     Set              // with when each stay began
	fresh    map[uint64]Offer // those that may be news, the cheapest offer of each number
	cheapest *Offer           // of all; nil = there is none
	there    map[uint64]bool  // known to be there, of those that fitted at the last look
}

// find asks the memory what fits a watch.
func (s *Service) find(ctx context.Context, w *Watch) (found, error) {
	f := found{fits: Set{}, fresh: map[uint64]Offer{}, there: map[uint64]bool{}}
	var err error
	f.Coverage, err = s.c.Market.Fit(ctx, w.Filter, func(o Fitting) {
		n, err := strconv.ParseUint(o.Digits, 10, 64)
		if err != nil {
			return // longer than any number is
		}
		came := int64(0)
		if !o.Came.IsZero() {
			came = o.Came.UnixMicro()
		}
		f.fits[n] = max(f.fits[n], came)
		if f.cheapest == nil || o.cheaper(f.cheapest) {
			best := o.Offer()
			f.cheapest = &best
		}
		if !w.Known.returned(n, came) {
			return
		}
		if before, there := f.fresh[n]; !there || o.cheaper(&before) {
			f.fresh[n] = o.Offer()
		}
	}, func(digits string) {
		n, err := strconv.ParseUint(digits, 10, 64)
		if _, known := w.Known[n]; err == nil && known {
			f.there[n] = true
		}
	})
	return f, err
}

// kinds are what numbers cost, by country and type, as asked for already.
type kinds map[[2]string]Kind

func (k kinds) of(ctx context.Context, m Market, o Offer) (Kind, error) {
	at := [2]string{o.Country, o.Type}
	if got, ok := k[at]; ok {
		return got, nil
	}
	got, err := m.Kind(ctx, o.Country, o.Type)
	if err == nil {
		k[at] = got
	}
	return got, err
}

// mostTries is how often a look is begun anew that another has overtaken.
const mostTries = 5

// look looks at the market for one watch, and keeps what it found. Where
// another look was kept meanwhile it begins anew, because what it saw may be
// older than that.
func (s *Service) look(ctx context.Context, w Watch, known kinds) (Coverage, int, error) {
	for range mostTries {
		cover, fit, kept, err := s.lookOnce(ctx, w, known)
		if err != nil || kept {
			return cover, fit, err
		}
		err = s.c.Store.Read(ctx, func(tx Tx) error {
			var err error
			w, err = tx.Watch(w.ID)
			return err
		})
		if errors.Is(err, transaction.ErrNone) {
			return cover, fit, nil // it was removed
		}
		if err != nil {
			return Coverage{}, 0, err
		}
	}
	return Coverage{}, 0, fault.New(fault.Unavailable, "the market is being looked at by others at the same time").WithHint("try again in a moment")
}

// lookOnce is one look; not kept where another was meanwhile.
func (s *Service) lookOnce(ctx context.Context, w Watch, known kinds) (_ Coverage, fit int, kept bool, _ error) {
	f, err := s.find(ctx, &w)
	if err != nil {
		return Coverage{}, 0, false, err
	}
	now := s.now()
	st := w.Known.compare(f.fits, f.there, f.Complete, w.Settled, w.Created, now)
	settled := w.Settled || f.Complete
	if settled == w.Settled && len(st.fresh)+len(st.gone) == 0 && len(st.next) == len(w.Known) {
		return f.Coverage, len(f.fits), true, nil
	}
	hits := make([]Hit, 0, len(st.fresh))
	for _, n := range st.fresh {
		h := Hit{Watch: w.ID, Offer: f.fresh[n], Found: now}
		if h.Kind, err = known.of(ctx, s.c.Market, h.Offer); err != nil {
			return Coverage{}, 0, false, err
		}
		hits = append(hits, h)
	}
	slices.SortFunc(hits, func(a, b Hit) int { return cheapest(b, a) }) // the latest is the cheapest
	err = s.c.Store.Write(ctx, func(tx Tx) error {
		cur, err := tx.Watch(w.ID)
		if kept = err == nil && cur.Rev == w.Rev; !kept {
			return present(err)
		}
		return s.keep(tx, cur, st, settled, hits, now)
	})
	if len(hits) > 0 {
		s.poke()
	}
	return f.Coverage, len(f.fits), kept, err
}

// keep keeps what one look made of a watch.
func (s *Service) keep(tx Tx, w Watch, st step, settled bool, hits []Hit, now time.Time) error {
	var gone []string
	for _, n := range st.gone {
		gone = append(gone, "+"+strconv.FormatUint(n, 10))
	}
	if len(gone) > 0 {
		if err := tx.EndHits(w.ID, gone, now); err != nil {
			return err
		}
	}
	for _, h := range hits {
		w.Seq++
		h.Seq = w.Seq
		if err := tx.SaveHit(h); err != nil {
			return err
		}
	}
	w.Known, w.Settled = st.next, settled
	w.Rev++
	if err := tx.Save(w); err != nil {
		return err
	}
	if err := tx.Forget(w.ID, w.Seq-hitsKept, w.Place == ""); err != nil {
		return err
	}
	return tx.Forget(w.ID, w.Seq-waitingKept, true)
}

// Look looks at the market for all watches, and drops those that are over for
// long. One that can't be looked at keeps no other from it; the errors of all
// are joined.
func (s *Service) Look(ctx context.Context) error {
	var all []Watch
	err := present(s.c.Store.Read(ctx, func(tx Tx) error {
		var err error
		all, err = tx.Watches(s.c.Exchange)
		return err
	}))
	if err != nil {
		return err
	}
	var errs []error
	known := kinds{}
	for _, w := range all {
		switch now := s.now(); {
		case ctx.Err() != nil:
			return ctx.Err()
		case w.Unreadable != nil:
			err = w.Unreadable
		case w.Over(now.Add(-overKept)):
			err = s.c.Store.Write(ctx, func(tx Tx) error {
				_, err := tx.Remove(w.ID)
				return err
			})
		case !w.Over(now):
			_, _, err = s.look(ctx, w, known)
		}
		errs, err = append(errs, err), nil
	}
	return errors.Join(errs...)
}

// lookAnyway is how often the market is looked at where its memory did not change:
// a watch may have been added while it did.
const lookAnyway = 5 * time.Minute

// Run looks at the market whenever the memory of it has changed, until ctx ends:
// of the processes that share the store, one at a time. A look takes a tenth of
// the time at most.
func (s *Service) Run(ctx context.Context) error {
	r := &lease.Runner{Store: s.c.Leases, Name: "watches " + s.c.Exchange, Retry: s.c.Every}
	last, next := "", time.Time{}
	return r.Repeat(ctx, func(ctx context.Context) (time.Duration, error) {
		generation, err := s.c.Market.Generation(ctx)
		began := s.c.Now()
		if err != nil || generation == last && began.Before(next) {
			s.complain(ctx, err)
			return s.c.Every, err
		}
		if err = s.Look(ctx); err == nil {
			last, next = generation, began.Add(lookAnyway)
		}
		s.complain(ctx, err)
		return max(s.c.Every, 9*s.c.Now().Sub(began)), err
	}, nil)
}

func (s *Service) complain(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	level := zerolog.WarnLevel
	if fault.CodeOf(err) == fault.Internal {
		level = zerolog.ErrorLevel
	}
	s.c.Log.WithLevel(level).Err(err).Msg("the market could not be looked at for all watches: it is tried again")
}
