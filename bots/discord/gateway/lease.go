package gateway

import (
	"context"

	"golang.org/x/sync/errgroup"

	"didops/internal/lease"
)

// leaseName is the name under which processes on one store agree who of them
// is at it.
const leaseName = "discord"

// supervise holds the gateway, and does what only one process does, while this
// one has the lease.
func (l *Link) supervise(ctx context.Context, handler Handler) error {
	if l.c.Leases == nil {
		l.state.holds(true)
		defer l.state.holds(false)
		return l.hold(ctx, handler)
	}
	r := &lease.Runner{
		Store: l.c.Leases, Name: leaseName, Term: 3 * l.c.Times.Renew, Retry: l.c.Times.Renew, Observe: l.leaseIs,
	}
	return r.Run(ctx, func(ctx context.Context) error {
		err := l.hold(ctx, handler)
		l.without("another process takes over")
		return err
	})
}

// hold does everything that the lease is for, until ctx ends or there is no
// point in it any more.
func (l *Link) hold(ctx context.Context, handler Handler) error {
	group, ctx := errgroup.WithContext(ctx)
	if l.c.Holding != nil {
		group.Go(func() error { return l.c.Holding(ctx) })
	}
	if len(l.key) == 0 {
		group.Go(func() error { return l.keepConnected(ctx, handler) })
	}
	return group.Wait()
}

// without notes that no gateway is open, where there is one.
func (l *Link) without(why string) {
	if len(l.key) == 0 {
		l.state.lost(why)
	}
}

// leaseIs takes note of what has become of the lease.
func (l *Link) leaseIs(s lease.Status, err error) {
	switch s {
	case lease.Standby:
		if len(l.key) == 0 {
			l.state.standby()
		}
	case lease.Unreachable:
		l.without("the lease can't be asked for")
		l.c.Log.Warn().Err(err).Msg("discord: the lease can't be asked for")
	case lease.Held:
		l.state.holds(true)
		l.without("it is being opened")
	case lease.Lost:
		l.c.Log.Warn().Err(err).Msg("discord: the lease is lost")
	case lease.Released:
		l.state.holds(false)
		if err != nil {
			l.c.Log.Warn().Err(err).Msg("discord: the lease can't be given back, and runs out")
		}
	}
}
