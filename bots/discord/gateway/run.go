package gateway

import (
	"cmp"
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

// keepConnected opens connection after connection until ctx ends or there is
// no point in another one. As long as the session can be resumed, that costs no
// identify.
func (l *Link) keepConnected(ctx context.Context, handler Handler) error {
	var s session
	for r := (retreat{l: l}); ; {
		o := l.attempt(ctx, &s, handler)
		select {
		case <-ctx.Done():
			return nil
		default:
		}
		if final := fatal(o.err); final != nil {
			l.state.lost(final.Error())
			return final
		}
		s.ended(o)
		wait := r.wait(o, s.id != "")
		l.state.lost(o.err.Error())
		l.c.Log.Warn().Str("reason", o.err.Error()).Dur("stood", o.stood).Dur("wait", wait).Msg("discord: the gateway is lost")
		if !sleep(ctx, wait) {
			return nil
		}
	}
}

// attempt opens one connection, for the session that is there or a new one.
func (l *Link) attempt(ctx context.Context, s *session, handler Handler) outcome {
	if s.id != "" {
		return l.connect(ctx, s.address(), s, handler)
	}
	gateway, wait, err := l.gateway(ctx)
	if err != nil {
		return outcome{err: err}
	}
	if wait > 0 {
		l.state.lost("few identifies are left for today")
		l.c.Log.Warn().Dur("wait", wait).Msg("discord: few identifies are left for today")
	}
	if !l.identified.IsZero() {
		wait = max(wait, l.c.Times.Identify-l.c.Now().Sub(l.identified))
	}
	if wait > 0 && !sleep(ctx, wait) {
		return outcome{err: cmp.Or(ctx.Err(), context.DeadlineExceeded)}
	}
	return l.connect(ctx, gateway, s, handler)
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
	within := l.c.Times.Hello
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

// retreat says how long to wait between connections. Those that cost no
// identify, because the session is resumed or none was sent, follow each other
// soon, however long Discord can't be reached: nothing but the dialling is
// lost. Identifies are counted by Discord, so that after those that led to
// nothing, or not far, the wait doubles.
type retreat struct {
	l     *Link
	tries int // connections since one that stood
	spent int // identifies since then
}

// wait is how long to wait after a connection, with a part that is random. The
// next one resumes, or identifies.
func (r *retreat) wait(o outcome, resumes bool) time.Duration {
	t := r.l.c.Times
	if o.stood >= t.Healthy {
		r.tries, r.spent = 0, 0
	}
	wait := min(t.Reconnect<<min(r.tries, 16), t.Away)
	r.tries++
	if o.identified {
		r.spent++
	}
	vain := r.spent
	if o.identified && o.stood > 0 {
		vain-- // it was of use
	}
	if !resumes && vain > 0 {
		wait = max(wait, min(t.Backoff<<min(vain-1, 16), t.Cap))
	}
	if end := (*ending)(nil); errors.As(o.err, &end) && end.op == opInvalidSession {
		wait = max(wait, t.Identify/5+rand.N(t.Identify*4/5+1)) // one to five seconds, as Discord wants it
	}
	return min(wait+rand.N(wait/4+1), t.Cap)
}
