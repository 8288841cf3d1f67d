package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"didops/internal/deadline"
)

const (
	// tries bounds the tries of a call whose context has no deadline.
	tries = 10

	// maxAnswer bounds what is read of an answer.
	maxAnswer = 8 << 20

	userAgent = "DiscordBot (didops, 1)"
)

// call is a request to Discord, with what is known about sending it again.
type call struct {
	what        string // what it is for, in errors
	method      string
	path        string
	contentType string
	body        []byte
	bot         bool          // the bot's token goes with it, and the bot's limits hold
	again       bool          // it may be sent again though it may have arrived
	answer      bool          // it is a first response: to have been answered before, by a try of its own, is success
	attempt     time.Duration // limit of one try; 0 = Times.Attempt
	within      time.Duration // limit of all tries; 0 = the context's
	early       time.Duration // for how long "unknown" may only mean "not yet"
	secret      string        // is in the path and must not be in an error
}

// result is what came of one try.
type result struct {
	status  int // 0 = no answer
	header  http.Header
	body    []byte
	arrived bool  // Discord may have seen the request
	err     error // why there is no answer
}

// do makes a call, again where that is safe and there is time, and returns the
// body of the answer.
func (l *Link) do(ctx context.Context, c call) ([]byte, error) {
	if c.bot && l.c.Token == "" {
		return nil, fmt.Errorf("%s: %w: there is none", c.what, ErrUnauthorized)
	}
	inner := ctx
	if c.within > 0 {
		var cancel context.CancelFunc
		inner, cancel = context.WithTimeout(ctx, c.within)
		defer cancel()
	}
	begun, doubt := l.c.Now(), false
	for try := 1; ; try++ {
		if err := l.pace.wait(inner, l.c.Now, c); err != nil {
			return nil, l.ended(ctx, c, err)
		}
		r := l.try(inner, c)
		l.pace.learn(l.c.Now, c, r)
		err := l.judge(c, r)
		if err == nil || c.answer && doubt && errors.Is(err, ErrAcknowledged) {
			return r.body, nil
		}
		doubt = doubt || r.doubtful()
		wait, again := l.next(c, r, try, l.c.Now().Sub(begun))
		if !again || try == tries || inner.Err() != nil || !sleep(inner, wait) {
			return l.last(ctx, c, doubt, l.ended(ctx, c, err))
		}
	}
}

// last ends a call with an error, or resolves what is in doubt.
func (l *Link) last(ctx context.Context, c call, doubt bool, err error) ([]byte, error) {
	if !c.answer || !doubt || errors.Is(ctx.Err(), context.Canceled) {
		return nil, err
	}
	return l.resolve(ctx, c)
}

// resolve sends a first response that may have arrived once more when its time is
// over: Discord says that it has it, or that it takes none any more. Without
// that whoever waits would be shown for a quarter of an hour that somebody thinks.
func (l *Link) resolve(ctx context.Context, c call) ([]byte, error) {
	c.attempt = l.c.Times.Attempt
	r := l.try(context.WithoutCancel(ctx), c)
	l.pace.learn(l.c.Now, c, r)
	if err := l.judge(c, r); err != nil && !errors.Is(err, ErrAcknowledged) {
		return nil, err
	}
	return r.body, nil
}

// ended is the error of a call that is given up: the context's, where that is
// the reason.
func (l *Link) ended(ctx context.Context, c call, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", c.what, ctx.Err())
	}
	return err
}

// try sends a request once.
func (l *Link) try(ctx context.Context, c call) result {
	limit := c.attempt
	if limit == 0 {
		limit = l.c.Times.Attempt
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, c.method, l.base+c.path, bytes.NewReader(c.body))
	if err != nil {
		return result{err: errors.New("the address can't be formed")}
	}
	req.Header.Set("User-Agent", userAgent)
	if c.contentType != "" {
		req.Header.Set("Content-Type", c.contentType)
	}
	if c.bot {
		req.Header.Set("Authorization", "Bot "+l.c.Token)
	}
	resp, err := l.client.Do(req)
	if err != nil {
		return result{arrived: wrote.Load(), err: bare(err)}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return result{arrived: true, err: bare(err)}
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		l.c.Throttled()
	}
	return result{status: resp.StatusCode, header: resp.Header, body: body, arrived: true}
}

// bare takes the address off an error of net/http, which has it in full.
func bare(err error) error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("no answer in time")
	}
	return err
}

// doubtful reports whether Discord may have done what it did not confirm.
func (r result) doubtful() bool { return r.arrived && (r.status == 0 || r.status >= 500) }

// next says whether and when a call is made again.
func (l *Link) next(c call, r result, try int, passed time.Duration) (time.Duration, bool) {
	backoff := l.c.Times.Retry << min(try-1, 6)
	backoff += rand.N(backoff/4 + 1)
	switch {
	case r.status == http.StatusTooManyRequests:
		return max(r.retryAfter(), l.c.Times.Retry/5), true
	case r.status == http.StatusNotFound && passed < c.early:
		return l.c.Times.Retry, true
	case r.status == 0 && !r.arrived:
		return backoff, true
	case r.doubtful():
		return max(backoff, r.retryAfter()), c.again
	}
	return 0, false
}

// sleep waits, unless the context ends first or would.
func sleep(ctx context.Context, d time.Duration) bool {
	if !deadline.Allows(ctx, d) {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
