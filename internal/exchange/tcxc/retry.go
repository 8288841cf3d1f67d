package tcxc

import (
	"context"
	"errors"
	"net/http"
	"time"

	"didops/internal/deadline"
	"didops/internal/failpoint"
	"didops/internal/fault"
)

// maxTries is how often one page is asked for at most.
const maxTries = 4

// The pauses between tries double from firstPause to longestPause; each is
// shortened by up to a half at random.
const (
	firstPause   = 250 * time.Millisecond
	longestPause = 4 * time.Second
)

// retry calls try until it succeeds, fails for good, has failed maxTries
// times, or could not be repeated before the context's deadline. It returns
// the last error.
func (c *Client) retry(ctx context.Context, name string, try func(n int) error) error {
	for n := 1; ; n++ {
		err := try(n)
		failed, ok := errors.AsType[*readError](err)
		if !ok || !failed.retry || n == maxTries {
			return err
		}
		pause := c.pause(n, failed.after)
		c.opt.Log.Debug().Ctx(ctx).Str("operation", name).Int("try", n).Dur("pause", pause).Err(err).Msg("reading again")
		if !deadline.Allows(ctx, pause) {
			return err
		}
		if err := c.turns.rest(ctx, pause); err != nil {
			return err
		}
	}
}

// pause returns how long to wait after the nth try. What the exchange asks
// for is the least.
func (c *Client) pause(n int, asked time.Duration) time.Duration {
	own := min(firstPause<<(n-1), longestPause)
	spread := time.Duration(c.opt.Rand() * float64(own/2))
	if asked > 0 {
		return asked + spread
	}
	return own/2 + spread
}

// fetch asks for one page and decodes it into s, trying again what may
// succeed. A list that is not found (HTTP 404) is looked for under the other
// spellings of its path; the one that answers is remembered.
func (c *Client) fetch(ctx context.Context, op operation, f form, s sink) error {
	err := c.find(ctx, op, f, s)
	switch ended := ctx.Err(); {
	case err == nil, errors.Is(ended, context.Canceled):
	case ended != nil:
		c.opt.Failed(op.method().name, fault.Unavailable)
	default:
		c.opt.Failed(op.method().name, fault.CodeOf(err))
	}
	return err
}

func (c *Client) find(ctx context.Context, op operation, f form, s sink) error {
	paths := []string{op.path(c.opt.Style)}
	if op == opList {
		paths = c.lists.all()
	}
	var err error
	for _, path := range paths {
		err = c.retry(ctx, op.method().name, func(n int) error { return c.try(ctx, op, path, f, n, s) })
		if failed, ok := errors.AsType[*readError](err); ok && failed.gone {
			continue
		}
		if err == nil && op == opList {
			c.lists.answered(path)
		}
		return err
	}
	return err
}

// sink takes in the answer to one try.
type sink interface {
	// buffer gives away where the answer may be read into; nil for a new one.
	buffer() []byte
	// take decodes a, whose body may be kept until the next try.
	take(a answer) (page, error)
}

// try makes one request and decodes its answer. Each is signed anew, after
// the rate limit has let it go, so that no signature grows old in a queue.
func (c *Client) try(ctx context.Context, op operation, path string, f form, n int, into sink) error {
	if err := c.wait(ctx); err != nil {
		return err
	}
	s, ok, err := c.prepare(op, path, f, &c.nonces)
	if err == nil && !ok {
		if err := c.challenge(ctx, &c.nonces, n); err != nil {
			return err
		}
		if err := c.wait(ctx); err != nil {
			return err
		}
		s, _, err = c.prepare(op, path, f, &c.nonces)
	}
	if err != nil {
		return err
	}
	a, err := c.send(ctx, c.reads, s, n, into.buffer())
	failpoint.Here("read")
	switch {
	case err != nil:
		return c.lost(ctx, err)
	case a.status == http.StatusUnauthorized && c.opt.Auth == Digest:
		return c.challenged(a, s)
	case a.status/100 != 2:
		return c.rejected(a, s)
	}
	p, err := into.take(a)
	switch {
	case errors.Is(err, errUnlisted):
		return &readError{fault: unlisted(op)}
	case err != nil:
		return garbled(a, s, err)
	case p.status != statusSuccess:
		return &readError{fault: c.refused(a, p.envelope, s)}
	}
	if p.junk > 0 {
		c.opt.Log.Debug().Ctx(ctx).Str("operation", s.name).Int("bytes", p.junk).Msg("skipped what stood before the answer's JSON")
	}
	return nil
}

// challenged answers a 401 to a request that carried Digest credentials. A
// nonce that was used before may only have grown old.
func (c *Client) challenged(a answer, s signed) error {
	stale, err := c.nonces.learn(a.header, s.nonce)
	if err != nil {
		return &readError{fault: asFault(err)}
	}
	if stale || s.reused {
		return &readError{retry: true, fault: fault.New(fault.Unauthorized, "the exchange's nonce grew old again and again")}
	}
	return c.rejected(a, s)
}
