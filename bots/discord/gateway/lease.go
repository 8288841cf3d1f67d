package gateway

import (
	"context"
	"errors"
	"sync"
	"time"
)

// hold waits until the lease is this process's. The context that it returns
// ends when the lease is lost; release gives it back. It returns nil when ctx
// ends before.
func (l *Link) hold(ctx context.Context) (held context.Context, release func()) {
	if l.c.Lease == nil {
		l.state.holds(true)
		return ctx, func() { l.state.holds(false) }
	}
	for {
		mine, err := l.lease(ctx)
		if ctx.Err() != nil {
			return nil, nil
		}
		if mine {
			break
		}
		if err != nil {
			l.state.lost("the lease can't be asked for")
			l.c.Log.Warn().Err(err).Msg("discord: the lease can't be asked for")
		} else {
			l.state.standby()
		}
		if !sleep(ctx, l.c.Times.Renew) {
			return nil, nil
		}
	}
	l.state.holds(true)
	l.state.lost("it is being opened")
	held, cancel := context.WithCancel(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() {
		defer cancel()
		l.renew(held)
	})
	return held, func() {
		l.state.holds(false)
		cancel()
		renewing.Wait()
		l.release(ctx)
	}
}

// renew keeps the lease until it is lost or ctx ends. A single failure to ask
// is let pass: the lease still runs then.
func (l *Link) renew(ctx context.Context) {
	tick := time.NewTicker(l.c.Times.Renew)
	defer tick.Stop()
	for failures := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		mine, err := l.lease(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && mine:
			failures = 0
			continue
		case err != nil && failures == 0:
			failures++
			continue
		}
		l.c.Log.Warn().Err(err).Msg("discord: the lease is lost")
		return
	}
}

// lease asks for the lease, and not for longer than until it is asked for
// again.
func (l *Link) lease(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, l.c.Times.Renew)
	defer cancel()
	type answer struct {
		mine bool
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		mine, err := l.c.Lease(ctx)
		got <- answer{mine, err}
	}()
	select {
	case a := <-got:
		return a.mine, a.err
	case <-ctx.Done():
		return false, errors.New("the store does not answer in time")
	}
}

// release gives the lease back, after the end of ctx too.
func (l *Link) release(ctx context.Context) {
	if l.c.Release == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*l.c.Times.Renew)
	defer cancel()
	if err := l.c.Release(ctx); err != nil {
		l.c.Log.Warn().Err(err).Msg("discord: the lease can't be given back, and runs out")
	}
}
