package chat

import (
	"context"
	"errors"
	"sync"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
)

const (
	checkEvery  = time.Minute      // how often it is looked whether a place can be used
	checkApart  = 2 * time.Second  // the least between two looks
	checkWithin = 10 * time.Second // for one look
	firstWithin = 2 * time.Second  // for one that somebody waits for
	lookEvery   = 20 * time.Second // how often it is looked whether cards are still there
)

// Place is one of the places that the program writes to when nobody has asked.
type Place string

// The places.
const (
	Approvals Place = "approvals"
	Audit     Place = "audit"
)

// Places returns all places.
func Places() []Place { return []Place{Approvals, Audit} }

// places says whether messages can be kept in the places. It is safe for
// concurrent use.
type places struct {
	mu   sync.Mutex
	here map[Place]*placeState
}

// placeState is what is known of a place, from two sources: what was looked
// up, and what became of the messages.
type placeState struct {
	found   error // why it can't be used, by the look; nil = it can, or nobody has looked
	refused error // why the last new message was refused; nil = it was not, or none waits
}

func (p *placeState) closed() error {
	if p.found != nil {
		return p.found
	}
	return p.refused
}

// learn changes what is known of a place, and returns why it can't be used,
// before and now.
func (p *places) learn(at Place, change func(*placeState)) (was, is error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.here[at] == nil {
		p.here[at] = &placeState{}
	}
	was = p.here[at].closed()
	change(p.here[at])
	return was, p.here[at].closed()
}

// forget is for a process that does not write there any more: another knows
// better.
func (p *places) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.here)
}

// Closed returns why messages can't be kept in a place, in words for people;
// nil where they can, where there is no such place, and in a process that does
// not write there.
func (s *Service) Closed(at Place) error {
	_, is := s.places.learn(at, func(*placeState) {})
	return is
}

// Ready returns nil, or an Unavailable fault that says why orders can't be
// shown in the place where they are decided, or that cards have been behind for
// minutes.
func (s *Service) Ready() error {
	why := s.Closed(Approvals)
	if why == nil {
		return s.upToDate()
	}
	return fault.New(fault.Unavailable, "orders can't be shown in the channel %s of %s: %s", s.c.Approvals, s.c.Name, why).
		WithField(s.c.Realm + ".approvals_channel")
}

// placeOf returns the chat's id of a place; "" for none.
func (s *Service) placeOf(at Place) string {
	if at == Audit {
		return s.c.Audit
	}
	return s.c.Approvals
}

// keepPlaces looks now and then whether the places can be used, until ctx ends.
func (s *Service) keepPlaces(ctx context.Context) {
	defer s.places.forget()
	for ctx.Err() == nil {
		for _, at := range Places() {
			if s.placeOf(at) != "" {
				s.look(ctx, at)
			}
		}
		rest(ctx, checkApart)
		s.await(ctx, checkEvery-checkApart, func(ctx context.Context) { <-ctx.Done() }, s.check)
	}
}

// look looks whether a place can be used.
func (s *Service) look(ctx context.Context, at Place) {
	bounded, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	var found error
	err := s.boundary().Guard(ctx, "a look at a channel", func() error {
		found = s.c.Port.Check(bounded, s.placeOf(at))
		return nil
	})
	if err != nil || found != nil && !barred(found) {
		s.logLimited(ctx, "the channel "+s.placeOf(at)+" could not be looked at", errors.Join(err, found))
		return
	}
	s.learnt(ctx, at, func(p *placeState) { p.found = found })
}

// lookFirst looks at the place of approvals before an order is asked for, in
// whatever process: who is the first to ask after it was closed is told so, and
// not sent to a card that will not be there.
func (s *Service) lookFirst(ctx context.Context) {
	if s.c.Approvals == "" {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, firstWithin)
	defer cancel()
	if barred(s.c.Port.Check(bounded, s.c.Approvals)) {
		s.tell(ctx, true) // who keeps the cards finds it out, and tells when it is over
		poke(s.check)
	}
}

// barred reports whether an error says that a place can't be used.
func barred(err error) bool { return errors.Is(err, ErrForbidden) || errors.Is(err, ErrGone) }

// edited takes note of what became of an edit in a place. That a message may
// be written says nothing of a new one, and that it may not can be due to the
// message: it is looked at once where the place seems to be other than known.
func (s *Service) edited(place string, err error) {
	for _, at := range Places() {
		if place != "" && s.placeOf(at) == place && (barred(err) || err == nil && s.Closed(at) != nil) {
			poke(s.check)
		}
	}
}

// nothingWaits takes note that there is no card left to be posted: that one
// was refused then says nothing of the next.
func (s *Service) nothingWaits(ctx context.Context) {
	if s.Closed(Approvals) != nil {
		s.learnt(ctx, Approvals, func(p *placeState) { p.refused = nil })
	}
}

// wrote takes note of what became of a new message to a place of the chat's.
func (s *Service) wrote(ctx context.Context, place string, err error) {
	if err != nil && !barred(err) {
		return
	}
	for _, at := range Places() {
		if place != "" && s.placeOf(at) == place {
			s.learnt(ctx, at, func(p *placeState) { p.refused = err })
		}
	}
}

// learnt takes note of a place, and tells whoever has to know of a change: the
// log, and by the store every process that tells people where an order is
// decided.
func (s *Service) learnt(ctx context.Context, at Place, change func(*placeState)) {
	was, is := s.places.learn(at, change)
	switch place := s.placeOf(at); {
	case was == nil && is != nil:
		s.c.Log.Error().Err(is).Str("channel", place).Msg(s.c.Realm + ": the channel of " + string(at) + " can't be used")
	case was != nil && is == nil:
		s.c.Log.Info().Str("channel", place).Msg(s.c.Realm + ": the channel of " + string(at) + " can be used again")
		s.poke()
	}
	if at == Approvals {
		s.tell(ctx, is != nil)
	}
}

// tell lets other processes know whether orders can be shown.
func (s *Service) tell(ctx context.Context, closed bool) {
	mark := int64(0)
	if closed {
		mark = 1
	}
	reader := order.ClosedMark(s.c.Realm)
	kept, err := s.c.Feed.Mark(ctx, reader)
	if err == nil && kept != mark {
		err = errors.Join(s.c.Feed.SetMark(ctx, reader, mark), s.c.Feed.DoubtCompanions(ctx, order.RequestNote)) // which say it
		poke(s.heard)
	}
	s.logLimited(ctx, "that channels can be used", err)
}

// keepPosted looks now and then whether cards of open orders were deleted,
// until ctx ends. What was is written by the loop of cards, which posts it
// anew.
func (s *Service) keepPosted(ctx context.Context) {
	for rest(ctx, lookEvery); ctx.Err() == nil; rest(ctx, lookEvery) {
		err := s.boundary().Guard(ctx, "a look for cards", func() error { return s.missing(ctx) })
		s.logLimited(ctx, "cards could not be looked for", err)
	}
}

func (s *Service) missing(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, passWithin)
	defer cancel()
	open, err := s.c.Feed.Open(ctx, behindMost)
	if err != nil {
		return err
	}
	in, orders := map[string][]string{}, map[string]string{}
	for _, c := range open {
		in[c.Place] = append(in[c.Place], c.Message)
		orders[c.Message] = c.Order.ID
	}
	var errs []error
	for place, ids := range in {
		if place == s.c.Approvals && s.Closed(Approvals) != nil {
			continue // nothing could be posted there anyway
		}
		missing, err := s.c.Port.Missing(ctx, place, ids)
		if errors.Is(err, ErrGone) || errors.Is(err, ErrInvalid) {
			missing, err = ids, nil // it can't be told: writing them tells
		}
		errs = append(errs, err)
		for _, id := range missing {
			errs = append(errs, s.c.Feed.Doubt(ctx, orders[id]))
		}
		if len(missing) > 0 {
			s.poke()
		}
	}
	return errors.Join(errs...)
}
