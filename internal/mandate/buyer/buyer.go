// Package buyer buys by mandates what watches find: of the processes that share a
// store, one at a time, by a lease. Each number that came up is tried once, one
// after another, as a purchase that its mandate decides or that is not made: what
// does not fit waits for nobody. A try that failed because the exchange could not
// be asked is none.
package buyer

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/lease"
	"didops/internal/mandate"
	"didops/internal/order"
	"didops/internal/transaction"
	"didops/internal/view"
	"didops/internal/watch"
)

// freshFor is how old what a watch found may be that is bought by itself: what
// came up long ago, while nobody could buy it, is left to people.
const freshFor = time.Hour

// pauseFor is how long nothing is tried after the exchange could not be asked,
// where it does not say how long.
const pauseFor = time.Minute

// unmarkWithin is how long it may take to note that a number is to be tried again.
const unmarkWithin = 5 * time.Second

// Orders is what buying needs of the service of orders. [order.Engine] implements
// it.
type Orders interface {
	Buying(ctx context.Context) ([]order.Buying, error)
	Place(ctx context.Context, p order.PlaceRequest) (order.Placed, error)
}

// Watches is what it needs of watches. [watch.Service] implements it.
type Watches interface {
	Found(ctx context.Context, owner identity.Party, name string, since time.Time) ([]watch.Hit, error)
}

// Config is what a [Buyer] is made of. All but Leases, Log and Every is needed.
type Config struct {
	Orders   Orders
	Watches  Watches
	Store    mandate.Store
	Leases   lease.Store // nil = this process alone
	Exchange string
	Now      func() time.Time
	Log      zerolog.Logger
	Every    time.Duration // between two looks; 0 = 5 s
}

// Buyer buys what watches find. It is used by one goroutine.
type Buyer struct {
	c      Config
	paused time.Time // until then nothing is tried
}

// New returns a buyer, which does nothing by itself; see Run.
func New(c Config) *Buyer {
	if c.Every == 0 {
		c.Every = 5 * time.Second
	}
	return &Buyer{c: c}
}

// Run buys until ctx ends.
func (b *Buyer) Run(ctx context.Context) error {
	r := &lease.Runner{Store: b.c.Leases, Name: "mandates " + b.c.Exchange, Retry: b.c.Every}
	return r.Repeat(ctx, func(ctx context.Context) (time.Duration, error) {
		err := b.Look(ctx)
		if err != nil && ctx.Err() == nil {
			b.c.Log.Warn().Err(err).Msg("it could not be looked at what mandates are to buy: it is tried again")
		}
		return b.c.Every, err
	}, nil)
}

// Look tries, for each mandate that buys by itself and of which nothing is on its
// way, the first number that its watch found since.
func (b *Buyer) Look(ctx context.Context) error {
	list, err := b.c.Orders.Buying(ctx)
	for _, m := range list {
		if m.Open == 0 && !b.c.Now().Before(b.paused) {
			err = errors.Join(err, b.next(ctx, m))
		}
	}
	return err
}

func (b *Buyer) next(ctx context.Context, m order.Buying) error {
	since := m.Since
	if fresh := b.c.Now().Add(-freshFor); fresh.After(since) {
		since = fresh
	}
	hits, err := b.c.Watches.Found(ctx, m.Requester, m.Watch, since)
	if err != nil {
		return err
	}
	for _, h := range hits {
		if h.Seq <= m.Tried {
			continue
		}
		if mine, err := b.mark(ctx, m, h.Seq); err != nil || !mine {
			return err
		}
		err := b.buy(ctx, m, h)
		if passing(err) {
			b.pause(err)
			return errors.Join(err, b.unmark(ctx, m, h.Seq))
		}
		return err
	}
	return nil
}

// passing reports whether the same may be had later.
func passing(err error) bool {
	code := fault.CodeOf(err)
	return err != nil && (code == fault.Unavailable || code == fault.RateLimited)
}

func (b *Buyer) pause(err error) {
	wait := pauseFor
	if f, ok := fault.As(err); ok {
		wait = max(wait, f.RetryAfter)
	}
	b.paused = b.c.Now().Add(wait)
}

// mark keeps that a number is tried, before it is, and reports whether nobody
// else did.
func (b *Buyer) mark(ctx context.Context, m order.Buying, seq int) (mine bool, err error) {
	err = b.c.Store.Write(ctx, func(tx mandate.Tx) error {
		row, err := tx.Mandate(b.c.Exchange, m.Name)
		if errors.Is(err, transaction.ErrNone) || err == nil && (row.ID != m.ID || row.Tried >= seq || !row.Revoked.IsZero()) {
			mine = false
			return nil
		}
		if err != nil {
			return err
		}
		row.Tried, mine = seq, true
		return tx.KeepMandate(row)
	})
	return mine, err
}

// unmark has a number tried again, unless a later one was meanwhile. It is done
// though ctx has ended: a program that stops fails in passing too.
func (b *Buyer) unmark(ctx context.Context, m order.Buying, seq int) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unmarkWithin)
	defer cancel()
	return b.c.Store.Write(ctx, func(tx mandate.Tx) error {
		row, err := tx.Mandate(b.c.Exchange, m.Name)
		if errors.Is(err, transaction.ErrNone) || err == nil && (row.ID != m.ID || row.Tried != seq) {
			return nil
		}
		if err != nil {
			return err
		}
		row.Tried = m.Tried
		return tx.KeepMandate(row)
	})
}

// buy asks for a number. That it is refused is in the trail.
func (b *Buyer) buy(ctx context.Context, m order.Buying, h watch.Hit) error {
	args, err := json.Marshal(map[string]any{"numbers": []string{h.Offer.Number}, "mandate": m.Name})
	if err != nil {
		return err
	}
	who := m.Requester
	placed, err := b.c.Orders.Place(ctx, order.PlaceRequest{
		Operation: "did_purchase", Args: args, Mandated: true, Reason: "found by the watch " + view.Quoted(m.Watch),
		By: identity.Caller{Principal: identity.Principal{Realm: who.Realm, ID: who.ID, Name: who.Name, Role: identity.Requester, Groups: m.Groups}},
	})
	log := b.c.Log.Info().Str("mandate", m.Name).Str("number", h.Offer.Number)
	if err != nil {
		if fault.CodeOf(err) == fault.Internal || passing(err) {
			return err
		}
		log.Err(err).Msg("what a watch found was not bought by its mandate")
		return nil
	}
	log.Str("order", placed.Order.ID).Msg("what a watch found is bought by its mandate")
	return nil
}
