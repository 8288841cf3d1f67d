package digest

import (
	"context"
	"errors"
	"time"

	"didops/internal/digest/daily"
	"didops/internal/inventory"
	"didops/internal/schedule"
	"didops/internal/transaction"
)

// Config is what a [Service] needs.
type Config struct {
	Store    Store // nil for one that is only looked at
	Sources  Sources
	Exchange string // url and login: whose numbers they are
	Currency string
	Daily    *schedule.Daily // when a page is due; nil = never
	Place    string          // where in the chat; "" = nowhere
	Zone     *time.Location  // of dates; nil = UTC

	// Act returns what a line leads to; nil = nothing does.
	Act func(daily.Line) daily.Act

	Now func() time.Time
}

// Service makes morning pages. It is safe for concurrent use, by several
// processes on one store.
type Service struct{ c Config }

// New returns a service.
func New(c Config) *Service {
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Act == nil {
		c.Act = func(daily.Line) daily.Act { return daily.Act{} }
	}
	return &Service{c}
}

// News is a page with what its lines lead to, as if it were to be sent.
func (s *Service) News(p daily.Page) daily.News {
	n := daily.News{Page: p, Zone: s.c.Zone}
	for _, l := range p.Lines {
		n.Acts = append(n.Acts, s.c.Act(l))
	}
	return n
}

var _ daily.Feed = (*Service)(nil)

const (
	tryFirst = time.Minute
	tryLast  = time.Hour
	keptFor  = 400 * day      // a key that did not come up again
	leap     = 26 * time.Hour // by which a clock that was put back is behind at most: beyond, it was wrong before
)

// Place implements [daily.Feed].
func (s *Service) Place() string { return s.c.Place }

// Now returns what a page would have if all were told anew: how things stand,
// and what changed in the last day. It keeps nothing.
func (s *Service) Now(ctx context.Context) (daily.Page, error) {
	now := s.c.Now()
	p := daily.Page{At: now, Since: now.Add(-day), Currency: s.c.Currency}
	c := composer{Sources: s.c.Sources, now: now, page: &p, told: func(string) bool { return false }}
	return p, c.compose(ctx, 0, p.Since)
}

// Wait implements [daily.Feed].
func (s *Service) Wait(ctx context.Context) (time.Duration, bool, error) {
	if s.c.Place == "" || s.c.Daily == nil {
		return 0, false, nil
	}
	st, err := s.state(ctx)
	now := s.moment(st)
	switch {
	case err != nil:
		return 0, true, err
	case st.At.IsZero() || s.due(st, now) || st.doubted() || s.leapt(st):
		return 0, true, nil
	case st.Page != nil && st.Next.Before(s.c.Daily.Next(st.At)):
		return max(0, st.Next.Sub(now)), true, nil
	}
	return s.c.Daily.Next(st.At).Sub(now), true, nil
}

// moment is the time, which does not run backwards.
func (s *Service) moment(st State) time.Time {
	if now := s.c.Now(); now.After(st.At) {
		return now
	}
	return st.At
}

// leapt reports whether the last page was made by a clock that was far ahead.
func (s *Service) leapt(st State) bool { return st.At.Sub(s.c.Now()) > leap }

// due reports whether a new page is.
func (s *Service) due(st State, now time.Time) bool {
	return !st.At.IsZero() && !s.c.Daily.Next(st.At).After(now)
}

func (s *Service) state(ctx context.Context) (State, error) {
	var st State
	err := s.c.Store.Read(ctx, func(tx Tx) error {
		var err error
		st, err = tx.State(s.c.Exchange)
		return err
	})
	if errors.Is(err, transaction.ErrNone) {
		return State{}, nil
	}
	return st, err
}

// Begin implements [daily.Feed]. The first page is due at the first time of day after
// the first call: what changed before is not told.
func (s *Service) Begin(ctx context.Context) (daily.News, bool, error) {
	st, err := s.state(ctx)
	if err != nil {
		return daily.News{}, false, err
	}
	now := s.moment(st)
	switch {
	case st.At.IsZero():
		return daily.News{}, false, s.start(ctx)
	case s.leapt(st):
		return daily.News{}, false, s.set(ctx, st)
	case s.due(st, now) && !st.doubted():
		if err := s.make(ctx, st, now); err != nil {
			return daily.News{}, false, err
		}
	}
	return s.hand(ctx, now)
}

// start begins with what changed until now as told.
func (s *Service) start(ctx context.Context) error {
	last, err := s.c.Sources.Changes(ctx, inventory.Query{Most: 1})
	if err != nil {
		return err
	}
	return s.c.Store.Write(ctx, func(tx Tx) error {
		st, err := tx.State(s.c.Exchange)
		if err != nil || !st.At.IsZero() {
			return err
		}
		for _, c := range last {
			st.Mark = max(st.Mark, c.Seq)
		}
		st.At = s.c.Now()
		return tx.SaveState(s.c.Exchange, st)
	})
}

// set goes on from now where a clock was far ahead when the last page was made.
func (s *Service) set(ctx context.Context, st State) error {
	return s.c.Store.Write(ctx, func(tx Tx) error {
		is, err := tx.State(s.c.Exchange)
		if err != nil || !is.At.Equal(st.At) {
			return err
		}
		is.At = s.c.Now()
		return tx.SaveState(s.c.Exchange, is)
	})
}

// make makes the page that is due, unless somebody else did meanwhile.
func (s *Service) make(ctx context.Context, st State, now time.Time) error {
	var told map[string]time.Time
	if err := s.c.Store.Read(ctx, func(tx Tx) error {
		var err error
		told, err = tx.Told(s.c.Exchange)
		return err
	}); err != nil {
		return err
	}
	p := daily.Page{At: now, Since: st.At, Currency: s.c.Currency}
	waiting := map[string]bool{} // on a page that was not sent: told anew as it is now
	if st.Page != nil {
		p.Since = st.Page.Since
		for _, key := range st.Page.Keys() {
			waiting[key] = true
		}
	}
	seen := map[string]bool{} // what stands as it was told
	c := composer{Sources: s.c.Sources, now: now, page: &p, until: st.Mark, told: func(key string) bool {
		_, ok := told[key]
		seen[key] = ok
		return ok && !waiting[key]
	}}
	if err := c.compose(ctx, st.Mark, time.Time{}); err != nil {
		return err
	}
	return s.c.Store.Write(ctx, func(tx Tx) error {
		is, err := tx.State(s.c.Exchange)
		if err != nil || is.Rev != st.Rev || (is.Page == nil) != (st.Page == nil) {
			return err
		}
		fresh := p.Keys()
		if is.Page != nil {
			p.Merge(*is.Page)
		}
		next := State{Rev: st.Rev + 1, At: now, Mark: c.until, Sent: is.Sent, Message: is.Message, Closed: is.Closed}
		if !p.Empty() {
			next.Page = &p
		}
		if err := tx.Tell(s.c.Exchange, fresh, now); err != nil {
			return err
		}
		if len(p.Notes) == 0 { // else what could not be looked at may come up again
			if err := tx.Forget(s.c.Exchange, stale(told, seen, now)); err != nil {
				return err
			}
		}
		return tx.SaveState(s.c.Exchange, next)
	})
}

// stale returns the keys that were told long ago and are not so any more.
func stale(told map[string]time.Time, seen map[string]bool, now time.Time) []string {
	var list []string
	for key, at := range told {
		if !seen[key] && now.Sub(at) > keptFor {
			list = append(list, key)
		}
	}
	return list
}

// hand hands out the page that is to be sent.
func (s *Service) hand(ctx context.Context, now time.Time) (daily.News, bool, error) {
	var n daily.News
	ok := false
	err := s.c.Store.Write(ctx, func(tx Tx) error {
		n, ok = daily.News{}, false
		st, err := tx.State(s.c.Exchange)
		if err != nil || st.Page == nil || now.Before(st.Next) {
			return err
		}
		n, ok = s.News(*st.Page), true
		n.Again, n.Begun, n.Rev = !st.Begun.IsZero(), st.Begun, st.Rev
		if n.Again {
			return nil
		}
		st.Begun, n.Begun = now, now
		return tx.SaveState(s.c.Exchange, st)
	})
	return n, ok && err == nil, err
}

// sending changes how far a page is that is still to be sent.
func (s *Service) sending(ctx context.Context, n daily.News, change func(*State)) error {
	return s.c.Store.Write(ctx, func(tx Tx) error {
		st, err := tx.State(s.c.Exchange)
		if err != nil || st.Page == nil || st.Rev != n.Rev {
			return err
		}
		change(&st)
		return tx.SaveState(s.c.Exchange, st)
	})
}

// Sent implements [daily.Feed].
func (s *Service) Sent(ctx context.Context, n daily.News, message string) error {
	return s.sending(ctx, n, func(st *State) {
		st.Page, st.Begun, st.Tries, st.Next, st.Closed = nil, time.Time{}, 0, time.Time{}, ""
		st.Sent, st.Message = s.c.Now(), message
	})
}

// Refused implements [daily.Feed].
func (s *Service) Refused(ctx context.Context, n daily.News, why string) error {
	return s.sending(ctx, n, func(st *State) {
		st.Next, st.Begun = s.c.Now().Add(min(tryLast, tryFirst<<min(st.Tries, 10))), time.Time{}
		st.Closed, st.Tries = why, st.Tries+1
	})
}

// Standing is how the pages stand, for who looks after the program.
type Standing struct {
	Next   time.Time // when the next page is due; zero = none ever is
	Sent   time.Time // when the last was sent; zero = none was
	Waits  bool      // a page is to be sent
	Closed string    // why it could not be
}

// Standing reads how the pages stand.
func (s *Service) Standing(ctx context.Context) (Standing, error) {
	st, err := s.state(ctx)
	if err != nil || s.c.Daily == nil || s.c.Place == "" {
		return Standing{}, err
	}
	return Standing{Next: s.c.Daily.Next(s.moment(st)), Sent: st.Sent, Waits: st.Page != nil, Closed: st.Closed}, nil
}
