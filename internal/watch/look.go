package watch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/lease"
	"didops/internal/loglimit"
	"didops/internal/transaction"
	"didops/internal/view"
)

// found is what fits a watch at one state of the memory.
type found struct {
	Coverage
	fits     Set              // with when each stay began
	offers   map[uint64]Offer // of those that may be news, or wait to be told: the cheapest of each number
	cheapest *Offer           // of all; nil = there is none
	there    map[uint64]bool  // known to be there, of those that fitted at the last look
}

// find asks the memory what fits a watch. Of the numbers that wait to be told, by
// their digits, it brings the cheapest offers too.
func (s *Service) find(ctx context.Context, w *Watch, waiting map[uint64]bool) (found, error) {
	f := found{fits: Set{}, offers: map[uint64]Offer{}, there: map[uint64]bool{}}
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
		if !w.Known.returned(n, came) && !waiting[n] {
			return
		}
		if before, there := f.offers[n]; !there || o.cheaper(&before) {
			f.offers[n] = o.Offer()
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

// held is a watch with those of its hits that wait to be told, of which no message
// was begun.
type held struct {
	Watch
	waiting []Hit
}

// hold reads what waits to be told of a watch.
func hold(tx Tx, w Watch) (held, error) {
	if w.Seq == 0 {
		return held{Watch: w}, nil
	}
	waiting, err := tx.Untold(w.ID)
	return held{w, slices.DeleteFunc(waiting, func(h Hit) bool { return h.Batch > 0 })}, err
}

// reload reads a watch with what waits to be told of it.
func reload(tx Tx, id string) (held, error) {
	w, err := tx.Watch(id)
	if err != nil {
		return held{}, err
	}
	return hold(tx, w)
}

// look looks at the market for one watch, and keeps what it found. Where
// another look was kept meanwhile it begins anew, because what it saw may be
// older than that.
func (s *Service) look(ctx context.Context, w held, known kinds) (Coverage, int, error) {
	id := w.ID
	for range mostTries {
		cover, fit, kept, err := s.lookOnce(ctx, w, known)
		if err != nil || kept {
			return cover, fit, err
		}
		err = s.c.Store.Read(ctx, func(tx Tx) error {
			var err error
			w, err = reload(tx, id)
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
func (s *Service) lookOnce(ctx context.Context, w held, known kinds) (_ Coverage, fit int, kept bool, _ error) {
	waiting := map[uint64]bool{}
	for i := range w.waiting {
		waiting[w.waiting[i].digits()] = true
	}
	f, err := s.find(ctx, &w.Watch, waiting)
	if err != nil {
		return Coverage{}, 0, false, err
	}
	now := s.now()
	st := w.Known.compare(f.fits, f.there, f.Complete, w.Settled, w.Created, now)
	terms, err := s.terms(ctx, w, f.offers, known)
	if err != nil {
		return Coverage{}, 0, false, err
	}
	settled := w.Settled || f.Complete
	if settled == w.Settled && len(st.fresh)+len(st.gone)+len(terms) == 0 && len(st.next) == len(w.Known) {
		return f.Coverage, len(f.fits), true, nil
	}
	hits := make([]Hit, 0, len(st.fresh))
	for _, n := range st.fresh {
		h := Hit{Watch: w.ID, Offer: f.offers[n], Found: now}
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
		return s.keep(tx, cur, change{st, settled, hits, terms}, now)
	})
	if len(hits) > 0 {
		s.poke()
	}
	return f.Coverage, len(f.fits), kept, err
}

// terms returns, of the hits that wait and still fit, those whose offer is
// another now, or compares to something else, by their numbers in the watch.
// Where nothing is told, only the offer counts: what it compares to moves all the
// time.
func (s *Service) terms(ctx context.Context, w held, offers map[uint64]Offer, known kinds) (map[int]Hit, error) {
	terms := map[int]Hit{}
	for _, h := range w.waiting {
		o, fits := offers[h.digits()]
		if !fits {
			continue
		}
		k, err := known.of(ctx, s.c.Market, o)
		if err != nil {
			return nil, err
		}
		if !o.same(&h.Offer) || w.Place != "" && k.String() != h.Kind.String() {
			h.Offer, h.Kind = o, k
			terms[h.Seq] = h
		}
	}
	return terms, nil
}

// change is what one look makes of a watch.
type change struct {
	step
	settled bool
	hits    []Hit
	terms   map[int]Hit // what waits and is offered otherwise now
}

// keep keeps what one look made of a watch.
func (s *Service) keep(tx Tx, w Watch, c change, now time.Time) error {
	var gone []string
	for _, n := range c.gone {
		gone = append(gone, "+"+strconv.FormatUint(n, 10))
	}
	if len(gone) > 0 {
		if err := tx.EndHits(w.ID, gone, now); err != nil {
			return err
		}
	}
	if err := errors.Join(renew(tx, w, c.terms), s.recordHits(tx, w, c.hits, now)); err != nil {
		return err
	}
	for _, h := range c.hits {
		w.Seq++
		h.Seq = w.Seq
		if err := tx.SaveHit(h); err != nil {
			return err
		}
	}
	w.Known, w.Settled = c.next, c.settled
	w.Rev++
	if err := tx.Save(w); err != nil {
		return err
	}
	if err := tx.Forget(w.ID, w.Seq-hitsKept, w.Place == ""); err != nil {
		return err
	}
	return tx.Forget(w.ID, w.Seq-waitingKept, true)
}

// mostRecorded is how many numbers the entry of one look names.
const mostRecorded = 50

// recordHits adds to the trail that a look found something, the cheapest first:
// one entry, so that it can be told to whoever follows the trail.
func (s *Service) recordHits(tx Tx, w Watch, hits []Hit, now time.Time) error {
	if len(hits) == 0 {
		return nil
	}
	var numbers []string
	for _, h := range sorted(hits)[:min(len(hits), mostRecorded)] {
		numbers = append(numbers, h.Offer.Number)
	}
	_, _, err := tx.Append(audit.Entry{
		At: now, Event: HitEvent, Exchange: s.c.Exchange, Kind: "watch", Number: strings.Join(numbers, " "),
		Result: w.Name + ": " + w.About() + "; " + view.Plural(len(hits), "number") + " came up",
	})
	return err
}

// renew keeps what waits at the terms of now. A message that was begun meanwhile
// stays as it is: it may have been sent.
func renew(tx Tx, w Watch, terms map[int]Hit) error {
	if len(terms) == 0 {
		return nil
	}
	cur, err := hold(tx, w)
	for _, h := range cur.waiting {
		if now, ok := terms[h.Seq]; ok && err == nil {
			h.Offer, h.Kind = now.Offer, now.Kind
			err = tx.SaveHit(h)
		}
	}
	return err
}

// Look looks at the market for all watches, and drops those that are over for
// long. One that can't be looked at keeps no other from it; the errors of all
// are joined.
func (s *Service) Look(ctx context.Context) error {
	failed, err := s.lookAtAll(ctx)
	return errors.Join(append(failed, err)...)
}

// lookAtAll is Look; failed is what went wrong with single watches, and err what
// ended all of it.
func (s *Service) lookAtAll(ctx context.Context) (failed []error, err error) {
	all, err := s.holds(ctx)
	if err != nil {
		return nil, err
	}
	known := kinds{}
	for _, w := range all {
		switch now := s.now(); {
		case ctx.Err() != nil:
			return failed, ctx.Err()
		case w.Unreadable != nil:
			err = w.Unreadable
		case w.Over(now.Add(-overKept)):
			err = s.drop(ctx, w.Watch)
		case !w.Over(now):
			_, _, err = s.look(ctx, w, known)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("watch %s: %w", w.ID, err))
		}
		err = nil
	}
	return failed, nil
}

// drop removes a watch that is over for long.
func (s *Service) drop(ctx context.Context, w Watch) error {
	return s.c.Store.Write(ctx, func(tx Tx) error {
		there, err := tx.Remove(w.ID)
		if err != nil || !there {
			return err
		}
		return s.record(tx, "watch removed", nil, w, "over since "+w.Until.UTC().Format(time.DateOnly))
	})
}

// holds reads all watches, each with what waits to be told of it.
func (s *Service) holds(ctx context.Context) ([]held, error) {
	var all []held
	err := s.c.Store.Read(ctx, func(tx Tx) error {
		all = nil
		counts, err := tx.Counts(s.c.Exchange)
		if err != nil {
			return err
		}
		watches, err := tx.Watches(s.c.Exchange)
		for _, w := range watches {
			h := held{Watch: w}
			if w.Unreadable == nil && counts[w.ID].Waiting > 0 {
				var bad error
				if h, bad = hold(tx, w); errors.Is(bad, ErrUnreadable) {
					h = held{Watch: Watch{ID: w.ID, Unreadable: bad}}
				} else if bad != nil {
					return bad
				}
			}
			all = append(all, h)
		}
		return err
	})
	return all, present(err)
}

// lookAnyway is how often the market is looked at where its memory did not change:
// a watch may have been added while it did. lookAgain is the same where something
// went wrong with single watches.
const (
	lookAnyway = 5 * time.Minute
	lookAgain  = time.Minute
)

// complainEvery is how often the log is told the same.
const complainEvery = 10 * time.Minute

// Run looks at the market whenever the memory of it has changed, until ctx ends:
// of the processes that share the store, one at a time. A look takes a tenth of
// the time at most.
func (s *Service) Run(ctx context.Context) error {
	r := &lease.Runner{Store: s.c.Leases, Name: "watches " + s.c.Exchange, Retry: s.c.Every}
	last, next := "", time.Time{}
	limit := loglimit.New[string](complainEvery, s.c.Now)
	return r.Repeat(ctx, func(ctx context.Context) (time.Duration, error) {
		generation, err := s.c.Market.Generation(ctx)
		began := s.c.Now()
		if err != nil || generation == last && began.Before(next) {
			s.complain(ctx, limit, err)
			return s.c.Every, err
		}
		failed, err := s.lookAtAll(ctx)
		if err == nil {
			last, next = generation, began.Add(lookAnyway)
		}
		if len(failed) > 0 {
			next = began.Add(lookAgain)
		}
		s.complain(ctx, limit, append(failed, err)...)
		return max(s.c.Every, 9*s.c.Now().Sub(began)), err
	}, nil)
}

// complain tells the log what went wrong, the same seldom.
func (s *Service) complain(ctx context.Context, limit *loglimit.Limiter[string], errs ...error) {
	for _, err := range errs {
		if err == nil || ctx.Err() != nil || !limit.Allow(err.Error()) {
			continue
		}
		level := zerolog.WarnLevel
		if fault.CodeOf(err) == fault.Internal {
			level = zerolog.ErrorLevel
		}
		s.c.Log.WithLevel(level).Err(err).Msg("the market could not be looked at for all watches: it is tried again")
	}
}
