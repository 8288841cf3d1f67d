package gateway

import (
	"context"

	"didops/internal/lease"
)

// leaseName is the name under which processes on one store agree who holds
// the gateway.
const leaseName = "discord gateway"

// supervise holds the gateway while this process has the lease.
func (l *Link) supervise(ctx context.Context, handler Handler) error {
	if l.c.Leases == nil {
		l.state.holds(true)
		defer l.state.holds(false)
		return l.keepConnected(ctx, handler)
	}
	r := &lease.Runner{
		Store: l.c.Leases, Name: leaseName, Term: 3 * l.c.Times.Renew, Retry: l.c.Times.Renew, Observe: l.leaseIs,
	}
	return r.Run(ctx, func(ctx context.Context) error {
		err := l.keepConnected(ctx, handler)
		l.state.lost("another process takes over")
		return err
	})
}

// leaseIs takes note of what has become of the lease.
func (l *Link) leaseIs(s lease.Status, err error) {
	switch s {
	case lease.Standby:
		l.state.standby()
	case lease.Unreachable:
		l.state.lost("the lease can't be asked for")
		l.c.Log.Warn().Err(err).Msg("discord: the lease can't be asked for")
	case lease.Held:
		l.state.holds(true)
		l.state.lost("it is being opened")
	case lease.Lost:
		l.c.Log.Warn().Err(err).Msg("discord: the lease is lost")
	case lease.Released:
		l.state.holds(false)
		if err != nil {
			l.c.Log.Warn().Err(err).Msg("discord: the lease can't be given back, and runs out")
		}
	}
}
