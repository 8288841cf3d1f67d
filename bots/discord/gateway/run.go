package gateway

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// Run takes interactions from the gateway until ctx ends, and then lets the
// handlers that have begun finish, for Times.Drain at most. It reconnects
// whatever happens, except that it returns ErrUnauthorized where Discord
// refuses the token, and ErrInvalid where it closes the gateway for a reason
// that another try can't mend, or with the error of Holding. With a public key
// there is no gateway: interactions arrive at [Link.Handler], at every process,
// and the lease is for Holding only. It is called once.
func (l *Link) Run(ctx context.Context, handler Handler) error {
	if len(l.key) > 0 {
		l.state.byHTTP()
	}
	err := l.supervise(ctx, handler)
	if len(l.key) > 0 && err == nil {
		<-ctx.Done()
	}
	l.state.lost("it is being shut down")
	l.tasks.finish(l)
	l.client.CloseIdleConnections()
	if err != nil {
		return fmt.Errorf("discord: %w", err)
	}
	return nil
}

// keepConnected opens session after session until ctx ends or there is no
// point in another one.
func (l *Link) keepConnected(ctx context.Context, handler Handler) error {
	for failures := 0; ; {
		stood, err := l.attempt(ctx, handler)
		select {
		case <-ctx.Done():
			return nil
		default:
		}
		if final := fatal(err); final != nil {
			l.state.lost(final.Error())
			return final
		}
		if stood >= l.c.Times.Healthy {
			failures = 0
		}
		wait := l.backoff(failures, stood > 0, err)
		failures++
		l.state.lost(err.Error())
		l.c.Log.Warn().Str("reason", err.Error()).Dur("stood", stood).Dur("wait", wait).Msg("discord: the gateway is lost")
		if !sleep(ctx, wait) {
			return nil
		}
	}
}

// attempt opens one session and returns how long it stood, and why it ended.
func (l *Link) attempt(ctx context.Context, handler Handler) (time.Duration, error) {
	gateway, wait, err := l.gateway(ctx)
	if err != nil {
		return 0, err
	}
	if wait > 0 {
		l.state.lost("few identifies are left for today")
		l.c.Log.Warn().Dur("wait", wait).Msg("discord: few identifies are left for today")
		if !sleep(ctx, wait) {
			return 0, ctx.Err()
		}
	}
	return l.connect(ctx, gateway, handler)
}

// scarce is how many identifies are left when they begin to be spread over
// the rest of the day. At the last one Discord takes the token away.
const scarce = 100

// gateway returns where the gateway is, and how long to wait before the next
// identify.
func (l *Link) gateway(ctx context.Context) (string, time.Duration, error) {
	var at struct {
		URL   string `json:"url"`
		Limit *struct {
			Remaining  int     `json:"remaining"`
			ResetAfter float64 `json:"reset_after"` // milliseconds
		} `json:"session_start_limit"`
	}
	const what = "ask for the gateway"
	within := 2 * l.c.Times.Attempt
	err := l.ask(ctx, call{what: what, method: http.MethodGet, path: "/gateway/bot", bot: true, again: true, within: within}, &at)
	if errors.Is(err, ErrGone) || errors.Is(err, errNoRoute) { // not every proxy knows it
		err = l.ask(ctx, call{what: what, method: http.MethodGet, path: "/gateway", again: true, within: within}, &at)
	}
	if err != nil {
		return "", 0, err
	}
	if at.URL == "" {
		return "", 0, fmt.Errorf("%s: %w: the answer has no address", what, ErrUnavailable)
	}
	if at.Limit == nil || at.Limit.Remaining > scarce {
		return at.URL, 0, nil
	}
	return at.URL, seconds(at.Limit.ResetAfter/1000) / time.Duration(max(1, at.Limit.Remaining)), nil
}

// fatal returns the error of a session that ended for good; nil where another
// may do better.
func fatal(err error) error {
	if errors.Is(err, ErrUnauthorized) {
		return err
	}
	end := (*ending)(nil)
	if !errors.As(err, &end) {
		return nil
	}
	switch {
	case end.code == 4004:
		return fmt.Errorf("%w: %w", ErrUnauthorized, end)
	case slices.Contains([]int{4010, 4011, 4012, 4013, 4014}, end.code):
		return fmt.Errorf("%w: %w", ErrInvalid, end)
	}
	return nil
}

// backoff is how long to wait after a session: little after one that stood,
// or was ready, once; longer and longer otherwise. After an invalid session
// Discord wants a random wait of one to five seconds.
func (l *Link) backoff(failures int, ready bool, err error) time.Duration {
	t := l.c.Times
	wait := t.Reconnect
	switch {
	case failures > 0:
		wait = min(t.Backoff<<min(failures-1, 16), t.Cap)
		wait += rand.N(wait/4 + 1)
	case !ready:
		wait = t.Backoff
	}
	if end := (*ending)(nil); errors.As(err, &end) && end.op == opInvalidSession {
		wait = max(wait, t.Reconnect+rand.N(4*t.Reconnect))
	}
	return min(wait, t.Cap)
}
