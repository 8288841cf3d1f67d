package inventory

import (
	"context"
	"slices"
	"time"
)

// Doing is what an order did to a number.
type Doing struct {
	Number string // digits
	Order  string
	Kind   string    // purchase, unsubscribe, update
	Sure   bool      // done; else unknown, or being sent
	At     time.Time // when it came to stand so
	Labels Labels    // that were asked for with a purchase

	// Contact and SMPPContact are where an update has calls and messages go, in full;
	// both "" = not known.
	Contact, SMPPContact string
}

// Kinds of doings.
const (
	purchase    = "purchase"
	unsubscribe = "unsubscribe"
	update      = "update"
)

const (
	// remember is for how long a doing may explain that a number came or went: a
	// list may lag by days.
	remember = 7 * 24 * time.Hour
	// lag is how far an update may lie before the look that came before a change, to
	// explain a routing that is the one it asked for: the list may show it as late
	// as that.
	lag = 15 * time.Minute
	// unsure is how far it may lie before a look after a clock was put back: when
	// the look before was is not known then.
	unsure = 24 * time.Hour
)

// doings are those that a look may need, oldest first, by number.
type doings struct {
	of    map[string][]Doing
	began time.Time // when the look before did
	since time.Time // from when on they may explain a routing
}

// lately returns the doings since a moment by numbers. Nobody knows any where no
// journal of orders is at hand.
func (s *Service) lately(ctx context.Context, since time.Time) (map[string][]Doing, error) {
	if s.c.Doings == nil {
		return nil, nil
	}
	list, err := s.c.Doings(ctx, since)
	of := map[string][]Doing{}
	for _, d := range list {
		of[d.Number] = append(of[d.Number], d)
	}
	return of, err
}

// doings returns what may explain the changes that a look finds which began at
// now. All that orders ever did is asked for at the first look.
func (s *Service) doings(ctx context.Context, h Head, now time.Time) (doings, error) {
	var begin time.Time
	last, since := h.Clock, h.Clock.Add(-lag)
	if now.Before(last) {
		since = now.Add(-unsure)
	}
	if !h.First.IsZero() {
		begin = since.Add(-remember)
	}
	of, err := s.lately(ctx, begin)
	return doings{of, last, since}, err
}

// last returns the last doing of a number that is of one of the kinds; not ok
// where there is none.
func (d doings) last(number string, kinds ...string) (Doing, bool) {
	for _, one := range slices.Backward(d.of[number]) {
		if slices.Contains(kinds, one.Kind) {
			return one, true
		}
	}
	return Doing{}, false
}

// gaveUp returns the doing by which a number was given up last, unless it was
// bought after that.
func (d doings) gaveUp(number string) (Doing, bool) {
	one, ok := d.last(number, unsubscribe, purchase)
	return one, ok && one.Kind == unsubscribe
}

// explain returns the doing that explains a change, unless it has explained one
// already.
func (c *comparison) explain(n *news, kind Kind) (one Doing, ok bool, err error) {
	switch kind {
	case Came:
		one, ok = c.doings.last(n.number, purchase)
	case Gone:
		one, ok = c.doings.gaveUp(n.number)
	case Routing:
		one, ok = c.doings.last(n.number, update)
		ok = ok && c.reroutes(&one, n.digest)
	case Verified, Fee, Features, State:
	}
	if !ok {
		return Doing{}, false, nil
	}
	used, err := c.tx.Explains(c.exchange, n.number, one.Order)
	return one, !used, err
}

// reroutes reports whether an update explains a routing: it was made since the look
// before, or lately and is where calls and messages go now.
func (c *comparison) reroutes(d *Doing, digest string) bool {
	return !d.At.Before(c.doings.began) || !d.At.Before(c.doings.since) && digest == c.digest(d.Contact, d.SMPPContact)
}
